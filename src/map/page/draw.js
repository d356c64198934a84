"use strict";
// The two layers of the map: points by WebGL (or canvas), labels and marks by canvas.

// Okabe and Ito's colours, told apart with any kind of sight; the last is for the rest.
const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#8c7a00", "#7a5195", "#9a9a94"];
// From rare to frequent, after viridis; in both themes the brightness alone tells the order.
const RAMPS = {
  light: ["#c2d83a", "#5ec962", "#21918c", "#3b528b", "#440154"],
  dark: ["#584a9a", "#3a78ac", "#23a884", "#8fd744", "#fde725"],
};

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

const VERTEX = `
attribute vec2 place; attribute vec4 tint; uniform vec3 view; uniform vec2 size; uniform float dot_size; varying vec4 colour;
void main() {
  vec2 at = (place - view.xy) * view.z * 2.0 / size;
  gl_Position = vec4(at.x, -at.y, 0.0, 1.0); gl_PointSize = dot_size; colour = tint;
}`;
const FRAGMENT = `
precision mediump float; varying vec4 colour;
void main() {
  float d = length(gl_PointCoord - 0.5) * 2.0;
  float a = colour.a * smoothstep(1.0, 0.75, d);
  gl_FragColor = vec4(colour.rgb * a, a);
}`;

// Whether the processor plays the graphics card: a plain canvas is quicker then.
function isPlayed() {
  const gl = document.createElement("canvas").getContext("webgl", { failIfMajorPerformanceCaveat: true });
  const names = gl && gl.getExtension("WEBGL_debug_renderer_info");
  return !gl || (names && /swiftshader|llvmpipe|software|basic render/i.test(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)));
}

// Draws all points on WebGL; null where there is none, or a slow one (`?webgl` at the end of the address takes any).
function webglLayer(canvas, points) {
  if (isPlayed() && !new URLSearchParams(location.search).has("webgl")) return null;
  const gl = canvas.getContext("webgl", { alpha: true, antialias: false });
  if (!gl) return null;
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  const buffer = (name, size, type, normalized) => {
    const held = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, held);
    const at = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, normalized, 0, 0);
    return held;
  };
  buffer("place", 2, gl.FLOAT, false);
  gl.bufferData(gl.ARRAY_BUFFER, points, gl.STATIC_DRAW);
  const tints = buffer("tint", 4, gl.UNSIGNED_BYTE, true);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const [view, size, dot] = [uniform("view"), uniform("size"), uniform("dot_size")];
  return {
    kind: "webgl",
    colour(bytes) {
      gl.bindBuffer(gl.ARRAY_BUFFER, tints);
      gl.bufferData(gl.ARRAY_BUFFER, bytes, gl.STATIC_DRAW);
    },
    draw(at, width, height, ratio, radius) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform3f(view, at.x, at.y, at.scale);
      gl.uniform2f(size, width, height);
      gl.uniform1f(dot, Math.max(2, radius * 2 * ratio));
      gl.drawArrays(gl.POINTS, 0, points.length / 2);
    },
  };
}

// The same on a plain canvas, pixel by pixel: quick enough for as many points.
function canvasLayer(canvas, points) {
  const pen = canvas.getContext("2d");
  let tints = new Uint32Array(0), image = null, pixels = null;
  return {
    kind: "canvas",
    colour(bytes) { tints = new Uint32Array(bytes.buffer); },
    draw(at, width, height, ratio, radius) {
      const [w, h] = [canvas.width, canvas.height];
      if (!w || !h) return;
      if (!image || image.width !== w || image.height !== h) {
        image = pen.createImageData(w, h);
        pixels = new Uint32Array(image.data.buffer);
      }
      pixels.fill(0);
      const r = Math.max(1, Math.round(radius * ratio));
      const spans = Array.from({ length: 2 * r }, (_, i) => Math.round(Math.sqrt(r * r - (i + 0.5 - r) ** 2)));
      const scale = at.scale * ratio, [left, top] = [w / 2 - at.x * scale, h / 2 - at.y * scale];
      for (let i = 0; i < points.length / 2; i++) {
        const x = Math.round(points[2 * i] * scale + left), y = Math.round(points[2 * i + 1] * scale + top);
        if (x < 0 || y < 0 || x >= w || y >= h) continue;
        for (let j = 0; j < 2 * r; j++) {
          const row = y + j - r;
          if (row < 0 || row >= h) continue;
          pixels.fill(tints[i], row * w + Math.max(0, x - spans[j]), row * w + Math.min(w, x + spans[j]));
        }
      }
      pen.putImageData(image, 0, 0);
    },
  };
}

// Labels that are tried in a frame: enough to fill a screen, few enough for a smooth move.
const TRIES = 4000;

// Which labels have room, those of `first` and then the frequent ones. Returns boxes {id, x, y, width}.
function placeLabels(first, count, screen, measure, width, height, most) {
  const cell = 24, taken = new Map(), placed = [], seen = new Set(first);
  const key = (x, y) => x * 65536 + y;
  let tries = 0;
  const attempt = (id) => {
    const [x, y] = screen(id);
    if (x < 0 || y < 0 || x > width || y > height) return;
    tries += 1;
    const wide = measure(id) + 4;
    const box = { id, x: x + 6 + wide > width ? x - 6 - wide : x + 6, y: y - 8, width: wide, height: 16 };
    const cells = [];
    for (let i = Math.floor(box.x / cell); i <= Math.floor((box.x + box.width) / cell); i++) {
      for (let j = Math.floor(box.y / cell); j <= Math.floor((box.y + box.height) / cell); j++) {
        const near = taken.get(key(i, j)) || [];
        if (!near.every((o) => o.x >= box.x + box.width || box.x >= o.x + o.width || o.y >= box.y + 16 || box.y >= o.y + 16)) return;
        cells.push(key(i, j));
      }
    }
    for (const at of cells) taken.has(at) ? taken.get(at).push(box) : taken.set(at, [box]);
    placed.push(box);
  };
  first.forEach(attempt);
  for (let id = 0; id < count && tries < TRIES && placed.length < most; id++) if (!seen.has(id)) attempt(id);
  return placed;
}
