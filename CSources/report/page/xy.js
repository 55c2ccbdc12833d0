// Values over one parameter: each call as a mark, with series, repeats, and failed calls below.
import { valueText } from "./axes.js";
import { axisTitle, distinct } from "./columns.js";
import { run } from "./data.js";
import { calls, plain, short, whole } from "./format.js";
import { drawFrame, innerBox } from "./frame.js";
import { nearest } from "./hits.js";
import { scale } from "./scale.js";
import { colorOf, shapeOf } from "./status.js";
import { mostMarks, scaleOf } from "./study.js";
import { dot, ramp, seriesColor, seriesCount, seriesShape } from "./tint.js";

// How the series of a study look: { of(row), list: [{ text, color, shape }] }, or a colour bar.
export function seriesLook(study) {
  const { series } = study;
  if (!series) return { of: () => 0, list: [], color: () => seriesColor(0), shape: () => dot, tint: null };
  const values = distinct(series, study.rows);
  if (values.length <= seriesCount || series.categories) {
    const index = new Map(values.map((value, i) => [value, i]));
    return {
      of: (row) => index.get(series.values[row]), tint: null, color: seriesColor, shape: seriesShape,
      list: values.map((value, i) => ({ text: valueText(series, value), color: seriesColor(i), shape: seriesShape(i) })),
    };
  }
  const isLog = values[0] > 0 && values[values.length - 1] / values[0] >= 1000;
  const tint = scale(values, { isLog });
  const index = new Map(values.map((value, i) => [value, i]));
  return { of: (row) => index.get(series.values[row]), tint, list: [], color: (i) => ramp(tint.place(values[i])), shape: () => dot };
}

// The scales of a study, shared by its panels.
export function xyScales(study) {
  return { x: scaleOf(study, "x"), y: scaleOf(study, study.kind === "points" ? "z" : "y", 0.05), look: seriesLook(study) };
}

export function drawXY(ink, outer, study, panel, shared) {
  const { x, y, look } = shared;
  const box = innerBox(outer, y, panel.failed.length > 0);
  const yAxis = study.kind === "points" ? study.z : study.y;
  drawFrame(ink, box, x, y, { x: axisTitle(study.x), y: axisTitle(yAxis) });
  const px = (value) => box.left + box.width * x.place(value);
  const py = (value) => box.top + box.height * (1 - y.place(value));
  const hits = [];
  const place = (row) => [px(study.x.values[row]), py(yAxis.values[row])];
  let text;
  ink.clip(box.left - 4, box.top - 4, box.width + 8, box.height + 8, () => {
    if (panel.rows.length > mostMarks && study.kind === "xy") text = drawBands(ink, box, study, panel, look, { px, py, x }, hits);
    else if (study.kind === "points") text = drawTinted(ink, study, panel, shared.tint, place, hits);
    else text = drawSeries(ink, box, study, panel, look, { px, py, place }, hits);
  });
  drawFailed(ink, box, study, panel, px, hits);
  return { text, box, ...nearest(hits) };
}

function describe(study, row) {
  const axes = [study.x, study.z, study.y, study.series].filter(Boolean);
  return `${axes.map((axis) => `${axis.title} = ${valueText(axis, axis.values[row])}`).join(", ")} (call ${whole(run.call[row])})`;
}

function drawTinted(ink, study, panel, tint, place, hits) {
  for (const row of panel.rows) {
    const [x, y] = place(row);
    ink.marks([x, y], dot, panel.rows.length > 500 ? 3 : 4.5, tint.paint(study.y.values[row]));
    hits.push({ x, y, row, text: () => describe(study, row) });
  }
  return `${calls(panel.rows.length)} as coloured points`;
}

function drawSeries(ink, box, study, panel, look, { px, py, place }, hits) {
  const lists = new Map();
  for (const row of panel.rows) {
    const index = look.of(row);
    if (!lists.has(index)) lists.set(index, []);
    lists.get(index).push(row);
  }
  const { values } = study.x;
  let repeats = 0;
  let isAmbiguous = false;
  for (const [index, rows] of [...lists].sort((a, b) => a[0] - b[0])) {
    rows.sort((a, b) => values[a] - values[b] || a - b);
    const isSingle = rows.every((row, i) => i === 0 || values[row] !== values[rows[i - 1]]);
    const isRepeated = !isSingle && study.unnamed.length === 0 && !study.x.isElement && study.y.kind !== "own" && !study.y.categories;
    if (!isSingle && study.unnamed.length > 0) isAmbiguous = true;
    const points = rows.flatMap(place);
    rows.forEach((row, i) => hits.push({ x: points[2 * i], y: points[2 * i + 1], row, text: () => describe(study, row) }));
    const isLine = study.marks === "line" || (study.marks === "" && isSingle && rows.length <= box.width / 3 && !study.x.categories && !study.y.categories && study.x.title !== "call");
    const shade = look.color(index);
    if (isLine && isSingle) ink.line(points, shade, 1.75);
    const radius = panel.rows.length > 3000 ? 0.9 : panel.rows.length > 300 ? 1.7 : 3;
    if (!isLine || rows.length <= 100) ink.marks(points, look.shape(index), isRepeated ? Math.min(radius, 1.8) : radius, shade);
    if (isRepeated && study.marks !== "points") repeats += drawMeans(ink, rows, study, px, py, shade, look, index, hits);
  }
  if (isAmbiguous) {
    study.notes.push(`Calls at the same place also differ in ${study.unnamed.slice(0, 4).map((axis) => plain(axis.title)).join(", ")}, so no mean is drawn; choose a series or one value.`);
  }
  return `${calls(panel.rows.length)}, each as a mark${repeats > 0 ? "; the line connects the means of repeated calls, the bars are ±1 standard deviation" : ""}`;
}

