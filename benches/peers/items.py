"""Leave one out: of each basket of a quarter one item is hidden and asked for, by the rest of its basket.

    benches/peers/things items BASKETS [--develop] [options of w2v train]

BASKETS: items between spaces, a basket a line. Beside it a set with known structure: 2,000 items of 40
groups, Zipf's law within each; a user has one group or two, and one item in five is anybody's. `oracle`
ranks by the true chances. Each tool learns from the same baskets, those of the questions among them
without their hidden items. recall@10 and NDCG@10, mean of three seeds.

All that is chosen, our defaults and the peers' settings, is chosen on other questions: --develop leaves
the baskets of the quarter out altogether and asks for items of a third of the rest; the set of groups is
then made by another seed. implicit's models are the best of a grid there.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

W2V = os.environ["W2V"]
SEEDS = (1, 2, 3)
TOP = 10


def synthetic(rng, users=20_000, items=2_000, groups=40):
    """Baskets, and for a user's groups the true chance of every item."""
    zipf = 1 / np.arange(1, items // groups + 1)
    within = zipf / zipf.sum()
    group = np.repeat(np.arange(groups), items // groups)
    chance = np.tile(within, groups)
    anyone = chance / chance.sum()
    baskets, truths = [], []
    for _ in range(users):
        mine = rng.choice(groups, rng.integers(1, 3), replace=False)
        p = 0.8 * chance * np.isin(group, mine) / len(mine) + 0.2 * anyone
        size = 2 + rng.poisson(6)
        baskets.append(list(rng.choice(items, size, replace=False, p=p / p.sum())))
        truths.append(mine)
    true = lambda mine: 0.8 * chance * np.isin(group, mine) / len(mine) + 0.2 * anyone
    return baskets, [f"i{n}" for n in range(items)], (truths, true)


def real(path):
    lines = [line.split() for line in open(path, encoding="utf8")]
    names = sorted({item for line in lines for item in line})
    ids = {name: at for at, name in enumerate(names)}
    return [sorted({ids[item] for item in line}) for line in lines], names


class Task:
    """Baskets to learn from, questions and what is hidden."""

    def __init__(self, baskets, names, seed, develop=False):
        order = np.random.default_rng(0).permutation(len(baskets))
        asked, rest = np.split(order, [len(baskets) // 4])
        if develop:
            baskets, asked = [baskets[at] for at in rest], np.arange(len(rest) // 3)
        rng = np.random.default_rng(seed)
        self.names, self.seed = names, seed
        self.asked = [at for at in sorted(asked) if len(baskets[at]) > 1]
        self.learn = [list(basket) for basket in baskets]
        self.hidden = []
        for at in self.asked:
            self.hidden.append(self.learn[at].pop(rng.integers(len(self.learn[at]))))
        rows = np.repeat(np.arange(len(baskets)), [len(b) for b in self.learn])
        columns = np.concatenate([np.array(b, int) for b in self.learn])
        shape = (len(baskets), len(names))
        self.matrix = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)

    def score(self, ranked):
        """recall@10 and NDCG@10 of ten items a question."""
        places = [list(row).index(hid) if hid in row else None for row, hid in zip(ranked, self.hidden)]
        gains = [0 if place is None else 1 / np.log2(place + 2) for place in places]
        return np.array([np.mean([place is not None for place in places]), np.mean(gains)])

    def best(self, scores):
        """The ten items of the highest scores, a row of scores a question."""
        scores = np.array(scores, float)
        for row, at in zip(scores, self.asked):
            row[self.learn[at]] = -np.inf
        return np.argsort(-scores, axis=1, kind="stable")[:, :TOP]


def popularity(task):
    counts = np.asarray(task.matrix.sum(0)).ravel()
    return task.best(np.tile(counts, (len(task.asked), 1)))


def item_knn(task):
    together = (task.matrix.T @ task.matrix).toarray()
    norms = np.sqrt(np.maximum(together.diagonal(), 1))
    cosine = together / norms / norms[:, None]
    np.fill_diagonal(cosine, 0)
    return task.best(task.matrix[task.asked] @ cosine)


def implicit_model(make):
    def run(task):
        model = make(task.seed)
        model.fit(task.matrix, show_progress=False)
        ids, _ = model.recommend(np.array(task.asked), task.matrix[task.asked], N=TOP)
        return ids

    return run


def als(factors, alpha, regularization):
    from implicit.als import AlternatingLeastSquares as Model

    return implicit_model(lambda seed: Model(
        factors=factors, alpha=alpha, regularization=regularization, iterations=20, random_state=seed, num_threads=2))


def bpr(factors, learning_rate, iterations):
    from implicit.bpr import BayesianPersonalizedRanking as Model

    return implicit_model(lambda seed: Model(
        factors=factors, learning_rate=learning_rate, iterations=iterations, random_state=seed, num_threads=2))


def ours(*options):
    def run(task):
        with tempfile.TemporaryDirectory() as folder:
            def write(name, baskets):
                lines = ("\t".join(task.names[item] for item in basket) + "\n" for basket in baskets)
                Path(folder, name).write_text("".join(lines))

            def w2v(*arguments):
                return subprocess.run([W2V, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout

            write("baskets", [basket for basket in task.learn if basket])
            write("asked", [task.learn[at] for at in task.asked])
            w2v("train", "baskets", "--input", "baskets", "--quiet", "--seed", str(task.seed), *options)
            answers = w2v("recommend", "--batch", "asked", "--top", str(TOP), "--format", "jsonl")
        ids = {name: at for at, name in enumerate(task.names)}
        rows = [json.loads(line).get("neighbors", []) for line in answers.splitlines()]
        return [[ids[item["word"]] for item in row] for row in rows]

    return run


def show(name, scores):
    recall, ndcg = np.mean(scores, axis=0)
    spread = np.max(scores, axis=0) - np.min(scores, axis=0)
    print(f"| {name} | {recall:.4f} | {ndcg:.4f} | {spread[0]:.4f} |", flush=True)


def grid(name, make, *values):
    """A tool that takes the best of a grid, found with one seed of the development set."""

    def chosen(develop, tasks):
        runs = [(develop.score(make(*choice)(develop))[1], choice) for choice in itertools.product(*values)]
        choice = max(runs)[1]
        show(f"{name} {choice}", [task.score(make(*choice)(task)) for task in tasks])

    return chosen


GRIDS = [
    grid("implicit ALS (factors, alpha, regularization)", als, (2, 4, 8, 32), (1, 10), (0.1, 10)),
    grid("implicit BPR (factors, learning rate, iterations)", bpr, (4, 16, 64), (0.01, 0.05), (100, 300)),
]


def compare(title, develop, tasks, oracle, options):
    print(f"\n{title}\n\n| tool | recall@10 | NDCG@10 | spread |\n|---|---:|---:|---:|")
    if oracle:
        show("oracle", [task.score(oracle(task)) for task in tasks])
    show("`w2v recommend`", [task.score(ours(*options)(task)) for task in tasks])
    show("popularity", [task.score(popularity(task)) for task in tasks])
    show("item-kNN, cosine", [task.score(item_knn(task)) for task in tasks])
    for peer in GRIDS if develop else []:
        peer(develop, tasks)


def main():
    develop, options = "--develop" in sys.argv, [word for word in sys.argv[2:] if word != "--develop"]
    baskets, names = real(sys.argv[1])
    tasks = lambda baskets, names: [Task(baskets, names, seed, develop) for seed in SEEDS]
    tuned = lambda baskets, names: None if develop else Task(baskets, names, 11, True)
    compare("groceries", tuned(baskets, names), tasks(baskets, names), None, options)
    other, _, _ = synthetic(np.random.default_rng(77))
    baskets, names, (truths, true) = synthetic(np.random.default_rng(0))
    oracle = lambda task: task.best([true(truths[at]) for at in task.asked])
    if develop:
        compare("40 groups", None, tasks(other, names), None, options)
    else:
        compare("40 groups", tuned(other, names), tasks(baskets, names), oracle, options)


if __name__ == "__main__":
    main()
