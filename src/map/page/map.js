"use strict";
// What the map shows, and moving about.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const N = data.words.length, K = data.degree;
const points = new Float32Array(2 * N);
{
  const raw = bytes(data.points);
  for (let i = 0; i < 2 * N; i++) points[i] = (raw[2 * i] + 256 * raw[2 * i + 1]) / 65535;
}
const nearIds = bytes(data.ids), nearCosines = bytes(data.cosines), clusters = bytes(data.cluster);
const vectors = new Int8Array(bytes(data.vectors).buffer);
const index = new Map(data.words.map((word, id) => [word, id]));
const folded = data.words.map((word) => word.toLowerCase());
const shown = data.words.map((word) => {
  const line = word.replace(/[\s\u0000-\u001f]+/g, " ");
  return [...line].length > 40 ? [...line].slice(0, 39).join("") + "…" : line;
});

// What is shown. `picked` are the words of an analogy in the making.
const state = { x: 0.5, y: 0.5, scale: 1, word: -1, lit: [], colour: data.categories.length ? "category" : "cluster", analogy: false, picked: [] };
let width = 0, height = 0, ratio = 1, smallest = 1;
const pointsCanvas = byId("points"), labels = byId("labels"), pen = labels.getContext("2d");
const layer = webglLayer(pointsCanvas, points) || canvasLayer(pointsCanvas, points);

function neighbors(id) {
  const list = [];
  for (let k = 0; k < K; k++) {
    const at = id * K + k;
    list.push([nearIds[3 * at] + 256 * nearIds[3 * at + 1] + 65536 * nearIds[3 * at + 2], (nearCosines[2 * at] + 256 * nearCosines[2 * at + 1]) / 32767 - 1]);
  }
  return list;
}

// ---- Drawing

const screen = (id) => [(points[2 * id] - state.x) * state.scale + width / 2, (points[2 * id + 1] - state.y) * state.scale + height / 2];
const radius = () => Math.min(6, Math.max(1.2, 1.6 * Math.sqrt(state.scale / smallest) * Math.sqrt(6000 / (N + 2000)) + 0.6));
const widths = new Map();

function measure(id) {
  if (!widths.has(id)) widths.set(id, pen.measureText(shown[id]).width);
  return widths.get(id);
}

function join(from, to, dashes) {
  pen.setLineDash(dashes);
  pen.beginPath();
  pen.moveTo(...screen(from));
  pen.lineTo(...screen(to));
  pen.stroke();
  pen.setLineDash([]);
}

// Lines from a word to its neighbours, from A to B, and from C to the best answer.
function drawLines() {
  pen.lineWidth = 1;
  pen.globalAlpha = 0.45;
  if (state.word >= 0) state.lit.forEach((id) => join(state.word, id, []));
  pen.globalAlpha = 1;
  const [a, b, c] = state.picked;
  pen.lineWidth = 2;
  if (b !== undefined) join(a, b, []);
  if (c !== undefined && state.lit.length) join(c, state.lit[0], [6, 4]);
}

function draw() {
  layer.draw(state, width, height, ratio, radius());
  const style = getComputedStyle(document.documentElement);
  const [ink, back, mark] = ["--ink", "--back", "--mark"].map((name) => style.getPropertyValue(name));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "13px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  const first = state.word >= 0 ? [state.word, ...state.lit] : [...state.picked, ...state.lit];
  const most = 40 + Math.floor((width * height) / 9000);
  const boxes = placeLabels(first, N, screen, measure, width, height, most);
  const lit = new Set(first);
  pen.strokeStyle = mark;
  drawLines();
  for (const id of lit) {
    const [x, y] = screen(id);
    pen.beginPath();
    pen.arc(x, y, radius() + 3, 0, 7);
    pen.lineWidth = id === state.word || state.picked.includes(id) ? 3 : 1.5;
    pen.stroke();
  }
  for (const box of boxes) {
    pen.strokeStyle = back;
    pen.lineWidth = 3.5;
    pen.strokeText(shown[box.id], box.x, box.y + 8);
    pen.fillStyle = lit.has(box.id) ? mark : ink;
    pen.fillText(shown[box.id], box.x, box.y + 8);
  }
  view.labels = boxes.map((box) => data.words[box.id]);
  view.frames += 1;
}

