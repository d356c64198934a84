"use strict";
// The map: what is shown, and what the user asks.

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
  const boxes = placeLabels(inFront(first), screen, measure, width, height, most);
  const lit = new Set(first);
  pen.strokeStyle = mark;
  pen.lineWidth = 1;
  if (state.word >= 0) {
    const [x, y] = screen(state.word);
    for (const id of state.lit) {
      pen.globalAlpha = 0.45;
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(...screen(id));
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }
  for (const id of lit) {
    const [x, y] = screen(id);
    pen.beginPath();
    pen.arc(x, y, radius() + 3, 0, 7);
    pen.lineWidth = id === state.word ? 3 : 1.5;
    pen.stroke();
  }
  for (const box of boxes) {
    const bold = lit.has(box.id);
    pen.strokeStyle = back;
    pen.lineWidth = 3.5;
    pen.strokeText(shown[box.id], box.x, box.y + 8);
    pen.fillStyle = bold ? mark : ink;
    pen.fillText(shown[box.id], box.x, box.y + 8);
  }
  view.labels = boxes.map((box) => data.words[box.id]);
  view.frames += 1;
}

// Lit words first, then all in view, the frequent first.
function* inFront(first) {
  yield* first;
  const seen = new Set(first);
  for (let id = 0; id < N; id++) if (!seen.has(id)) yield id;
}

let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; draw(); });
}

function tint() {
  const tints = new Uint8Array(4 * N);
  const ramp = RAMP.map(rgb), colours = PALETTE.map(rgb), last = colours.length - 1;
  const logs = data.counts.map((count) => Math.log(count + 1));
  const [low, high] = [Math.min(logs[N - 1], logs[0]), Math.max(logs[0], logs[N - 1])];
  for (let i = 0; i < N; i++) {
    let colour;
    if (state.colour === "count") {
      const at = Math.min(0.9999, Math.max(0, (logs[i] - low) / (high - low || 1))) * (ramp.length - 1);
      const k = Math.floor(at), t = at - k;
      colour = ramp[k].map((c, j) => c + t * (ramp[k + 1][j] - c));
    } else {
      const group = state.colour === "category" ? data.category[i] : clusters[i];
      colour = colours[group < 0 ? last : Math.min(group, last)];
    }
    tints.set([...colour, 200], 4 * i);
  }
  layer.colour(tints);
  const names = state.colour === "count" ? ["rare", "", "", "", "frequent"] : state.colour === "category" ? data.categories : data.clusters.map((ids) => ids.map((id) => shown[id]).join(", "));
  byId("legend").replaceChildren(...names.slice(0, 12).map((name, i) => {
    const item = document.createElement("li"), dot = document.createElement("i");
    dot.style.background = state.colour === "count" ? RAMP[i] : PALETTE[Math.min(i, last)];
    item.append(dot, name);
    return item;
  }));
  redraw();
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
  changed.timer = setTimeout(remember, 200);
}

function remember() {
  const parts = { x: state.x.toFixed(5), y: state.y.toFixed(5), zoom: (state.scale / smallest).toFixed(3), colour: state.colour };
  if (state.word >= 0) parts.word = data.words[state.word];
  history.replaceState(null, "", "#" + new URLSearchParams(parts));
}

function restore() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (name, or) => (Number.isFinite(parseFloat(parts.get(name))) ? parseFloat(parts.get(name)) : or);
  Object.assign(state, { x: number("x", 0.5), y: number("y", 0.5), scale: number("zoom", 1) * smallest });
  if ([...byId("colour").options].some((option) => option.value === parts.get("colour"))) state.colour = parts.get("colour");
  if (index.has(parts.get("word"))) select(index.get(parts.get("word")), false);
  clamp();
}

function resize() {
  const kept = state.scale / smallest;
  [width, height, ratio] = [labels.clientWidth, labels.clientHeight, Math.min(2, devicePixelRatio || 1)];
  for (const canvas of [pointsCanvas, labels]) {
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  }
  smallest = 0.94 * Math.min(width, height);
  state.scale = kept * smallest;
  redraw();
}

function at(x, y) {
  let best = -1, nearest = 14 * 14;
  for (let id = 0; id < N; id++) {
    const [px, py] = screen(id);
    const square = (px - x) ** 2 + (py - y) ** 2;
    if (square < nearest) [best, nearest] = [id, square];
  }
  return best;
}

// ---- Asking

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function answer(title, note, list) {
  const items = list.map(([id, cosine]) => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.append(element("b", cosine.toFixed(4)), element("span", shown[id]));
    button.onclick = () => pick(id, true);
    item.append(button);
    return item;
  });
  const ordered = document.createElement("ol");
  ordered.append(...items);
  byId("answer").replaceChildren(element("h2", title), element("small", note), ordered);
}

function select(id, follow) {
  const list = neighbors(id);
  Object.assign(state, { word: id, lit: list.map((pair) => pair[0]) });
  const count = data.counts[id] ? `${data.counts[id].toLocaleString("en")} times in the text` : `word ${id + 1}`;
  answer(shown[id], `${count}; nearest words by cosine:`, list);
  if (follow) Object.assign(state, { x: points[2 * id], y: points[2 * id + 1], scale: Math.max(state.scale, smallest * 6) });
  changed();
}

function pick(id, follow) {
  if (!state.analogy) return select(id, follow);
  state.picked = [...state.picked.slice(state.picked.length === 3 ? 3 : 0), id];
  Object.assign(state, { word: -1, lit: [] });
  const [a, b, c] = state.picked.map((id) => shown[id]);
  if (state.picked.length < 3) {
    answer(`${a} is to ${b || "…"}`, "Pick " + ["", "a second word", "a third word"][state.picked.length], []);
  } else if (state.picked.some((id) => id >= data.known)) {
    answer("Too rare", `Analogies know the ${data.known.toLocaleString("en")} most frequent words of the map.`, []);
  } else {
    const list = analogy(state.picked);
    state.lit = list.map((pair) => pair[0]);
    answer(`${a} is to ${b} as ${c} is to:`, `Among the ${data.known.toLocaleString("en")} most frequent words:`, list);
  }
  changed();
}

