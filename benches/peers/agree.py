"""Whether `w2v eval` and gensim come to the same, section by section and pair set by pair set.

    agree.py W2V SETS VECTORS...

SETS as for evaluate.py. Prints a table for each file; exit code 1 when a question or 1e-6 is missing.
"""

import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from gensim.models import KeyedVectors

warnings.filterwarnings("ignore")
PAIRS = ["en-wordsim353.tsv", "en-simlex999.tsv", "en-men3000.tsv"]
ANALOGIES = "en-google-analogies.txt"


def ours(w2v, sets, vectors):
    pairs = [str(sets / name) for name in PAIRS]
    start = time.perf_counter()
    out = subprocess.run(
        [w2v, "eval", str(vectors), "--analogies", str(sets / ANALOGIES), "--pairs", *pairs, "--json"],
        check=True, capture_output=True, text=True).stdout
    return json.loads(out), time.perf_counter() - start


def main():
    w2v, sets, agree = sys.argv[1], Path(sys.argv[2]), True
    for vectors in sys.argv[3:]:
        found, seconds = ours(w2v, sets, vectors)
        with tempfile.TemporaryDirectory() as folder:
            copy = f"{folder}/vectors.bin"
            subprocess.run([w2v, "convert", "--quiet", vectors, copy], check=True)
            kv = KeyedVectors.load_word2vec_format(copy, binary=True, unicode_errors="replace")
        start = time.perf_counter()
        _, sections = kv.evaluate_word_analogies(str(sets / ANALOGIES), 30_000, True)
        report = found["analogies"][0]
        mine = {s["name"]: (s["correct"], s["seen"]) for s in report["sections"]}
        mine["Total accuracy"] = (report["total"]["correct"], report["total"]["seen"])
        print(f"\n{Path(vectors).name}: {len(kv)} x {kv.vector_size}\n")
        print("| set | w2v eval | gensim |\n|---|---:|---:|")
        for s in sections:
            right = len(s["correct"])
            theirs = (right, right + len(s["incorrect"]))
            # gensim drops sections of which no question is known.
            own = mine.get(s["section"], (0, 0))
            agree &= own == theirs
            print(f"| {s['section']} | {own[0]} of {own[1]} | {theirs[0]} of {theirs[1]} |")
        for name, pair in zip(PAIRS, found["pairs"]):
            pearson, spearman, unknown = kv.evaluate_word_pairs(str(sets / name), restrict_vocab=30_000)
            both = [(pair["spearman"], spearman[0]), (pair["pearson"], pearson[0]),
                    (100 * pair["unknown_share"], unknown)]
            agree &= all(abs(a - b) < 1e-6 for a, b in both)
            row = ["{:.7f}, {:.7f}, {:.2f} %".format(*(pair[i] for pair in both)) for i in (0, 1)]
            print(f"| {name}: Spearman, Pearson, unknown | {row[0]} | {row[1]} |")
        print(f"\n{seconds:.1f} s beside {time.perf_counter() - start:.1f} s of gensim (loading not counted)")
    print("\nequal" if agree else "\nDIFFERENT")
    return not agree


if __name__ == "__main__":
    sys.exit(main())