let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; draw(); });
}

const isDark = () => document.documentElement.classList.contains("dark");

// Colours by frequency: what is rare is near to the ground's colour, what is frequent stands out.
const ramp = () => RAMPS[isDark() ? "dark" : "light"];

function tint() {
  const tints = new Uint8Array(4 * N);
  const steps = ramp().map(rgb), colours = PALETTE.map(rgb), last = colours.length - 1;
  // Files without counts have their words in order at least.
  const counted = data.counts.some((count) => count > 0);
  const logs = data.counts.map((count, id) => (counted ? Math.log(count + 1) : -Math.log(id + 1)));
  const [low, high] = [Math.min(logs[N - 1], logs[0]), Math.max(logs[0], logs[N - 1])];
  for (let i = 0; i < N; i++) {
    let colour;
    if (state.colour === "count") {
      const at = Math.min(0.9999, Math.max(0, (logs[i] - low) / (high - low || 1))) * (steps.length - 1);
      const k = Math.floor(at), t = at - k;
      colour = steps[k].map((c, j) => c + t * (steps[k + 1][j] - c));
    } else {
      const group = state.colour === "category" ? data.category[i] : clusters[i];
      colour = colours[group < 0 ? last : Math.min(group, last)];
    }
    tints.set([...colour, 210], 4 * i);
  }
  layer.colour(tints);
  legend();
  redraw();
}

function legend() {
  const last = PALETTE.length - 1;
  let rows;
  if (state.colour === "count") rows = ["rare", "", "", "", "frequent"].map((name, i) => [name, ramp()[i]]);
  else if (state.colour === "cluster") rows = data.clusters.map((ids, i) => [ids.map((id) => shown[id]).join(", "), PALETTE[Math.min(i, last)]]);
  else {
    rows = data.categories.slice(0, last).map((name, i) => [name, PALETTE[i]]);
    if (data.category.some((group) => group < 0 || group >= last)) rows.push(["others", PALETTE[last]]);
  }
  byId("legend").replaceChildren(...rows.map(([name, colour]) => {
    const item = document.createElement("li"), dot = document.createElement("i");
    dot.style.background = colour;
    item.append(dot, name);
    return item;
  }));
}

// ---- Moving about

function clamp() {
  state.scale = Math.min(smallest * 400, Math.max(smallest * 0.6, state.scale));
  state.x = Math.min(1.1, Math.max(-0.1, state.x));
  state.y = Math.min(1.1, Math.max(-0.1, state.y));
}

function zoom(factor, x = width / 2, y = height / 2) {
  const before = state.scale;
  state.scale *= factor;
  clamp();
  const moved = 1 / before - 1 / state.scale;
  state.x += (x - width / 2) * moved;
  state.y += (y - height / 2) * moved;
  changed();
}

function move(x, y) {
  state.x -= x / state.scale;
  state.y -= y / state.scale;
  changed();
}

function all() {
  Object.assign(state, { x: 0.5, y: 0.5, scale: smallest });
  changed();
}

function changed() {
  clamp();
  redraw();
  clearTimeout(changed.timer);
  changed.timer = setTimeout(() => { remember(); list(); }, 200);
}

function resize() {
  const kept = state.scale / smallest;
  [width, height, ratio] = [labels.clientWidth, labels.clientHeight, Math.min(2, devicePixelRatio || 1)];
  for (const canvas of [pointsCanvas, labels]) {
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  }
  smallest = Math.max(1, 0.94 * Math.min(width, height));
  state.scale = kept * smallest;
  redraw();
}

// The word nearest to a place, none farther than `reach`.
function at(x, y, reach) {
  let best = -1, nearest = reach * reach;
  for (let id = 0; id < N; id++) {
    const [px, py] = screen(id);
    const square = (px - x) ** 2 + (py - y) ** 2;
    if (square < nearest) [best, nearest] = [id, square];
  }
  return best;
}
