// What the user asks, by pointer, finger and key.

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

// An item of a list that picks its word.
function entry(id, ...before) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.append(...before, element("span", shown[id]));
  button.onclick = () => pick(id, true);
  item.append(button);
  return item;
}

function answer(title, note, found) {
  const ordered = document.createElement("ol");
  ordered.append(...found.map(([id, cosine]) => entry(id, element("b", cosine.toFixed(4)))));
  byId("answer").replaceChildren(element("h2", title), element("small", note), ordered);
}

// The frequent words in view, for those who read rather than look.
const LISTED = 50;
function list() {
  const found = [];
  for (let id = 0; id < N && found.length < LISTED; id++) {
    const [x, y] = screen(id);
    if (x >= 0 && y >= 0 && x <= width && y <= height) found.push(id);
  }
  byId("listed").querySelector("ol").replaceChildren(...found.map((id) => entry(id)));
}

function select(id, follow) {
  const found = neighbors(id);
  Object.assign(state, { word: id, lit: found.map((pair) => pair[0]) });
  const count = data.counts[id] ? `${data.counts[id].toLocaleString("en")} times in the text` : `word ${id + 1}`;
  answer(shown[id], `${count}; nearest words by cosine:`, found);
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
    const found = analogy(state.picked);
    state.lit = found.map((pair) => pair[0]);
    answer(`${a} is to ${b} as ${c} is to:`, `Among the ${data.known.toLocaleString("en")} most frequent words:`, found);
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

function setAnalogy(on) {
  state.analogy = on;
  byId("analogy").setAttribute("aria-pressed", String(on));
  clear();
  if (on) answer("A is to B as C is to ?", "Pick the three words one after the other.", []);
}

// ---- The link that restores the view

function remember() {
  const parts = new URLSearchParams({ x: state.x.toFixed(5), y: state.y.toFixed(5), zoom: (state.scale / smallest).toFixed(3), colour: state.colour, theme: isDark() ? "dark" : "light" });
  if (state.word >= 0) parts.set("word", data.words[state.word]);
  state.picked.forEach((id) => parts.append("picked", data.words[id]));
  history.replaceState(null, "", "#" + parts);
}

function restore() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (name, or) => (Number.isFinite(parseFloat(parts.get(name))) ? parseFloat(parts.get(name)) : or);
  const prefers = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.classList.toggle("dark", (parts.get("theme") || prefers) === "dark");
  if ([...byId("colour").options].some((option) => option.value === parts.get("colour"))) state.colour = parts.get("colour");
  byId("colour").value = state.colour;
  const picked = parts.getAll("picked").filter((word) => index.has(word)).slice(0, 3);
  setAnalogy(picked.length > 0);
  picked.forEach((word) => pick(index.get(word), false));
  if (!picked.length && index.has(parts.get("word"))) select(index.get(parts.get("word")), false);
  Object.assign(state, { x: number("x", 0.5), y: number("y", 0.5), scale: number("zoom", 1) * smallest });
  tint();
  changed();
}

// ---- Search with completion

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
    item.id = `found-${i}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(i === chosen));
    item.onmousedown = () => take(id);
    return item;
  });
  byId("found").replaceChildren(...items);
  byId("found").hidden = !items.length;
  const query = byId("query");
  query.setAttribute("aria-expanded", String(items.length > 0));
  if (items.length) query.setAttribute("aria-activedescendant", `found-${chosen}`);
  else query.removeAttribute("aria-activedescendant");
}

function take(id) {
  byId("query").value = "";
  offer();
  pick(id, true);
}

// ---- Events

// How far a pointer may slip in a click, and how far off its word it may be: fingers are broad.
const slip = (event) => (event.pointerType === "touch" ? 12 : 4);
const reach = (event) => (event.pointerType === "touch" ? 26 : 14);
const fingers = new Map();
let dragged = 0;
labels.addEventListener("pointerdown", (event) => {
  if (event.isTrusted) labels.setPointerCapture(event.pointerId);
  if (!fingers.size) dragged = 0;
  fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
});
labels.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const now = [event.offsetX, event.offsetY];
  const other = [...fingers].find(([id]) => id !== event.pointerId);
  const [x, y] = [now[0] - before[0], now[1] - before[1]];
  dragged += Math.abs(x) + Math.abs(y);
  if (other) {
    const gap = (from) => Math.hypot(from[0] - other[1][0], from[1] - other[1][1]) || 1;
    move(x / 2, y / 2);
    zoom(gap(now) / gap(before), (now[0] + other[1][0]) / 2, (now[1] + other[1][1]) / 2);
  } else if (dragged > slip(event)) move(x, y);
  fingers.set(event.pointerId, now);
});
for (const end of ["pointerup", "pointercancel"]) {
  labels.addEventListener(end, (event) => {
    const held = fingers.delete(event.pointerId);
    if (!held || fingers.size || dragged > slip(event) || end !== "pointerup") return;
    const id = at(event.offsetX, event.offsetY, reach(event));
    if (id >= 0) pick(id, false);
    else if (!state.analogy) clear();
  });
}
labels.addEventListener("wheel", (event) => {
  event.preventDefault();
  const lines = event.deltaMode ? 30 : 1;
  zoom(Math.exp(-event.deltaY * lines * 0.0016), event.offsetX, event.offsetY);
}, { passive: false });
addEventListener("keydown", (event) => {
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey) return;
  const step = 80, middle = () => { const id = at(width / 2, height / 2, width + height); if (id >= 0) pick(id, false); };
  const keys = { ArrowLeft: () => move(step, 0), ArrowRight: () => move(-step, 0), ArrowUp: () => move(0, step), ArrowDown: () => move(0, -step), "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: all, Escape: clear, "/": () => byId("query").focus() };
  if (event.target === labels) keys.Enter = middle;
  if (!keys[event.key]) return;
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
byId("analogy").addEventListener("click", () => setAnalogy(!state.analogy));
byId("theme").addEventListener("click", () => { document.documentElement.classList.toggle("dark"); tint(); changed(); });
addEventListener("hashchange", restore);
new ResizeObserver(resize).observe(byId("stage"));

// What a test may look at.
const view = { labels: [], frames: 0, layer: layer.kind, state, screen, zoom, draw };
window.map = view;

if (data.categories.length) byId("colour").append(new Option("by category", "category"));
resize();
restore();
