"""How each trainer is run, and how its own output tells when training began and ended."""

import json
import os
import re
import shlex
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Run:
    """What one run cost."""

    def __init__(self, wall, memory, train):
        self.wall = wall  # seconds of the whole process
        self.memory = memory  # peak resident bytes
        self.train = train  # seconds of the training alone


def spawn(command):
    """Runs `command`; yields (seconds, text) for all it says, then the exit status and usage."""
    began = time.perf_counter()
    reader, writer = os.pipe()
    child = os.posix_spawnp(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, writer, 1),
            (os.POSIX_SPAWN_DUP2, writer, 2),
            (os.POSIX_SPAWN_CLOSE, reader),
        ],
    )
    os.close(writer)
    said = []
    while piece := os.read(reader, 65536):
        said.append((time.perf_counter() - began, piece.decode(errors="replace")))
    os.close(reader)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{shlex.join(command)} failed:\n{''.join(text for _, text in said)[-2000:]}")
    return said, wall, usage.ru_maxrss * 1024


def first(said, pattern):
    """When `pattern` was said first."""
    return next(at for at, text in said if re.search(pattern, text))


def last(said, pattern):
    """When `pattern` was said last."""
    return [at for at, text in said if re.search(pattern, text)][-1]


def w2v(text, out, o):
    """Ours: its log says how long it trained."""
    binary, log = Path(out).with_suffix(".w2v"), Path(out).with_suffix(".jsonl")
    command = [
        os.environ.get("W2V", "w2v"), "train", text, "--output", binary, "--log", log,
        "--tokenizer", "whitespace",
        "--dim", o["dim"], "--window", o["window"],
        "--negatives", o["negatives"], "--subsample", o["subsample"], "--lr", o["lr"],
        "--epochs", o["epochs"], "--min-count", o["min_count"], "--threads", o["threads"],
        "--seed", o["seed"], *shlex.split(o["w2v_options"]),
    ]  # fmt: skip
    if o["objective"] != "skipgram":
        command += ["--objective", o["objective"]]
    _, wall, memory = spawn([str(part) for part in command])
    records = map(json.loads, log.read_text().splitlines())
    trained = next(record for record in records if record["event"] == "trained")
    return Run(wall, memory, trained["train_seconds"]), binary


def gensim(text, out, o):
    """gensim in a process of its own: says how long it trained."""
    command = [sys.executable, str(HERE / "peer_gensim.py"), text, out, json.dumps(o)]
    said, wall, memory = spawn(command)
    whole = "".join(text for _, text in said)
    return Run(wall, memory, json.loads(whole.strip().splitlines()[-1])["train"]), out


def word2vec(text, out, o):
    """The original C of the PyPI package; it trains all epochs (it asks `feof`, which a seek
    resets). Its first and last progress lines frame the training."""
    command = [
        str(Path(sys.executable).with_name("word2vec")), "-train", text, "-output", out,
        "-binary", 1, "-debug", 2, "-cbow", int(o["objective"] == "cbow"), "-hs", 0,
        "-size", o["dim"], "-window", o["window"], "-negative", o["negatives"],
        "-sample", o["subsample"], "-alpha", o["lr"], "-iter", o["epochs"],
        "-min-count", o["min_count"], "-threads", o["threads"],
    ]  # fmt: skip
    said, wall, memory = spawn([str(part) for part in command])
    return Run(wall, memory, last(said, "Alpha:") - first(said, "Alpha:")), out


def fasttext(text, out, o):
    """fastText without n-grams; its progress starts with the training."""
    command = [sys.executable, str(HERE / "peer_fasttext.py"), text, out, json.dumps(o)]
    said, wall, memory = spawn(command)
    return Run(wall, memory, first(said, "training ended") - first(said, "Progress:")), out


TOOLS = {"w2v": w2v, "gensim": gensim, "word2vec": word2vec, "fasttext": fasttext}
