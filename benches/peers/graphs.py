"""Nodes of graphs, ours beside PecanPy's walks and gensim's word2vec at the same budget.

    benches/peers/things graphs EDGES LABELS
    benches/peers/things graphs --walks GRAPH
    benches/peers/things graphs --large

EDGES and LABELS: Zachary's karate club. Beside it planted partitions of 1,000 nodes in 10 groups: a node is
joined to one of its group with a chance of 0.1, to any other one with 0.01, 0.02 and 0.03, or with 0.04
and 0.005. NMI: of k-means (10 starts) with the labels; F1: macro, of a logistic regression learnt on half of
the nodes; lines: whether some line separates the two factions, in how many of the runs. Mean of three seeds;
dim 64, 10 walks of 80 nodes from each node, window 10, 5 negatives, one epoch.

--walks: walks alone, ours and PecanPy's in turn, on an edge list of two columns. --large: a graph of a million
nodes and ten million edges is read, walked on and trained on by one command; its memory and time.
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


def pecanpy(folder, seed):
    from gensim.models import Word2Vec
    from pecanpy import pecanpy as peers

    graph = peers.FirstOrderUnweighted(p=1, q=1, workers=2, verbose=False, random_state=seed)
    graph.read_edg(f"{folder}/edges.tsv", weighted=False, directed=False)
    graph.preprocess_transition_probs()
    walks = graph.simulate_walks(num_walks=WALKS, walk_length=LENGTH - 1)
    model = Word2Vec(walks, vector_size=DIM, window=WINDOW, min_count=0, sg=1, workers=2, epochs=1, seed=seed)
    return {word: model.wv[word] for word in model.wv.index_to_key}


def ours(*options):
    def run(folder, seed):
        subprocess.run([W2V, "train", "edges.tsv", "--input", "graph", "-o", "nodes.txt", "--quiet", "--dim", str(DIM),
                        "--seed", str(seed), *options], cwd=folder, check=True)
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


def compare(title, edges, labels):
    print(f"\n{title}: {len(labels)} nodes, {len(edges)} edges\n")
    print("| tool | NMI | F1 | lines |\n|---|---:|---:|---:|")
    # A node may have no edge at all, and PecanPy knows of none such.
    joined = {str(node) for edge in edges for node in edge}
    labels = {node: label for node, label in labels.items() if node in joined}
    for name, run in TOOLS:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "edges.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in edges))
            all_scores = [scores(run(folder, seed), labels) for seed in SEEDS]
        nmi, f1 = np.mean([s[:2] for s in all_scores], axis=0)
        spread = max(s[0] for s in all_scores) - min(s[0] for s in all_scores)
        apart = [s[2] for s in all_scores]
        apart = "" if None in apart else f"{sum(apart)} of {len(apart)}"
        print(f"| {name} | {nmi:.3f} (from seed to seed {spread:.3f}) | {f1:.3f} | {apart} |", flush=True)


def speed(path):
    """One walk of 80 from each node, in turn; medians of three rounds, in walks a second."""
    from pecanpy import pecanpy as peers

    for p, q, make in ((1, 1, peers.FirstOrderUnweighted), (0.5, 2, peers.SparseOTF)):
        graph = make(p=p, q=q, workers=2, verbose=False, random_state=0)
        graph.read_edg(path, weighted=False, directed=False)
        graph.preprocess_transition_probs()
        graph.simulate_walks(1, 2)  # compiles
        found = {"w2v": [], "PecanPy": []}
        for _ in range(3):
            command = ["cargo", "bench", "--quiet", "--bench", "walks", "--", path, str(p), str(q), "1"]
            run = subprocess.run(command, check=True, capture_output=True, text=True)
            found["w2v"].append(float(run.stdout.split()[-2]))
            began = time.perf_counter()
            walks = graph.simulate_walks(1, LENGTH - 1)
            found["PecanPy"].append(len(walks) / (time.perf_counter() - began))
        for name, speeds in found.items():
            print(f"{name:8} p {p}, q {q}: {np.median(speeds):9.0f} walks/s of", *(f"{s:.0f}" for s in speeds), flush=True)


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
    if sys.argv[1] == "--walks":
        return speed(sys.argv[2])
    if sys.argv[1] == "--large":
        return large()
    karate = [line.split() for line in open(sys.argv[1])]
    labels = dict(line.split() for line in open(sys.argv[2]))
    compare("karate", karate, labels)
    for inside, outside in ((0.1, 0.01), (0.1, 0.02), (0.1, 0.03), (0.04, 0.005)):
        edges, label = partition(np.random.default_rng(0), inside, outside)
        labels = {str(at): str(group) for at, group in enumerate(label)}
        compare(f"planted partition {inside} / {outside}", edges, labels)


if __name__ == "__main__":
    main()
