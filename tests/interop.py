"""Opens our files with the real tools and theirs with ours; scores the same vectors with gensim.

    python3 -m venv venv && venv/bin/pip install -r tests/interop-requirements.txt
    venv/bin/python tests/interop.py target/release/w2v

Prints a table; exit code 1 when anything differs.
"""

import gzip
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model
from safetensors.numpy import load_file, save_file

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
W2V = os.path.abspath(sys.argv[1])
README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "README.md")
ROWS = []


def w2v(*args):
    return subprocess.run([W2V, *args], check=True, capture_output=True, text=True).stdout


def convert(source, target, *options):
    w2v("convert", source, target, "--quiet", *options)


def note(name, tool, way, found, expected, tolerance=0.0):
    words, rows = found
    same = list(words) == list(expected[0]) and rows.shape == expected[1].shape
    worst = float(np.abs(rows - expected[1]).max()) if same else float("inf")
    ok = same and worst <= tolerance
    ROWS.append((name, tool, way, "ok" if ok else "DIFFERS", worst))


def gensim_pair(kv):
    return kv.index_to_key, np.asarray(kv.vectors, dtype=np.float32)


def ours(path):
    """What we read from `path`, through word2vec's binary file."""
    convert(path, "seen.bin")
    return gensim_pair(KeyedVectors.load_word2vec_format("seen.bin", binary=True))


def read_lines(path):
    with open(path, encoding="utf8", newline="\n") as file:
        return file.read().split("\n")[:-1]


def gensim_files(kv, truth):
    for binary, name in ((True, "word2vec-binary"), (False, "word2vec-text")):
        path = f"theirs-{name}"
        kv.save_word2vec_format(path, binary=binary)
        note(name, "gensim", "we open theirs", ours(path), truth)
        with open(path, "rb") as plain, gzip.open(path + ".gz", "wb") as packed:
            packed.write(plain.read())
        note(name + ", gzip", "gensim", "we open theirs", ours(path + ".gz"), truth)
        convert(path, "ours", "--format", name)
        found = KeyedVectors.load_word2vec_format("ours", binary=binary)
        note(name, "gensim", "it opens ours", gensim_pair(found), truth)
    kv.save_word2vec_format("theirs.glove", binary=False, write_header=False)
    note("glove", "gensim", "we open theirs", ours("theirs.glove"), truth)
    convert("theirs.glove", "ours.glove")
    found = KeyedVectors.load_word2vec_format("ours.glove", binary=False, no_header=True)
    note("glove", "gensim", "it opens ours", gensim_pair(found), truth)


def fasttext_model():
    sentences = [s.split() for s in ("the naïve king said yes", "the queen said no to 王")] * 30
    model = FastText(sentences, vector_size=10, min_count=1, epochs=2, bucket=500, seed=1)
    save_facebook_model(model, "model.bin")
    note("fasttext-model", "gensim", "we open theirs", ours("model.bin"), gensim_pair(model.wv), 1e-6)


def numpy_files(words, rows):
    for dtype, tolerance in (("<f4", 0), ("<f2", 2e-3), ("<f8", 0)):
        np.save("theirs.npy", rows.astype(dtype))
        with open("theirs.vocab.txt", "w", encoding="utf8", newline="\n") as file:
            file.writelines(word + "\n" for word in words)
        note(f"npy {dtype}", "numpy", "we open theirs", ours("theirs.npy"), (words, rows), tolerance)
    convert("base.bin", "ours.npy")
    found = (read_lines("ours.vocab.txt"), np.load("ours.npy"))
    note("npy", "numpy", "it opens ours", found, (words, rows))
    convert("base.bin", "vectors.tsv")
    found = (read_lines("metadata.tsv"), np.loadtxt("vectors.tsv", delimiter="\t", dtype=np.float32))
    note("tensorboard", "numpy", "it opens ours", found, (words, rows))
    note("tensorboard", "-", "we open ours", ours("vectors.tsv"), (words, rows))


def safetensors_files(words, rows):
    save_file({"embeddings": rows, "weights": np.ones(len(words), np.float32)}, "theirs.safetensors")
    note("safetensors", "safetensors", "we open theirs", ours("theirs.safetensors"), (words, rows))
    convert("base.bin", "ours.safetensors")
    found = (read_lines("ours.vocab.txt"), load_file("ours.safetensors")["embeddings"])
    note("safetensors", "safetensors", "it opens ours", found, (words, rows))


def finalfusion_files(words, rows):
    import finalfusion
    from finalfusion.compat import load_word2vec

    convert("base.bin", "ours.fifu")
    found = finalfusion.load_finalfusion("ours.fifu")
    restored = np.asarray(found.storage[:]) * np.asarray(found.norms)[:, None]
    note("finalfusion", "finalfusion", "it opens ours", (found.vocab.words, restored), (words, rows), 1e-6)
    load_word2vec("base.bin").write("theirs.fifu")
    note("finalfusion", "finalfusion", "we open theirs", ours("theirs.fifu"), (words, rows), 1e-6)


