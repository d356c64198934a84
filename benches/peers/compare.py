"""Runs w2v and its peers in turn with equal options and prints one table.

    compare.py TEXT SETS [--rounds 3] [--tools w2v,gensim,word2vec,fasttext] [--dim 100] ...

Each round runs every tool once, one after the other, with the round's number as the seed; times and
memory are medians over the rounds, scores are means. Words a second are (tokens kept x epochs) /
seconds of the training alone, the same count for every tool (`--peer-epochs` may give the slow ones
fewer epochs); the whole job is the process from start to end, with reading the text and writing the
vectors.
"""

import argparse
import json
import platform
import statistics
import tempfile
from collections import Counter
from pathlib import Path

import evaluate
import tools


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("text")
    parser.add_argument("sets")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", default=",".join(tools.TOOLS))
    parser.add_argument("--objective", choices=["skipgram", "cbow"], default="skipgram")
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--negatives", type=int, default=5)
    parser.add_argument("--subsample", type=float, default=1e-4)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--peer-epochs", type=int, help="fewer for the slow, where only speed counts")
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--w2v-options", default="", help="more options for w2v alone")
    parser.add_argument("--no-scores", action="store_true")
    parser.add_argument("--raw", help="write every run to this file, a JSON object a line")
    return parser.parse_args()


def kept_tokens(text, min_count):
    """Tokens of the words that are frequent enough."""
    counts = Counter()
    with open(text, "rb") as file:
        for line in file:
            counts.update(line.split())
    return sum(n for n in counts.values() if n >= min_count)


def run_all(args):
    """Every run, as a list of dictionaries."""
    options = {k: v for k, v in vars(args).items() if k not in ("text", "sets", "raw")}
    words = kept_tokens(args.text, args.min_count)
    rows = []
    for round_number in range(1, args.rounds + 1):
        for name in args.tools.split(","):
            with tempfile.TemporaryDirectory() as folder:
                out = str(Path(folder) / "vectors.bin")
                epochs = args.epochs if name == "w2v" else args.peer_epochs or args.epochs
                settings = {**options, "epochs": epochs, "seed": round_number}
                run, file = tools.TOOLS[name](args.text, out, settings)
                row = {"tool": name, "round": round_number, "wall": run.wall, "train": run.train}
                row.update(memory=run.memory, speed=words * epochs / run.train)
                if not args.no_scores:
                    row.update(evaluate.scores(evaluate.load(file), args.sets))
            rows.append(row)
            print(json.dumps(row), flush=True)
            if args.raw:
                with open(args.raw, "a") as raw:
                    raw.write(json.dumps({**options, **row}) + "\n")
    return rows


def processor():
    """The machine's name for its processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(": ")[1]
    return platform.machine()


def table(args, rows):
    """The table in Markdown."""
    scores = [] if args.no_scores else ["google", "wordsim", "simlex", "men"]
    yield f"{processor()}, {args.threads} threads, {args.rounds} rounds; {args.objective}, " + ", ".join(
        f"{name} {getattr(args, name)}"
        for name in ("dim", "window", "negatives", "subsample", "lr", "epochs", "min_count")
    ) + (f" (peers: epochs {args.peer_epochs})" if args.peer_epochs else "")
    yield ""
    yield "| tool | words/s | w2v is faster by | whole job | peak memory | " + " | ".join(scores) + " |"
    yield "|---|" + "---:|" * (4 + len(scores))
    of = {name: [r for r in rows if r["tool"] == name] for name in args.tools.split(",")}
    best = statistics.median(r["speed"] for r in next(iter(of.values())))
    for name, runs in of.items():
        speed = statistics.median(r["speed"] for r in runs)
        cells = [
            f"{speed / 1e6:.2f} M",
            f"{best / speed:.1f}",
            f"{statistics.median(r['wall'] for r in runs):.1f} s",
            f"{statistics.median(r['memory'] for r in runs) / 1e6:.0f} MB",
        ]
        for score in scores:
            mean = statistics.mean(r[score] for r in runs)
            cells.append(f"{mean:.1f} %" if score == "google" else f"{mean:.3f}")
        yield f"| {name} | " + " | ".join(cells) + " |"


def main():
    args = arguments()
    rows = run_all(args)
    print("\n".join(["", *table(args, rows)]))


if __name__ == "__main__":
    main()
