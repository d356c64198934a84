"""Vectors of lines by smooth inverse frequency: ours beside gensim's vectors and NumPy.

    benches/peers/things lines VECTORS LINES

VECTORS is a model of w2v, LINES a text of whitespace-separated words. The peer is what the paper's own code does
(Arora, Liang, Ma 2017): words looked up one by one, a weighted mean a line, then the first singular
vector of all lines taken out. Prints lines a minute of both, in turn, medians of three, and the largest
difference.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors
from scipy.sparse.linalg import svds

W2V = os.environ["W2V"]
A = 1e-3


def peer(model, shares, path):
    rows, known = model.vectors, model.key_to_index
    weights = A / (A + shares)
    out = []
    for line in open(path, encoding="utf8"):
        ids = [known[word] for word in line.split() if word in known]
        out.append(weights[ids] @ rows[ids] / len(ids) if ids else np.zeros(rows.shape[1], np.float32))
    out = np.array(out, np.float32)
    _, _, first = svds(out, k=1)
    return out - out @ first.T * first


def main():
    vectors, lines = (Path(path).resolve() for path in sys.argv[1:3])
    count = sum(1 for _ in open(lines, "rb"))
    with tempfile.TemporaryDirectory() as folder:
        def w2v(*arguments):
            return subprocess.run([W2V, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout

        w2v("convert", str(vectors), "v.bin", "--quiet")
        words = w2v("words", "--model", str(vectors), "--format", "tsv").splitlines()
        counts = np.array([int(row.split("\t")[2]) for row in words], float)
        model = KeyedVectors.load_word2vec_format(f"{folder}/v.bin", binary=True)
        tools = {
            "w2v embed": lambda: w2v("embed", str(lines), "-m", str(vectors), "-o", "out.npy", "--quiet"),
            "gensim and NumPy": lambda: peer(model, (counts / counts.sum()).astype(np.float32), lines),
        }
        speeds = {name: [] for name in tools}
        for _ in range(3):
            for name, run in tools.items():
                began = time.perf_counter()
                found = run()
                speeds[name].append(60 * count / (time.perf_counter() - began) / 1e6)
        for name, all_speeds in speeds.items():
            each = ", ".join(f"{speed:.2f}" for speed in all_speeds)
            print(f"{name:18} {count} lines: {np.median(all_speeds):.2f} M lines a minute ({each})", flush=True)
        print(f"largest difference {np.abs(np.load(f'{folder}/out.npy') - found).max():.1e}")


if __name__ == "__main__":
    main()
