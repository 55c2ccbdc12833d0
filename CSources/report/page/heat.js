// A colour map over two parameters. Cells are where their values are; failed and missing cells are
// hatched.
import { valueText } from "./axes.js";
import { axisTitle, distinct } from "./columns.js";
import { run } from "./data.js";
import { calls, short, whole } from "./format.js";
import { drawFrame, innerBox } from "./frame.js";
import { scale } from "./scale.js";
import { colorOf } from "./status.js";
import { ramp, seriesColor } from "./tint.js";

// A side of the map: cells between edges, and the cell of a value.
function side(axis, rows, isLog, room) {
  if (axis.categories) {
    return { count: axis.categories.length, of: (value) => value, scale: scale([], { categories: axis.categories }), edge: (i) => i / axis.categories.length };
  }
  const values = distinct(axis, rows);
  const to = isLog ? Math.log10 : (value) => value;
  const back = isLog ? (value) => 10 ** value : (value) => value;
  if (values.length <= room / 1.5) {
    const places = values.map(to);
    const first = places[0];
    const last = places[places.length - 1];
    const middles = places.slice(1).map((place, i) => place / 2 + places[i] / 2);
    const edges = places.length === 1 ? [first - 0.5, first + 0.5]
      : [first - (middles[0] - first), ...middles, last + (last - middles[middles.length - 1])];
    const along = scale(edges.map(back), { isLog });
    const index = new Map(values.map((value, i) => [value, i]));
    return { count: values.length, of: (value) => index.get(value), scale: along, edge: (i) => along.place(back(edges[i])), values };
  }
  const along = scale(values, { isLog });
  const parts = Math.max(Math.floor(room / 3), 1);
  return { count: parts, of: (value) => Math.min(Math.floor(along.place(value) * parts), parts - 1), scale: along, edge: (i) => i / parts };
}

// The sides and cells of a panel.
function cellsOf(study, panel, x, z) {
  const size = x.count * z.count;
  const cells = {
    mean: new Float64Array(size), count: new Uint32Array(size), least: new Float64Array(size).fill(Infinity), most: new Float64Array(size).fill(-Infinity),
    row: new Int32Array(size).fill(-1), failed: new Int32Array(size).fill(-1), failures: new Uint32Array(size),
  };
  const cellOf = (row) => z.of(study.z.values[row]) * x.count + x.of(study.x.values[row]);
  for (const row of panel.rows) {
    const cell = cellOf(row);
    const value = study.y.values[row];
    cells.count[cell] += 1;
    cells.mean[cell] += (value - cells.mean[cell]) / cells.count[cell];
    cells.least[cell] = Math.min(cells.least[cell], value);
    cells.most[cell] = Math.max(cells.most[cell], value);
    if (cells.row[cell] < 0) cells.row[cell] = row;
  }
  for (const row of panel.failed) {
    const cell = cellOf(row);
    cells.failures[cell] += 1;
    if (cells.failed[cell] < 0) cells.failed[cell] = row;
  }
  return cells;
}

export function heatScales(study, width, height) {
  const all = study.rows.concat(study.failed);
  const [x, z] = [side(study.x, all, study.isLog.x, width), side(study.z, all, study.isLog.z, height)];
  const cells = new Map(study.panels.map((panel) => [panel, cellsOf(study, panel, x, z)]));
  const isMissing = [...cells.values()].some(({ count, failures }) => count.some((number, cell) => number + failures[cell] === 0));
  return { x, z, cells, isMissing };
}

// The colours of values: { paint(value), scale }, or categories.
export function valueTint(study) {
  if (study.y.categories) return { paint: (value) => seriesColor(value), scale: null };
  const values = study.rows.map((row) => study.y.values[row]);
  const along = scale(values, { isLog: study.isLog.y });
  return { paint: (value) => ramp(along.place(value)), scale: along };
}

