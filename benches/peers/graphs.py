"""Nodes of graphs, ours beside PecanPy's walks and gensim's word2vec at the same budget.

    benches/peers/things graphs EDGES LABELS [--large]

EDGES and LABELS: Zachary's karate club. Beside it planted partitions of 1,000 nodes in 10 groups: a node is
joined to one of its group with a chance of 0.1, to any other one with 0.01, 0.02 and 0.03. NMI: of k-means
(10 starts) with the labels; F1: macro, of a logistic regression learnt on half of the nodes; lines:
whether some line separates the two factions, in how many of the runs. Mean of three seeds; dim 64, 10
walks of 80 nodes from each node, window 10, 5 negatives, one epoch. With --large also a graph of a million
nodes and ten million edges: speed of walks alone, memory and time.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

W2V = os.environ["W2V"]
SEEDS = (1, 2, 3)
DIM, WALKS, LENGTH, WINDOW = 64, 10, 80, 10


def partition(rng, inside, outside, nodes=1_000, groups=10):
    """Edges of a planted partition, and the groups."""
    label = np.repeat(np.arange(groups), nodes // groups)
    chance = np.where(label[:, None] == label, inside, outside)
    upper = np.triu(rng.random((nodes, nodes)) < chance, 1)
    return np.argwhere(upper), label


def pecanpy(folder, p, q, seed):
    from gensim.models import Word2Vec
    from pecanpy import pecanpy as peers

    first_order = p == q == 1
    make = peers.FirstOrderUnweighted if first_order else peers.SparseOTF
    graph = make(p=p, q=q, workers=2, verbose=False, random_state=seed)
    graph.read_edg(f"{folder}/edges.tsv", weighted=False, directed=False)
    graph.preprocess_transition_probs()
    walks = graph.simulate_walks(num_walks=WALKS, walk_length=LENGTH - 1)
    model = Word2Vec(walks, vector_size=DIM, window=WINDOW, min_count=0, sg=1, workers=2, epochs=1, seed=seed)
    return {word: model.wv[word] for word in model.wv.index_to_key}


def ours(*options):
    def run(folder, p, q, seed):
        subprocess.run([W2V, "train", "edges.tsv", "--input", "graph", "-o", "nodes.txt", "--quiet", "--dim", str(DIM),
                        "--p", str(p), "--q", str(q), "--seed", str(seed), *options], cwd=folder, check=True)
        rows = (line.split() for line in Path(folder, "nodes.txt").read_text().splitlines()[1:])
        return {row[0]: np.array(row[1:], float) for row in rows}

    return run


def scores(vectors, labels):
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score, normalized_mutual_info_score
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    rows = np.array([vectors[name] for name in labels])
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    label = np.array(list(labels.values()))
    groups = len(set(label))
    nmi = np.mean([normalized_mutual_info_score(label, KMeans(groups, n_init=10, random_state=seed).fit_predict(unit))
                   for seed in SEEDS])
    f1 = []
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(len(label))
        learn, ask = order[: len(order) // 2], order[len(order) // 2:]
        scale = StandardScaler().fit(unit[learn])
        model = LogisticRegression(max_iter=2000).fit(scale.transform(unit[learn]), label[learn])
        f1.append(f1_score(label[ask], model.predict(scale.transform(unit[ask])), average="macro"))
    # In two dimensions, as a picture shows it: more would separate anything.
    flat = (unit - unit.mean(0)) @ np.linalg.svd(unit - unit.mean(0), full_matrices=False)[2][:2].T
    line = LinearSVC(C=1e4, max_iter=200_000).fit(flat, label).score(flat, label) == 1 if groups == 2 else None
    return nmi, np.mean(f1), line


def compare(title, edges, labels, ways):
    print(f"\n{title}: {len(labels)} nodes, {len(edges)} edges\n")
    print("| tool | p, q | NMI | F1 | lines |\n|---|---|---:|---:|---:|")
    for p, q in ways:
        for name, run in TOOLS:
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "edges.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in edges))
                all_scores = [scores(run(folder, p, q, seed), labels) for seed in SEEDS]
            nmi, f1 = np.mean([s[:2] for s in all_scores], axis=0)
            lines = [s[2] for s in all_scores]
            lines = "" if None in lines else f"{sum(lines)} of {len(lines)}"
            print(f"| {name} | {p:g}, {q:g} | {nmi:.3f} | {f1:.3f} | {lines} |", flush=True)


TOOLS = [
    ("`w2v train --input graph`, its defaults", ours()),
    ("the same, PecanPy's budget: `--epochs 1`", ours("--epochs", "1")),
    ("PecanPy and gensim", pecanpy),
]


def large():
    """A million nodes, ten million edges: a group's nodes are ten times as likely to be joined."""
    rng = np.random.default_rng(0)
    nodes, edges = 1_000_000, 10_000_000
    # Degrees as in nature: a few nodes have many edges.
    ends = (nodes * rng.random((edges, 2)) ** 1.5).astype(np.int64)
    near = rng.random(edges) < 0.9
    ends[near, 1] = (ends[near, 0] + rng.integers(1, 1_000, near.sum())) % nodes
    ends = ends[ends[:, 0] != ends[:, 1]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "edges.tsv")
        np.savetxt(path, ends, fmt="%d", delimiter="\t")
        command = [W2V, "train", "edges.tsv", "--input", "graph", "--epochs", "1", "--walks", "1"]
        began = time.perf_counter()
        run = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        took = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"\n{nodes} nodes, {len(ends)} edges, one walk of 80 from each node, dim 100, two threads")
        print(f"whole command {took:.0f} s, {memory:.0f} MB at most; it said:\n{run.stderr}")


def main():
    karate = [line.split() for line in open(sys.argv[1])]
    labels = dict(line.split() for line in open(sys.argv[2]))
    compare("karate", karate, labels, [(1, 1)])
    for inside, outside in ((0.1, 0.01), (0.1, 0.02), (0.1, 0.03)):
        edges, label = partition(np.random.default_rng(0), inside, outside)
        labels = {str(at): str(group) for at, group in enumerate(label)}
        compare(f"planted partition {inside} / {outside}", edges, labels, [(1, 1), (0.5, 2)])
    if "--large" in sys.argv:
        large()


if __name__ == "__main__":
    main()