def score_files():
    """Words of three letters whose vectors add up, two spellings of some, questions and pairs."""
    rng = np.random.default_rng(7)
    parts = {key: rng.normal(size=8) for key in ["0b", "0c", "0d", "0f", "1a", "1e", "1i", "1o", "2n", "2t"]}
    plain = [c + v + d for c in "bcdf" for v in "aeio" for d in "nt"]
    words = ["ban", "BAN", "Cat", "cAt"] + [word for word in plain if word != "ban"]
    vector = lambda word: sum(parts[f"{i}{letter.lower()}"] for i, letter in enumerate(word))
    rows = np.array([vector(word) + 1.2 * rng.normal(size=8) for word in words], np.float32)
    kv = KeyedVectors(8)
    kv.add_vectors(words, rows)
    lines = []
    for section in range(6):
        lines.append(f": {'gram' if section % 2 else 'sense'}{section}")
        for _ in range(40):
            c, d = rng.choice(list("bcdf"), 2)
            v, w = rng.choice(list("aeio"), 2)
            e = rng.choice(list("nt"))
            lines.append(f"{c}{v}{e} {d}{v}{e} {c}{w}{e} {d}{w}{e}")
    lines[3:6] = ["only three words", "ban bat unknown can", ""]
    # No word beside itself: its cosine is 1 or a rounding away from it, and so its rank is chance.
    both = [(a, b) for a in words for b in words if a.lower() < b.lower()]
    pairs = [f"{a}\t{b}\t{rng.uniform(0, 10):.1f}" for a, b in rng.permutation(both)[:90]]
    pairs[2:4] = ["# a comment", "ban\tnobody\t3"]
    return kv, lines, pairs


def scores(kv, lines, pairs):
    with open("questions.txt", "w") as file:
        file.write("\n".join(lines) + "\n")
    with open("pairs.tsv", "w") as file:
        file.write("\n".join(pairs) + "\n")
    kv.save_word2vec_format("scored.bin", binary=True)
    for restrict in (60, 20):
        for folded in (True, False):
            report = json.loads(w2v(
                "eval", "scored.bin", "--analogies", "questions.txt", "--pairs", "pairs.tsv",
                "--restrict", str(restrict), f"--case-insensitive={str(folded).lower()}", "--json"))
            _, sections = kv.evaluate_word_analogies("questions.txt", restrict, folded)
            theirs = [(len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections]
            found = report["analogies"][0]
            mine = [(s["correct"], s["seen"]) for s in found["sections"] + [found["total"]]]
            pearson, spearman, unknown = kv.evaluate_word_pairs("pairs.tsv", restrict_vocab=restrict, case_insensitive=folded)
            pair = report["pairs"][0]
            worst = max(abs(pearson[0] - pair["pearson"]), abs(spearman[0] - pair["spearman"]),
                        abs(unknown / 100 - pair["unknown_share"]))
            ok = mine == theirs and worst < 1e-6
            name = f"eval, {restrict} words, {'any' if folded else 'same'} case"
            ROWS.append((name, "gensim", f"{mine[-1][0]} of {mine[-1][1]} right", "ok" if ok else "DIFFERS", worst))


def products(words):
    """3CosMul, on the vectors of base.bin."""
    kv = KeyedVectors.load_word2vec_format("base.bin", binary=True)
    a, b, c = words[10:13]
    theirs = kv.most_similar_cosmul(positive=[b, c], negative=[a], topn=10)
    answer = json.loads(w2v("analogy", a, b, c, "--method", "mul", "--model", "base.bin", "--json"))
    mine = [(n["word"], n["similarity"]) for n in answer["neighbors"]]
    worst = max(abs(x[1] - y[1]) for x, y in zip(mine, theirs))
    ok = [w for w, _ in mine] == [w for w, _ in theirs] and worst < 1e-5
    ROWS.append(("analogy by 3CosMul", "gensim", "same ten words", "ok" if ok else "DIFFERS", worst))


def networks(words, rows):
    """The README's own lines for NumPy, PyTorch and Keras; the latter two where they are installed."""
    with open(README, encoding="utf8") as file:
        blocks = re.findall(r"```python\n(.*?)```", file.read(), flags=re.DOTALL)
    convert("base.bin", "vectors.npy", "--padding-row", "--unknown-row")
    expected = np.vstack([np.zeros(20, np.float32), rows.astype(np.float64).mean(axis=0), rows])
    names = ["<pad>", "<unk>", *words]
    seen = {}
    for block in blocks:
        tool = re.match(r"import (\w+)", block)[1]
        try:
            exec(block, seen)
        except ImportError:
            ROWS.append(("networks", tool, "not installed", "skipped", 0.0))
            continue
        found = seen["rows"]
        if tool == "torch":
            found = seen["layer"](torch_ids(len(names))).detach().numpy()
            assert not seen["layer"].weight.requires_grad and seen["layer"].padding_idx == 0
        if tool == "keras":
            found = np.asarray(seen["layer"](np.arange(len(names))))
            assert not seen["layer"].trainable_weights
        note("networks", tool, "it takes our rows", (list(seen["ids"]), found), (names, expected), 1e-6)


def torch_ids(count):
    import torch

    return torch.arange(count)


def main():
    rng = np.random.default_rng(1)
    words = ["the", "crème", "王", "naïve", "a\u00a0b", "</s>", "1984", "-0.5"] + [f"w{i}" for i in range(300)]
    rows = rng.normal(size=(len(words), 20)).astype(np.float32)
    kv = KeyedVectors(20)
    kv.add_vectors(words, rows)
    kv.save_word2vec_format("base.bin", binary=True)
    gensim_files(kv, (words, rows))
    fasttext_model()
    numpy_files(words, rows)
    safetensors_files(words, rows)
    finalfusion_files(words, rows)
    scores(*score_files())
    products(words)
    networks(words, rows)
    for name, tool, way, verdict, worst in ROWS:
        print(f"{name:30} {tool:12} {way:20} {verdict:8} {worst:.1e}")
    return any(row[3] not in ("ok", "skipped") for row in ROWS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.exit(main())
