// What the plot has to show: the rows, which of them have no value, and the scale of each axis.
import { axes, valueText } from "./axes.js";
import { axisTitle, distinct, isRepeat } from "./columns.js";
import { run } from "./data.js";
import { calls } from "./format.js";
import { isEvenInLog, scale, spansDecades } from "./scale.js";
import { selection } from "./select.js";

// Each call is drawn up to this number.
export const mostMarks = 20_000;

// The reader's choice for an axis, or what suits its values.
function isLogarithmic(name, axis, automatic) {
  if (!axis || axis.categories || axis.isElement) return false;
  return axes.scales[name] ? axes.scales[name] === "log" : automatic();
}

export function currentStudy() {
  const { x, y, z, series } = axes;
  const placed = [x, z, series].filter((axis) => axis && !axis.isElement && !axis.arrays);
  const rows = [];
  const failed = [];
  let others = 0;
  for (const row of selection.rows) {
    if (!axes.group.has(row)) continue;
    if ([...axes.slices].some(([axis, value]) => axis.values[row] !== value)) continue;
    if (placed.some((axis) => !Number.isFinite(axis.values[row]))) others += 1;
    else if (Number.isFinite(y.values[row])) rows.push(row);
    else failed.push(row);
  }
  const all = rows.concat(failed);
  const study = { x, y, z, series, marks: axes.marks, rows, failed, notes: [] };
  const parameterIsLog = (name, axis) => isLogarithmic(name, axis, () => {
    if (axis.arrays) return false;
    return axis.kind === "point" || axis.kind === "args" ? isEvenInLog(distinct(axis, all)) : spansDecades(rows.map((row) => axis.values[row]));
  });
  study.isLog = {
    x: parameterIsLog("x", x), z: z ? parameterIsLog("z", z) : false,
    y: isLogarithmic("y", y, () => !y.arrays && !y.categories && y.kind !== "own" && spansDecades(rows.map((row) => y.values[row]))),
  };
  dropBelowLog(study);
  if (others > 0) study.notes.push(`${calls(others)} of those shown ${others === 1 ? "has" : "have"} no value on these axes and ${others === 1 ? "is" : "are"} not drawn.`);
  const held = [...axes.slices].map(([axis, value]) => `${axis.title} = ${valueText(axis, value)}`);
  study.title = `${axisTitle(y)} over ${axisTitle(x)}${z ? ` and ${axisTitle(z)}` : ""}${held.length ? `, for ${held.join(", ")}` : ""}`;
  // What else the calls differ in: with nothing else, calls at one place are repeats.
  study.unnamed = axes.varied.filter((axis) => (axis.kind === "point" || axis.kind === "args" || axis.title === "task")
    && !axis.arrays && !isRepeat(axis) && ![x, z, series].includes(axis) && !axes.slices.has(axis));
  study.panels = panelsOf(study);
  study.kind = y.arrays ? "curves" : z ? heatOrPoints(study) : "xy";
  return study;
}

// Values that a logarithm has no place for.
function dropBelowLog(study) {
  const names = ["x", "z", "y"].filter((name) => study.isLog[name] && study[name] && !study[name].arrays);
  const before = study.rows.length;
  const isBelow = (row, name) => study[name].values[row] <= 0;
  study.rows = study.rows.filter((row) => !names.some((name) => isBelow(row, name)));
  study.failed = study.failed.filter((row) => !names.some((name) => isBelow(row, name)));
  const count = before - study.rows.length;
  if (count > 0) study.notes.push(`${calls(count)} with values that are not above 0 ${count === 1 ? "is" : "are"} not drawn: the axis is logarithmic.`);
}

function panelsOf(study) {
  if (run.runs.length < 2 || [study.x, study.z, study.series].some((axis) => axis && axis.title === "run")) {
    return [{ title: "", rows: study.rows, failed: study.failed }];
  }
  return run.runs.map((one, index) => {
    const isIn = (row) => run.run[row] === index;
    return { title: one.name, rows: study.rows.filter(isIn), failed: study.failed.filter(isIn) };
  });
}

// Calls of a grid fill cells. Others, such as random samples, are coloured points.
function heatOrPoints(study) {
  const { x, z } = study;
  const all = study.rows.concat(study.failed);
  const cells = distinct(x, all).length * distinct(z, all).length;
  const places = new Set(all.map((row) => `${x.values[row]} ${z.values[row]}`)).size;
  return places >= cells * 0.2 || all.length > mostMarks ? "heat" : "points";
}

// The scale of an axis of the study, which all panels share.
export function scaleOf(study, name, padding = 0.03) {
  const axis = study[name];
  const rows = name === "y" ? study.rows : study.rows.concat(study.failed);
  return scale(rows.map((row) => axis.values[row]), { isLog: study.isLog[name], padding, categories: axis.categories || null });
}
