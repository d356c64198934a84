#!/usr/bin/env python3
"""Other people's viewers open our files: TensorBoard's projector and embedding-atlas.

    python3 -m venv venv && venv/bin/pip install tensorboard 'setuptools<80' embedding-atlas
    venv/bin/python tests/viewers.py W2V TEXT

Trains on TEXT, serves the export in the real viewer and asks the viewer's server what it has read. A
viewer that is not installed is skipped, and that is said. Tried with tensorboard 2.21.0 and
embedding-atlas 0.26.0.
"""

import io
import json
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PATIENCE = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A viewer that serves on a port of its own, found beside this Python or in the path."""

    def __init__(self, name, arguments):
        beside = Path(sys.executable).with_name(name)
        program = beside if beside.exists() else shutil.which(name)
        self.port, self.child = free_port(), None
        if program is None:
            print(f"skipped: there is no {name}")
            return
        arguments = [str(a).replace("PORT", str(self.port)) for a in arguments]
        self.child = subprocess.Popen(
            [program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def get(self, path):
        """What the server answers, once it is awake."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                    return answer.read()
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > end or self.child.poll() is not None:
                    raise
                time.sleep(0.5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child:
            self.child.terminate()
            self.child.wait()


def tensorboard(w2v, folder, words, vectors):
    w2v("convert", "vectors.w2v", "projector/tensors.tsv", "--quiet")
    with Server("tensorboard", ["--logdir", folder / "projector", "--port", "PORT"]) as server:
        if not server.child:
            return
        plugin = "/data/plugin/projector"
        runs = json.loads(server.get(f"{plugin}/runs"))
        run = urllib.parse.quote(runs[0])
        info = json.loads(server.get(f"{plugin}/info?run={run}"))
        name = info["embeddings"][0]["tensorName"]
        query = urllib.parse.urlencode({"run": runs[0], "name": name})
        numbers = server.get(f"{plugin}/tensor?{query}&num_rows={len(words)}")
        found = struct.unpack(f"<{len(numbers) // 4}f", numbers)
        wanted = [x for row in vectors for x in row]
        assert len(found) == len(wanted), (len(found), len(wanted))
        assert all(abs(a - b) < 1e-6 for a, b in zip(found, wanted))
        metadata = server.get(f"{plugin}/metadata?{query}").decode().splitlines()
        assert [line.split("\t")[0] for line in metadata[-len(words):]] == words
        print(f"tensorboard: {len(words)} words of {len(vectors[0])} numbers, the same")


def atlas(w2v, folder, words):
    w2v("map", "vectors.w2v", "-o", "map.jsonl", "--quiet")
    columns = ["--text", "word", "--x", "x", "--y", "y", "--neighbors", "neighbors"]
    command = [folder / "map.jsonl", *columns, "--port", "PORT", "--no-auto-port"]
    with Server("embedding-atlas", command) as server:
        if not server.child:
            return
        import pandas

        props = json.loads(server.get("/data/metadata.json"))["props"]["data"]
        assert props["neighbors"] == "neighbors", props
        assert props["projection"] == {"x": "x", "y": "y"}, props
        table = pandas.read_parquet(io.BytesIO(server.get("/data/dataset.parquet")))
        assert list(table["word"]) == words
        nearest = w2v("nearest", words[0], "--top", "10", "--format", "tsv").splitlines()
        wanted = [line.split("\t")[1:] for line in nearest]
        near = table["neighbors"][0]
        found = zip((words[at] for at in near["ids"]), near["distances"])
        for (word, distance), (name, cosine) in zip(found, wanted):
            assert word == name and abs(1 - distance - float(cosine)) < 1e-4, (word, name)
        print(f"embedding-atlas: {len(table)} words with places and neighbours, the same")


def main():
    program, text = (Path(argument).resolve() for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "projector").mkdir()

        def w2v(*arguments):
            run = subprocess.run(
                [program, *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
            )
            return run.stdout

        w2v("train", text, "--epochs", "1", "--max-vocab", "2000", "--quiet")
        w2v("convert", "vectors.w2v", "vectors.txt", "--quiet")
        lines = (folder / "vectors.txt").read_text().splitlines()[1:]
        words = [line.split(" ")[0] for line in lines]
        vectors = [[float(x) for x in line.split(" ")[1:]] for line in lines]
        tensorboard(w2v, folder, words, vectors)
        atlas(w2v, folder, words)


if __name__ == "__main__":
    main()
