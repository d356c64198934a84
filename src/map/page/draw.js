"use strict";
// The two layers of the map: points by WebGL (or canvas), labels and marks by canvas.

// Okabe and Ito's colours, told apart with any kind of sight; the last is for the rest.
const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#8c7a00", "#7a5195", "#9a9a94"];
const RAMP = ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"];

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

// Draws all points on WebGL; null where there is none.
function webglLayer(canvas, points) {
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

// The same on a plain canvas.
function canvasLayer(canvas, points) {
  const pen = canvas.getContext("2d");
  let tints = new Uint8Array(0);
  return {
    kind: "canvas",
    colour(bytes) { tints = bytes; },
    draw(at, width, height, ratio, radius) {
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      for (let i = 0; i < points.length / 2; i++) {
        const x = (points[2 * i] - at.x) * at.scale + width / 2;
        const y = (points[2 * i + 1] - at.y) * at.scale + height / 2;
        if (x < 0 || y < 0 || x > width || y > height) continue;
        pen.fillStyle = `rgba(${tints[4 * i]},${tints[4 * i + 1]},${tints[4 * i + 2]},${tints[4 * i + 3] / 255})`;
        pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      }
    },
  };
}

// Which labels have room, the first of `order` first. Returns boxes {id, x, y, width}.
function placeLabels(order, screen, measure, width, height, most) {
  const cell = 24, taken = new Map(), placed = [];
  const key = (x, y) => x * 65536 + y;
  for (const id of order) {
    if (placed.length >= most) break;
    const [x, y] = screen(id);
    if (x < 0 || y < 0 || x > width || y > height) continue;
    const box = { id, x: x + 6, y: y - 8, width: measure(id) + 4, height: 16 };
    const cells = [];
    let free = true;
    for (let i = Math.floor(box.x / cell); free && i <= Math.floor((box.x + box.width) / cell); i++) {
      for (let j = Math.floor(box.y / cell); free && j <= Math.floor((box.y + box.height) / cell); j++) {
        const near = taken.get(key(i, j)) || [];
        free = near.every((o) => o.x >= box.x + box.width || box.x >= o.x + o.width || o.y >= box.y + 16 || box.y >= o.y + 16);
        cells.push(key(i, j));
      }
    }
    if (!free) continue;
    for (const at of cells) taken.has(at) ? taken.get(at).push(box) : taken.set(at, [box]);
    placed.push(box);
  }
  return placed;
}
