#!/usr/bin/env python3
"""A small domain on top of a general model: our ways and gensim's, scored on old and new text.

    python3 -m venv venv && venv/bin/pip install gensim==4.4.0 numpy
    venv/bin/python benches/given.py W2V GENERAL SAMPLE SETS

W2V is the program, GENERAL a general text as text8 cleans it, SAMPLE data/sample.txt unpacked, SETS
the folder of en-google-analogies.txt, en-wordsim353.tsv and en-men3000.tsv. Works in the current
folder.

drift   mean cosine of the vectors of the domain's words to those they began with
new     how often the cosine of two words that stand within five words of each other in held-out
        text of the domain is above that of one of them and a word drawn from that text
google  percent right among all words that have vectors, up to 30,000, of so many questions
"""

import json
import re
import subprocess
import sys
from collections import Counter

import numpy as np
from gensim.models import KeyedVectors, Word2Vec

W2V, GENERAL, SAMPLE, SETS = sys.argv[1:]
BIBLE = re.compile(r"\b(unto|thou|thee|shalt|LORD|hath|begat|ye|thy|saith|Israel|Jesus|thereof|David|behold|sons)\b")


def w2v(*args):
    return subprocess.run([W2V, *args], check=True, capture_output=True, text=True).stdout


def domain():
    """The King James Bible in the sample: 3 MB to train on, the rest held out."""
    lines = open(SAMPLE, encoding="utf8").read().split("\n")
    flags = np.array([bool(BIBLE.search(l)) and ": " not in l[:40] for l in lines], float)
    near = np.convolve(flags, np.ones(21) / 21, "same")
    text = "\n".join(line for line, share in zip(lines, near) if share > 0.3)
    cut = text.index("\n", 3_000_000) + 1
    open("domain.txt", "w", encoding="utf8").write(text[:cut])
    return [[re.findall(r"[a-z']+", l.lower()) for l in part.split("\n")] for part in (text[:cut], text[cut:])]


def triples(train, held, n=200_000):
    """Neighbours of the held-out text, frequent words thinned, each with a word drawn from it."""
    rng = np.random.default_rng(1)
    known = {w for w, c in Counter(w for l in train for w in l).items() if c >= 5}
    counts = Counter(w for l in held for w in l)
    total = sum(counts.values())
    lines = [[w for w in l if w in known and rng.random() < (1e-4 * total / counts[w]) ** 0.5] for l in held]
    pairs = [(l[i], l[j]) for l in lines for i in range(len(l))
             for j in range(max(0, i - 5), min(len(l), i + 6)) if l[i] != l[j]]
    pool = [w for l in lines for w in l]
    chosen = rng.choice(len(pairs), min(n, len(pairs)), replace=False)
    noise = rng.choice(len(pool), len(chosen))
    return known, [(*pairs[i], pool[k]) for i, k in zip(chosen, noise)]


def vectors(path):
    w2v("convert", path, "seen.npy", "--normalize", "--quiet")
    rows = np.load("seen.npy")
    words = open("seen.vocab.txt", encoding="utf8").read().split("\n")[: len(rows)]
    return {word: row for row, word in enumerate(words)}, rows


def score(name, path, start, known, asked):
    ids, rows = vectors(path)
    at = np.array([[ids.get(w, -1) for w in three] for three in asked])
    both = at[(at >= 0).all(axis=1)]
    nearer = (rows[both[:, 0]] * rows[both[:, 1]]).sum(1) > (rows[both[:, 0]] * rows[both[:, 2]]).sum(1)
    new = (nearer.sum() + 0.5 * (len(at) - len(both))) / len(at)
    before, first = vectors(start)
    shared = [w for w in known if w in ids and w in before]
    drift = (rows[[ids[w] for w in shared]] * first[[before[w] for w in shared]]).sum(1).mean()
    google = json.loads(w2v("eval", path, "--analogies", f"{SETS}/en-google-analogies.txt", "--json"))
    google = google["analogies"][0]["total"]
    sets = [f"{SETS}/en-wordsim353.tsv", f"{SETS}/en-men3000.tsv"]
    pairs = json.loads(w2v("eval", path, "--restrict", "300000", "--pairs", *sets, "--json"))["pairs"]
    print(f"{name:38} {len(ids):6}  drift {drift:.3f}  new {100 * new:.2f}  google "
          f"{100 * google['correct'] / max(google['seen'], 1):.1f} of {google['seen']}  wordsim, men "
          + " ".join(f"{p['spearman']:.3f}" for p in pairs), flush=True)


