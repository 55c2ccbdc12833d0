// The plot of a result over one or two parameters, and the histogram of the result.
import { axes, plotRows, scale } from "./axes.js";
import { color, prepare, remembered } from "./canvas.js";
import { run } from "./data.js";
import { byId, calls, plain, short, whole } from "./format.js";
import { selection } from "./select.js";
import { colorOf, shapeOf } from "./status.js";

const plotHeight = 300;
const edges = { left: 68, right: 12, top: 10, bottom: 26 };

export function drawPlot() {
  if (!axes.y) return;
  const wanted = [axes.x, axes.y, ...(axes.z ? [axes.z] : [])];
  let rows = plotRows(...wanted);
  if (axes.isLog) rows = rows.filter((row) => axes.x.values[row] > 0 && (!axes.z || axes.z.values[row] > 0));
  const left = selection.rows.length - rows.length;
  const what = axes.z ? `${axes.y.title} over ${axes.x.title} and ${axes.z.title}` : `${axes.y.title} over ${axes.x.title}`;
  byId("plot-note").textContent = plain(left === 0 ? "" : `${calls(left)} of those shown ${left === 1 ? "has" : "have"} no number there and ${left === 1 ? "is" : "are"} not drawn.`);
  const canvas = byId("curve");
  const context = prepare(canvas, plotHeight);
  const text = axes.z ? drawHeat(context, canvas, rows) : drawCurve(context, canvas, rows);
  byId("curve-caption").textContent = plain(`${what}: ${text}`);
  canvas.setAttribute("aria-label", plain(`${what}: ${text}`));
  drawHistogram(rows);
}

function frame(canvas) {
  return {
    left: edges.left, top: edges.top,
    width: Math.max(canvas.clientWidth - edges.left - edges.right, 10),
    height: plotHeight - edges.top - edges.bottom,
  };
}

function drawEmpty(context, box) {
  context.fillStyle = color("quiet");
  context.font = "13px system-ui, sans-serif";
  context.fillText("nothing to draw", box.left + 8, box.top + 20);
  return "nothing to draw";
}

function drawAxes(context, box, x, y) {
  context.font = "12px system-ui, sans-serif";
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of y.ticks(5)) {
    const place = Math.round(box.top + box.height * (1 - y.place(value))) + 0.5;
    context.strokeStyle = color("line");
    context.beginPath();
    context.moveTo(box.left, place);
    context.lineTo(box.left + box.width, place);
    context.stroke();
    context.fillStyle = color("quiet");
    context.fillText(short(value), box.left - 6, place);
  }
  for (const value of x.ticks(Math.max(Math.floor(box.width / 90), 2))) {
    const at = x.place(value);
    context.textAlign = at < 0.05 ? "left" : at > 0.95 ? "right" : "center";
    context.fillStyle = color("quiet");
    context.fillText(short(value), box.left + box.width * at, box.top + box.height + 14);
  }
}

function drawCurve(context, canvas, rows) {
  const box = frame(canvas);
  const xs = rows.map((row) => axes.x.values[row]);
  const ys = rows.map((row) => axes.y.values[row]);
  const x = scale(xs, axes.isLog);
  const y = scale(ys, false);
  if (!x || !y) return drawEmpty(context, box);
  drawAxes(context, box, x, y);
  const px = (value) => box.left + box.width * x.place(value);
  const py = (value) => box.top + box.height * (1 - y.place(value));
  if (rows.length > Math.max(box.width * 2, 600)) return drawBand(context, box, xs, ys, x, py);
  // One value at each place is drawn as a line, several values as points.
  const order = [...rows.keys()].sort((a, b) => xs[a] - xs[b]);
  const isLine = rows.length > 1 && order.every((place, i) => i === 0 || xs[place] !== xs[order[i - 1]]);
  if (isLine) {
    context.strokeStyle = color("series");
    context.lineWidth = 1.5;
    context.beginPath();
    order.forEach((place, i) => context[i ? "lineTo" : "moveTo"](px(xs[place]), py(ys[place])));
    context.stroke();
  }
  const size = rows.length > 200 ? 1.8 : 3;
  if (!isLine || rows.length <= 100) {
    rows.forEach((row, place) => {
      context.save();
      context.translate(px(xs[place]), py(ys[place]));
      context.scale(size, size);
      context.fillStyle = color(colorOf(run.statuses[run.status[row]]));
      context.fill(new Path2D(shapeOf(run.statuses[run.status[row]])));
      context.restore();
    });
  }
  return `${calls(rows.length)}, from ${short(y.least)} to ${short(y.most)}`;
}

// If there are more values than pixels, draws the least, the mean and the most of each column.
function drawBand(context, box, xs, ys, x, py) {
  const parts = Math.floor(box.width);
  const least = new Float64Array(parts).fill(Infinity);
  const most = new Float64Array(parts).fill(-Infinity);
  const sum = new Float64Array(parts);
  const count = new Uint32Array(parts);
  xs.forEach((value, i) => {
    const part = Math.min(Math.floor(x.place(value) * parts), parts - 1);
    least[part] = Math.min(least[part], ys[i]);
    most[part] = Math.max(most[part], ys[i]);
    count[part] += 1;
    sum[part] += (ys[i] - sum[part]) / count[part];
  });
  const filled = [...count.keys()].filter((part) => count[part] > 0);
  // The band continues over columns without a value of the parameter.
  const wide = Math.max(1, Math.ceil(parts / Math.max(filled.length, 1)));
  context.fillStyle = color("band");
  for (const part of filled) {
    const top = py(most[part]);
    context.fillRect(box.left + part, top, Math.min(wide, parts - part), Math.max(py(least[part]) - top, 1));
  }
  context.strokeStyle = color("series");
  context.lineWidth = 1.5;
  context.beginPath();
  filled.forEach((part, i) => context[i ? "lineTo" : "moveTo"](box.left + part + 0.5, py(sum[part])));
  context.stroke();
  return `${calls(xs.length)} in ${whole(filled.length)} columns; the band is from the least to the most of each, the line is the mean`;
}

