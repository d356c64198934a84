"""Trains with fastText, n-grams off; its own progress on standard error shows when training begins.

    peer_fasttext.py TEXT OUT '{"dim": 100, ...}'
"""

import json
import os
import sys

import fasttext


def main():
    text, out, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    model = fasttext.train_unsupervised(
        text,
        model=options["objective"],
        dim=options["dim"],
        ws=options["window"],
        neg=options["negatives"],
        t=options["subsample"],
        lr=options["lr"],
        epoch=options["epochs"],
        minCount=options["min_count"],
        thread=options["threads"],
        loss="ns",
        minn=0,
        maxn=0,
        bucket=0,
        verbose=2,
    )
    # From here on nothing is training: `compare.py` waits for this line.
    os.write(2, b"\ntraining ended\n")
    with open(out, "wb") as file:
        matrix = model.get_input_matrix()
        words = model.get_words()
        file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
        for word, row in zip(words, matrix):
            file.write(word.encode() + b" " + row.astype("<f4").tobytes() + b"\n")


if __name__ == "__main__":
    main()