// Draws the mean and the standard deviation of repeats. Returns the number of places with repeats.
function drawMeans(ink, rows, study, px, py, shade, look, index, hits) {
  const places = new Map();
  for (const row of rows) {
    const key = study.x.values[row];
    if (!places.has(key)) places.set(key, []);
    places.get(key).push(study.y.values[row]);
  }
  const means = [];
  for (const [value, numbers] of places) {
    const mean = numbers.reduce((sum, number) => sum + number / numbers.length, 0);
    const deviation = numbers.length < 2 ? 0 : Math.sqrt(numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / (numbers.length - 1));
    const at = px(value);
    means.push(at, py(mean));
    if (deviation > 0) {
      const high = py(mean + deviation);
      // A logarithmic axis has no place for what is not above 0.
      const low = study.isLog.y && mean - deviation <= 0 ? py(Math.min(...numbers)) : py(mean - deviation);
      ink.line([at, low, at, high, NaN, NaN, at - 4, low, at + 4, low, NaN, NaN, at - 4, high, at + 4, high], shade, 1.25);
    }
    hits.push({
      x: at, y: py(mean), row: -1,
      text: () => `${study.x.title} = ${valueText(study.x, value)}: mean ${short(mean)}, standard deviation ${short(deviation)} of ${calls(numbers.length)}`,
    });
  }
  if (!study.x.categories) ink.line(means, shade, 1.75);
  ink.marks(means, look.shape(index), 3.5, shade);
  return places.size;
}

// With more calls than room, draws the least, the mean and the most of each column of pixels.
function drawBands(ink, box, study, panel, look, { px, py }, hits) {
  const parts = Math.floor(box.width);
  const groups = new Map();
  for (const row of panel.rows) {
    const index = look.of(row);
    if (!groups.has(index)) groups.set(index, new Map());
    const part = Math.min(Math.floor(px(study.x.values[row]) - box.left), parts - 1);
    const value = study.y.values[row];
    const cell = groups.get(index).get(part);
    if (!cell) groups.get(index).set(part, { least: value, most: value, mean: value, count: 1 });
    else {
      cell.least = Math.min(cell.least, value);
      cell.most = Math.max(cell.most, value);
      cell.mean += (value - cell.mean) / ++cell.count;
    }
  }
  for (const [index, cells] of [...groups].sort((a, b) => a[0] - b[0])) {
    const order = [...cells].sort((a, b) => a[0] - b[0]);
    const wide = Math.max(1, Math.ceil(parts / order.length));
    const shade = groups.size === 1 ? "band" : look.color(index);
    for (const [part, cell] of order) {
      const top = py(cell.most);
      ink.rect(box.left + part, top, Math.min(wide, parts - part), Math.max(py(cell.least) - top, 1), shade);
      const x = box.left + part + 0.5;
      hits.push({ x, y: py(cell.mean), row: -1, text: () => `${study.x.title} about ${short(Number((shortPlace(study, part, parts)).toPrecision(4)))}: least ${short(cell.least)}, mean ${short(cell.mean)}, most ${short(cell.most)} of ${calls(cell.count)}` });
    }
    ink.line(order.flatMap(([part, cell]) => [box.left + part + 0.5, py(cell.mean)]), groups.size === 1 ? look.color(index) : "text", 1.25);
  }
  return `${calls(panel.rows.length)} in ${whole(parts)} columns; the band spans minimum to maximum of each column, the line is the mean`;
}

function shortPlace(study, part, parts) {
  return scaleOf(study, "x").value((part + 0.5) / parts);
}

// Failed calls have no value: their place is marked on a strip below the plot.
function drawFailed(ink, box, study, panel, px, hits) {
  const y = box.top + box.height + 7;
  const drawn = new Map();
  if (panel.failed.length > 0) ink.line([box.left, box.top + box.height + 0.5, box.left + box.width, box.top + box.height + 0.5], "line");
  for (const row of panel.failed) {
    const x = px(study.x.values[row]);
    const status = run.statuses[run.status[row]];
    const key = `${status} ${Math.round(x)}`;
    if (drawn.has(key)) continue;
    drawn.set(key, true);
    const isFailed = status !== "ok";
    ink.marks([x, y], shapeOf(status), 4, isFailed ? colorOf(status) : "quiet");
    const error = run.error[row] ? `: ${run.texts[run.error[row]]}` : isFailed ? "" : `, but ${study.y.title} is not a number`;
    hits.push({ x, y, row, text: () => `${study.x.title} = ${valueText(study.x, study.x.values[row])}: ${status}${error} (call ${whole(run.call[row])})` });
  }
}
