#!/usr/bin/env python3
"""How good, how fast and how large maps are.

    benches/map.py W2V VECTORS layout     seconds and bytes for 10,000 and 100,000 words
    benches/map.py W2V VECTORS quality    trustworthiness beside other programs', 10,000 words
    benches/map.py W2V VECTORS frames     frames per second of 100,000 words in Chromium

`quality` needs numpy, scikit-learn, openTSNE and umap-learn; `frames` needs chromium.
"""

import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = [10_000, 100_000]


def draw(w2v, vectors, words, output):
    """Draws a map; seconds of wall time, of processor time, and of each stage."""
    before, began = os.times(), time.monotonic()
    command = [w2v, "map", vectors, "--top", str(words), "--output", output]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    wall, after = time.monotonic() - began, os.times()
    busy = sum(after[2:4]) - sum(before[2:4])
    stages = re.findall(r"^  (neighbors|layout) +(.+)$", said, re.MULTILINE)
    return wall, busy, "  ".join(f"{name} {took.strip()}" for name, took in stages)


def layout(w2v, vectors, folder):
    """Times three times, for the machine may be busy."""
    for words in WORDS:
        page = folder / "map.html"
        runs = sorted(draw(w2v, vectors, words, page) for _ in range(3))
        wall, busy, stages = runs[1]
        size = page.stat().st_size / 1e6
        print(f"{words:7} words: {wall:6.1f} s wall, {busy:6.1f} s of processor time, {size:.1f} MB  ({stages})")


def quality(w2v, vectors, folder):
    """Trustworthiness as scikit-learn defines it, on vectors of length 1."""
    import numpy
    import openTSNE
    import umap
    from sklearn.manifold import TSNE, trustworthiness

    words = WORDS[0]
    rows = folder / "rows.npy"
    subprocess.run([w2v, "convert", vectors, rows, "--limit", str(words), "--quiet"], check=True)
    x = numpy.load(rows).astype(numpy.float32)
    x /= numpy.linalg.norm(x, axis=1, keepdims=True)

    def ours(method):
        table = folder / "map.csv"
        command = [w2v, "map", vectors, "--top", str(words), "--method", method, "-o", table, "--quiet"]
        subprocess.run(command, check=True)
        with open(table, encoding="utf8", newline="") as file:
            return numpy.array([[row["x"], row["y"]] for row in csv.DictReader(file)], float)

    ways = {
        "w2v map": lambda: ours("tsne"),
        "w2v map --method pca": lambda: ours("pca"),
        "scikit-learn TSNE": lambda: TSNE(init="pca", n_jobs=2, random_state=1).fit_transform(x),
        "openTSNE": lambda: openTSNE.TSNE(n_jobs=2, random_state=1).fit(x),
        "umap-learn": lambda: umap.UMAP(random_state=1).fit_transform(x),
    }
    print("| program | k = 5 | k = 15 | k = 50 | wall s | processor s |\n|---|---:|---:|---:|---:|---:|")
    for name, way in ways.items():
        before, began = os.times(), time.monotonic()
        y = numpy.asarray(way())
        wall, busy = time.monotonic() - began, sum(os.times()[:4]) - sum(before[:4])
        assert len(y) == len(x), (len(y), len(x))
        scores = [trustworthiness(x, y, n_neighbors=k) for k in (5, 15, 50)]
        cells = " | ".join(f"{score:.4f}" for score in scores)
        print(f"| {name} | {cells} | {wall:.1f} | {busy:.1f} |", flush=True)


MOVE = """new Promise((done) => {
  const times = [], drawn = map.draw, cost = [];
  let step = 0, last = performance.now();
  const next = (now) => {
    times.push(now - last); last = now;
    const began = performance.now();
    map.zoom(step % 60 < 30 ? 1.08 : 1 / 1.08, width / 3, height / 3);
    map.draw();
    cost.push(performance.now() - began);
    if (++step < 240) requestAnimationFrame(next); else done({ layer: map.layer, times, cost });
  };
  requestAnimationFrame(next);
})"""


class Browser:
    """Chromium, driven through its debugging pipe."""

    def __init__(self, flags, folder):
        (read, self.to), (self.back, write) = os.pipe(), os.pipe()
        command = ["chromium", "--headless=new", "--no-sandbox", "--remote-debugging-pipe", *flags]
        command.append(f"--user-data-dir={folder / 'profile'}")

        def connect():
            # Copies first: the pipes may lie where the others shall go.
            for fd, copy in ((3, os.dup(read)), (4, os.dup(write))):
                os.dup2(os.dup2(copy, 64 + fd), fd)

        self.child = subprocess.Popen(
            command, close_fds=False, preexec_fn=connect, stderr=subprocess.DEVNULL
        )
        os.close(read), os.close(write)
        self.asked, self.rest, self.session = 0, b"", {}

    def call(self, method, **params):
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": params, **self.session}
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.rest:
                self.rest += os.read(self.back, 1 << 20)
            text, self.rest = self.rest.split(b"\0", 1)
            answer = json.loads(text)
            if answer.get("id") == self.asked:
                assert "result" in answer, (method, answer)
                return answer["result"]

    def open(self, page):
        target = self.call("Target.createTarget", url=f"file://{page}")
        session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self.session = {"sessionId": session["sessionId"]}
        size = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def eval(self, expression):
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value")


def frames(w2v, vectors, folder):
    """A window of 1280 x 800 that zooms in and out; WebGL is played by the processor here."""
    page = folder / "map.html"
    draw(w2v, vectors, WORDS[1], page)
    webgl = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    for name, query in (("WebGL", "?webgl"), ("as opened", "")):
        (folder / name).mkdir()
        browser = Browser(webgl, folder / name)
        browser.open(f"{page}{query}")
        while not browser.eval("window.map ? map.frames : 0"):
            time.sleep(0.2)
        found = browser.eval(MOVE)
        times, cost = found["times"][20:], found["cost"][20:]
        print(
            f"{name} ({found['layer']}): {1000 / statistics.mean(times):.0f} frames/s, "
            f"median {statistics.median(times):.1f} ms, slowest tenth from "
            f"{sorted(times)[int(0.9 * len(times))]:.1f} ms; the page's own work "
            f"{statistics.median(cost):.1f} ms"
        )
        browser.child.kill()
        browser.child.wait()


def main():
    w2v, vectors, what = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        work = {"layout": layout, "quality": quality, "frames": frames}[what]
        work(Path(w2v).resolve(), Path(vectors).resolve(), Path(folder))


if __name__ == "__main__":
    main()