def gensim_ways(lines):
    """Its two ways to begin with given vectors, and from nothing."""
    options = dict(vector_size=100, window=5, negative=5, sg=1, sample=1e-3, workers=2, seed=1)
    Word2Vec(lines, min_count=5, alpha=0.05, epochs=5, **options).wv.save_word2vec_format("g-nothing.bin", binary=True)
    given = KeyedVectors.load_word2vec_format("general.bin", binary=True)
    w2v("convert", "general.bin", "general.txt", "--quiet")  # its binary reader fails in this place
    for lr in (0.025, 0.05):
        model = Word2Vec(min_count=5, **options)
        model.build_vocab(lines)
        model.wv.vectors_lockf = np.ones(len(model.wv), np.float32)
        model.wv.intersect_word2vec_format("general.txt", lockf=1.0, binary=False)
        further(model, lines, lr, f"g-intersect-{lr}.bin")
        # A model that grows must have been trained by gensim: ours, rows and output rows, is put into one.
        model = Word2Vec(min_count=1, **options)
        model.build_vocab_from_freq(COUNTS)
        order = [given.key_to_index[w] for w in model.wv.index_to_key]
        model.wv.vectors[:], model.syn1neg[:] = given.vectors[order], OUTPUT[order]
        model.min_count = 5
        model.build_vocab(lines, update=True)
        further(model, lines, lr, f"g-update-{lr}.bin")


def further(model, lines, lr, path):
    model.train(lines, total_examples=model.corpus_count, epochs=5, start_alpha=lr, end_alpha=1e-4)
    model.wv.save_word2vec_format(path, binary=True)


train_lines, held_lines = domain()
known, asked = triples(train_lines, held_lines)
general = ["train", GENERAL, "--tokenizer", "whitespace", "--subsample", "1e-4", "--epochs", "5", "--quiet"]
FIVE = ["--epochs", "5", "--subsample", "1e-3"]
w2v(*general, "--keep-output", "--output", "general.w2v")
w2v(*general, "--output", "combined.w2v")
w2v("convert", "general.w2v", "general.bin", "--quiet")
COUNTS = {w: int(c) for _, w, c in (l.split("\t") for l in w2v("words", "--model", "general.w2v", "--format", "tsv").splitlines())}
# The output rows are the last section of the file.
OUTPUT = np.fromfile("general.w2v", "<f4")[-len(COUNTS) * 100 :].reshape(-1, 100)
score("the general model", "general.w2v", "general.w2v", known, asked)
WAYS = {
    "from nothing": ["--vectors", "input"],
    "from nothing, combined": [],
    "--init general.bin": ["--init", "general.bin"],
    "--init general.w2v, its output rows too": ["--init", "general.w2v"],
    "--init general.bin --freeze all": ["--init", "general.bin", "--freeze", "all"],
    "--init general.bin --init-words text": ["--init", "general.bin", "--init-words", "text"],
}
for name, options in WAYS.items():
    w2v("train", "domain.txt", *FIVE, *options, "--output", "ours.w2v", "--quiet")
    score(name, "ours.w2v", "general.w2v", known, asked)
score("the general model, combined", "combined.w2v", "combined.w2v", known, asked)
w2v("train", "domain.txt", *FIVE, "--init", "combined.w2v", "--output", "ours.w2v", "--quiet")
score("--init combined.w2v", "ours.w2v", "combined.w2v", known, asked)
gensim_ways(train_lines)
for name in ("nothing", "intersect-0.025", "intersect-0.05", "update-0.025", "update-0.05"):
    score(f"gensim, {name}", f"g-{name}.bin", "general.w2v", known, asked)