// The cells of an axis in a heat map: one for each value if there are few values, else equal parts.
function heatParts(values, room, isLog) {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  if (distinct.length <= Math.min(room / 2, 400)) {
    const index = new Map(distinct.map((value, i) => [value, i]));
    return { count: distinct.length, of: (value) => index.get(value), isOwn: true, distinct };
  }
  const parts = Math.max(Math.floor(room / 3), 1);
  const along = scale(values, isLog);
  return { count: parts, of: (value) => Math.min(Math.floor(along.place(value) * parts), parts - 1), isOwn: false, along };
}

function drawHeat(context, canvas, rows) {
  const box = frame(canvas);
  const values = (axis) => rows.map((row) => axis.values[row]);
  if (rows.length === 0) return drawEmpty(context, box);
  const xs = values(axes.x);
  const zs = values(axes.z);
  const x = heatParts(xs, box.width, axes.isLog);
  const z = heatParts(zs, box.height, axes.isLog);
  const mean = new Float64Array(x.count * z.count);
  const count = new Uint32Array(x.count * z.count);
  rows.forEach((row, i) => {
    const cell = z.of(zs[i]) * x.count + x.of(xs[i]);
    count[cell] += 1;
    mean[cell] += (axes.y.values[row] - mean[cell]) / count[cell];
  });
  const filled = [...count.keys()].filter((cell) => count[cell] > 0);
  const tint = scale(filled.map((cell) => mean[cell]), false);
  const wide = box.width / x.count;
  const high = box.height / z.count;
  for (const cell of filled) {
    context.fillStyle = mixed(context, tint.place(mean[cell]));
    const left = box.left + (cell % x.count) * wide;
    const top = box.top + box.height - (Math.floor(cell / x.count) + 1) * high;
    context.fillRect(Math.floor(left), Math.floor(top), Math.ceil(left + wide) - Math.floor(left), Math.ceil(top + high) - Math.floor(top));
  }
  drawHeatLabels(context, box, x, z);
  const means = filled.length < rows.length ? ", the mean of each" : "";
  return `${lowWord()} is ${short(tint.least)}, ${highWord()} is ${short(tint.most)}; `
    + `${calls(rows.length)} in ${whole(filled.length)} ${filled.length === 1 ? "cell" : "cells"}${means}`;
}

function lowWord() { return isDark() ? "dark" : "light"; }
function highWord() { return isDark() ? "light" : "dark"; }
function isDark() {
  return window.matchMedia("(prefers-color-scheme: dark)").matches && !window.matchMedia("print").matches;
}

function drawHeatLabels(context, box, x, z) {
  const labels = (part, most) => {
    const step = Math.max(Math.ceil(part.count / most), 1);
    const result = [];
    for (let i = 0; i < part.count; i += step) {
      result.push([(i + 0.5) / part.count, part.isOwn ? part.distinct[i] : part.along.value((i + 0.5) / part.count)]);
    }
    return result;
  };
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = color("quiet");
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const [place, value] of labels(z, 8)) context.fillText(short(value), box.left - 6, box.top + box.height * (1 - place));
  context.textAlign = "center";
  for (const [place, value] of labels(x, Math.max(Math.floor(box.width / 80), 2))) {
    context.fillText(short(value), box.left + box.width * place, box.top + box.height + 14);
  }
}

// Mixes the two end colours of the heat map; `place` is from 0 to 1.
function mixed(context, place) {
  const parts = (name) => {
    context.fillStyle = color(name);
    const hex = context.fillStyle;
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  };
  const low = remembered("low parts", () => parts("low"));
  const high = remembered("high parts", () => parts("high"));
  return `rgb(${low.map((value, i) => Math.round(value + (high[i] - value) * place)).join(" ")})`;
}

function drawHistogram(rows) {
  const canvas = byId("histogram");
  const context = prepare(canvas, plotHeight);
  const box = frame(canvas);
  const values = rows.map((row) => axes.y.values[row]);
  const along = scale(values, false);
  let text;
  if (!along) {
    text = drawEmpty(context, box);
  } else {
    const parts = along.least === along.most ? 1 : Math.max(1, Math.min(60, Math.ceil(Math.sqrt(values.length))));
    const count = new Uint32Array(parts);
    for (const value of values) count[Math.min(Math.floor(along.place(value) * parts), parts - 1)] += 1;
    const up = scale([0, ...count], false);
    drawAxes(context, box, along, up);
    context.fillStyle = color("series");
    const wide = box.width / parts;
    count.forEach((number, part) => {
      const high = Math.max(number ? 1 : 0, box.height * up.place(number));
      context.fillRect(box.left + part * wide + (wide > 4 ? 0.5 : 0), box.top + box.height - high, wide > 4 ? wide - 1 : wide, high);
    });
    text = `how many calls have which ${axes.y.title}, in ${whole(parts)} ${parts === 1 ? "part" : "equal parts"}`;
  }
  byId("histogram-caption").textContent = plain(text);
  canvas.setAttribute("aria-label", plain(`Histogram: ${text}`));
}