export function drawHeat(ink, outer, study, panel, { x, z, cells: all, tint }) {
  const box = innerBox(outer, z.scale, false);
  const cells = all.get(panel);
  // What stays visible of it has no call.
  ink.hatch(box.left, box.top, box.width, box.height, "line", false);
  const bounds = (cell) => {
    const [column, line] = [cell % x.count, Math.floor(cell / x.count)];
    const left = Math.round(box.left + box.width * x.edge(column));
    const right = Math.round(box.left + box.width * x.edge(column + 1));
    const top = Math.round(box.top + box.height * (1 - z.edge(line + 1)));
    const bottom = Math.round(box.top + box.height * (1 - z.edge(line)));
    return { left, top, width: Math.max(right - left, 1), height: Math.max(bottom - top, 1) };
  };
  let filled = 0;
  let most = 0;
  let mixed = 0;
  for (let cell = 0; cell < cells.count.length; cell++) {
    if (cells.count[cell] === 0 && cells.failures[cell] === 0) continue;
    filled += 1;
    most = Math.max(most, cells.count[cell]);
    const { left, top, width, height } = bounds(cell);
    const status = cells.failed[cell] >= 0 ? run.statuses[run.status[cells.failed[cell]]] : "";
    if (cells.count[cell] > 0) {
      // A mean of categories does not exist: the first call's one is shown.
      ink.rect(left, top, width, height, tint.paint(study.y.categories ? study.y.values[cells.row[cell]] : cells.mean[cell]));
      if (status) {
        mixed += 1;
        ink.rect(left, top, Math.min(width / 3, 6), Math.min(height / 3, 6), status === "ok" ? "quiet" : colorOf(status));
      }
    } else {
      ink.hatch(left, top, width, height, status === "ok" ? "quiet" : colorOf(status), true);
    }
  }
  drawFrame(ink, box, x.scale, z.scale, { x: axisTitle(study.x), y: axisTitle(study.z) }, false);
  const isMean = most > 1 && !study.y.categories;
  const means = isMean ? `; cells with several calls show their mean (up to ${calls(most)})` : most > 1 ? "; cells with several calls show the first one" : "";
  const text = `${calls(panel.rows.length)} in ${whole(filled)} ${filled === 1 ? "cell" : "cells"}${means}${mixed > 0 ? "; a corner marks cells where some calls failed" : ""}`;
  return { text, box, ...cellHits(study, box, cells, bounds, x, z) };
}

function cellHits(study, box, cells, bounds, x, z) {
  const hitOf = (column, line) => {
    const cell = line * x.count + column;
    const { left, top, width, height } = bounds(cell);
    const row = cells.row[cell] >= 0 ? cells.row[cell] : cells.failed[cell];
    return {
      x: left + width / 2, y: top + height / 2, area: { left, top, width, height }, column, line, row,
      text: () => cellText(study, cells, cell, row, { x, z, column, line }),
    };
  };
  const find = (part, place) => {
    let low = 0;
    let high = part.count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (place < part.edge(middle + 1)) high = middle; else low = middle + 1;
    }
    return low;
  };
  return {
    at(px, py) {
      const across = (px - box.left) / box.width;
      const up = 1 - (py - box.top) / box.height;
      if (across < 0 || across > 1 || up < 0 || up > 1) return null;
      return hitOf(find(x, across), find(z, up));
    },
    step(hit, right, up) {
      if (!hit || hit.column === undefined) return hitOf(0, z.count - 1);
      return hitOf(Math.max(0, Math.min(x.count - 1, hit.column + right)), Math.max(0, Math.min(z.count - 1, hit.line + up)));
    },
  };
}

function cellText(study, cells, cell, row, { x, z, column, line }) {
  const part = (axis, one, index) => {
    if (row >= 0 && (one.values || axis.categories)) return `${axis.title} = ${valueText(axis, axis.values[row])}`;
    if (one.values) return `${axis.title} = ${valueText(axis, one.values[index])}`;
    return `${axis.title} about ${short(Number(one.scale.value((index + 0.5) / one.count).toPrecision(4)))}`;
  };
  const where = `${part(study.x, x, column)}, ${part(study.z, z, line)}`;
  const failed = cells.failed[cell];
  const failure = failed < 0 ? "" : ` ${run.statuses[run.status[failed]]}${run.error[failed] ? `: ${run.texts[run.error[failed]]}` : ""} (call ${whole(run.call[failed])})`;
  if (cells.count[cell] === 0) return failed < 0 ? `${where}: no call` : `${where}:${run.statuses[run.status[failed]] === "ok" ? ` ${study.y.title} is not a number;` : ""}${failure}`;
  const extra = failed < 0 ? "" : `; ${whole(cells.failures[cell])} without a value, such as${failure}`;
  if (study.y.categories || cells.count[cell] === 1) {
    return `${where}: ${study.y.title} = ${valueText(study.y, study.y.values[row])} (call ${whole(run.call[row])}${cells.count[cell] > 1 ? `, the first of ${whole(cells.count[cell])}` : ""})${extra}`;
  }
  return `${where}: ${study.y.title}: mean ${short(cells.mean[cell])} of ${calls(cells.count[cell])}, from ${short(cells.least[cell])} to ${short(cells.most[cell])}${extra}`;
}
