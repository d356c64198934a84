"""Trains with gensim through `corpus_file`, its fastest way; prints the seconds of each part.

    peer_gensim.py TEXT OUT '{"dim": 100, ...}'
"""

import json
import sys
import time

from gensim.models import Word2Vec


def main():
    text, out, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    model = Word2Vec(
        vector_size=options["dim"],
        window=options["window"],
        negative=options["negatives"],
        sample=options["subsample"],
        alpha=options["lr"],
        min_alpha=options["lr"] * 1e-4,
        epochs=options["epochs"],
        min_count=options["min_count"],
        workers=options["threads"],
        seed=options["seed"],
        sg=int(options["objective"] == "skipgram"),
    )
    began = time.perf_counter()
    model.build_vocab(corpus_file=text)
    scanned = time.perf_counter()
    model.train(
        corpus_file=text,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=model.epochs,
    )
    trained = time.perf_counter()
    model.wv.save_word2vec_format(out, binary=True)
    print(json.dumps({"scan": scanned - began, "train": trained - scanned}))


if __name__ == "__main__":
    main()
