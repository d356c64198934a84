"""Scores word vectors with gensim's own evaluation.

    evaluate.py SETS VECTORS...

SETS is a folder with `en-google-analogies.txt` (word2vec's format) and `en-wordsim353.tsv`,
`en-simlex999.tsv`, `en-men3000.tsv` (word, tab, word, tab, human score). VECTORS are files in
word2vec's binary or text format, or `.w2v` files, which `w2v` (in PATH, or named by the variable
W2V) turns into word2vec's format first.

Protocol: analogies among the 30,000 most frequent words, case-insensitive, questions with an
unknown word skipped (`KeyedVectors.evaluate_word_analogies(restrict_vocab=30000)`); Spearman's
rank correlation on word pairs, pairs with an unknown word skipped
(`KeyedVectors.evaluate_word_pairs`).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gensim.models import KeyedVectors

PAIRS = {"wordsim": "en-wordsim353.tsv", "simlex": "en-simlex999.tsv", "men": "en-men3000.tsv"}
ANALOGIES = "en-google-analogies.txt"


def is_binary(path):
    """Whether a word2vec file is of the binary kind: text holds only numbers after the word."""
    with open(path, "rb") as file:
        _, dim = map(int, file.readline().split())
        fields = file.readline().rstrip(b"\r\n ").split(b" ")
    try:
        [float(field) for field in fields[-dim:]]
    except ValueError:
        return True
    return len(fields) <= dim


def load(path):
    """The vectors of a file in word2vec's format or of a `.w2v` file."""
    path = Path(path)
    if path.suffix == ".w2v":
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "vectors.bin"
            w2v = os.environ.get("W2V", "w2v")
            subprocess.run([w2v, "convert", "--quiet", str(path), str(copy)], check=True)
            return load(copy)
    binary = is_binary(path)
    return KeyedVectors.load_word2vec_format(path, binary=binary, unicode_errors="replace")


def share(sections):
    """Percentage of right answers in some sections of an analogy set."""
    right = sum(len(section["correct"]) for section in sections)
    asked = right + sum(len(section["incorrect"]) for section in sections)
    return 100.0 * right / asked if asked else float("nan")


def scores(vectors, sets):
    """Every score of `vectors`, by name."""
    _, sections = vectors.evaluate_word_analogies(
        str(Path(sets) / ANALOGIES), restrict_vocab=30000, case_insensitive=True
    )
    sections = [s for s in sections if s["section"] != "Total accuracy"]
    grammar = [s for s in sections if s["section"].startswith("gram")]
    meaning = [s for s in sections if not s["section"].startswith("gram")]
    result = {
        "google": share(sections),
        "semantic": share(meaning),
        "syntactic": share(grammar),
        "questions": sum(len(s["correct"]) + len(s["incorrect"]) for s in sections),
    }
    for name, file in PAIRS.items():
        _, spearman, _ = vectors.evaluate_word_pairs(str(Path(sets) / file))
        result[name] = float(spearman.statistic)
    return result


def line(name, result):
    """The scores of one file as a line for people."""
    return (
        f"{name}: Google {result['google']:.1f} % of {result['questions']} "
        f"(semantic {result['semantic']:.1f}, syntactic {result['syntactic']:.1f}), "
        f"WordSim {result['wordsim']:.3f}, SimLex {result['simlex']:.3f}, MEN {result['men']:.3f}"
    )


def main():
    arguments = [a for a in sys.argv[1:] if a != "--json"]
    if len(arguments) < 2:
        sys.exit(__doc__)
    sets, files = arguments[0], arguments[1:]
    for file in files:
        result = scores(load(file), sets)
        if "--json" in sys.argv:
            print(json.dumps({"file": file, **result}), flush=True)
        else:
            print(line(file, result), flush=True)


if __name__ == "__main__":
    main()