// b - a + c of unit vectors, as `w2v analogy` has it; the vectors here have 8 bits a number.
function analogy([a, b, c]) {
  const dim = data.dim;
  const row = (id) => vectors.subarray(id * dim, (id + 1) * dim);
  const length = (v) => Math.hypot(...v) || 1;
  const [va, vb, vc] = [a, b, c].map(row), [la, lb, lc] = [va, vb, vc].map(length);
  const target = Float64Array.from({ length: dim }, (_, i) => vb[i] / lb - va[i] / la + vc[i] / lc);
  const norm = length(target), found = [];
  for (let id = 0; id < data.known; id++) {
    if (id === a || id === b || id === c) continue;
    const v = row(id);
    let dot = 0, square = 0;
    for (let i = 0; i < dim; i++) {
      dot += v[i] * target[i];
      square += v[i] * v[i];
    }
    found.push([id, dot / (Math.sqrt(square) || 1) / norm]);
  }
  return found.sort((x, y) => y[1] - x[1]).slice(0, 10);
}

function clear() {
  Object.assign(state, { word: -1, lit: [], picked: [] });
  byId("answer").replaceChildren();
  changed();
}

function complete(text) {
  const start = text.toLowerCase(), found = [], inside = [];
  for (let id = 0; start && id < N && found.length < 8; id++) {
    if (folded[id].startsWith(start)) found.push(id);
    else if (inside.length < 8 && folded[id].includes(start)) inside.push(id);
  }
  if (index.has(text)) found.unshift(index.get(text));
  return [...new Set([...found, ...inside])].slice(0, 8);
}

let offered = [], chosen = 0;
function offer() {
  offered = complete(byId("query").value);
  chosen = Math.min(chosen, Math.max(0, offered.length - 1));
  const items = offered.map((id, i) => {
    const item = element("li", shown[id]);
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(i === chosen));
    item.onmousedown = () => take(id);
    return item;
  });
  byId("found").replaceChildren(...items);
  byId("found").hidden = !items.length;
  byId("query").setAttribute("aria-expanded", String(items.length > 0));
}

function take(id) {
  byId("query").value = "";
  offer();
  pick(id, true);
}

// ---- Events

const fingers = new Map();
let dragged = 0;
labels.addEventListener("pointerdown", (event) => {
  labels.setPointerCapture(event.pointerId);
  if (!fingers.size) dragged = 0;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
});
labels.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const now = [event.clientX, event.clientY];
  const other = [...fingers].find(([id]) => id !== event.pointerId);
  const [x, y] = [now[0] - before[0], now[1] - before[1]];
  dragged += Math.abs(x) + Math.abs(y);
  if (other) {
    const gap = (from) => Math.hypot(from[0] - other[1][0], from[1] - other[1][1]) || 1;
    zoom(gap(now) / gap(before), (now[0] + other[1][0]) / 2, (now[1] + other[1][1]) / 2);
  } else if (dragged > 3) move(x, y);
  fingers.set(event.pointerId, now);
});
for (const end of ["pointerup", "pointercancel"]) {
  labels.addEventListener(end, (event) => {
    const held = fingers.delete(event.pointerId);
    if (!held || fingers.size || dragged > 5 || end !== "pointerup") return;
    const id = at(event.clientX, event.clientY);
    if (id >= 0) pick(id, false);
    else if (!state.analogy) clear();
  });
}
labels.addEventListener("wheel", (event) => {
  event.preventDefault();
  const lines = event.deltaMode ? 30 : 1;
  zoom(Math.exp(-event.deltaY * lines * 0.0016), event.clientX, event.clientY);
}, { passive: false });
addEventListener("keydown", (event) => {
  if (event.target.matches("input, select")) return;
  const step = 80;
  const keys = { ArrowLeft: () => move(step, 0), ArrowRight: () => move(-step, 0), ArrowUp: () => move(0, step), ArrowDown: () => move(0, -step), "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: all, Escape: clear, "/": () => byId("query").focus() };
  if (event.ctrlKey || event.metaKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
byId("query").addEventListener("input", () => { chosen = 0; offer(); });
byId("query").addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (steps[event.key] && offered.length) {
    chosen = (chosen + steps[event.key] + offered.length) % offered.length;
    offer();
    event.preventDefault();
  } else if (event.key === "Escape") {
    byId("query").value = "";
    offer();
    labels.focus();
  }
});
byId("query").addEventListener("blur", () => { byId("found").hidden = true; });
byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  if (offered.length) take(offered[chosen]);
});
byId("colour").addEventListener("change", (event) => { state.colour = event.target.value; tint(); changed(); });
byId("analogy").addEventListener("click", () => {
  state.analogy = !state.analogy;
  byId("analogy").setAttribute("aria-pressed", String(state.analogy));
  clear();
  if (state.analogy) answer("A is to B as C is to ?", "Pick the three words one after the other.", []);
});
byId("theme").addEventListener("click", () => { document.documentElement.classList.toggle("dark"); redraw(); });
addEventListener("resize", resize);

// What a test may look at.
const view = { labels: [], frames: 0, layer: layer.kind, state, screen, zoom, draw };
window.map = view;

if (data.categories.length) byId("colour").append(new Option("by category", "category"));
document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
resize();
restore();
byId("colour").value = state.colour;
tint();
