// What the reader has chosen for the plot: calls, axes, scales and marks.
import { axisTitle, columns, distinct, isRepeat, isVaried } from "./columns.js";
import { run } from "./data.js";
import { byId, element, foreign, numberText, plain, short, whole } from "./format.js";
import { callGroups } from "./groups.js";

// The place of an element in its array, as the X axis of curves.
const elementAxis = { title: "element", unit: "", kind: "element", isElement: true };

// A parameter with more values is not offered as a slice.
const mostSlices = 500;

export const axes = {
  group: null, y: null, x: null, z: null, series: null, marks: "",
  // "", "linear" or "log" for each of the axes; "" is automatic.
  scales: { x: "", y: "", z: "" },
  // The values that other parameters are held at.
  slices: new Map(),
};

let groups = [];
let changed = null;

// `whenChanged` is called when the reader has chosen something else.
export function setUpAxes(whenChanged) {
  changed = whenChanged;
  groups = callGroups();
  const select = byId("plot-calls");
  groups.forEach((group, index) => select.append(element("option", { value: index }, plain(group.title).slice(0, 120))));
  byId("plot-calls-label").hidden = groups.length < 2;
  select.addEventListener("change", () => { choose(groups[Number(select.value)]); changed(); });
  for (const name of ["y", "x", "z", "series"]) {
    byId(`axis-${name}`).addEventListener("change", (event) => {
      const before = axes[name];
      axes[name] = event.target.value === "" ? null : candidates(name)[Number(event.target.value)];
      if (name === "y" && Boolean(axes.y.arrays) !== Boolean(before.arrays)) setDefaults(axes.y);
      if (name !== "y") setSlices();
      show();
      changed();
    });
  }
  byId("plot-marks").addEventListener("change", (event) => { axes.marks = event.target.value; changed(); });
  for (const name of ["x", "y", "z"]) {
    byId(`scale-${name}`).addEventListener("change", (event) => { axes.scales[name] = event.target.value; changed(); });
  }
  choose(groups[0]);
  fillSummary();
}

function choose(group) {
  axes.group = group;
  axes.rows = [];
  for (let row = 0; row < run.count; row++) if (group.has(row)) axes.rows.push(row);
  axes.present = columns.filter((axis) => axes.rows.some((row) => !Number.isNaN(axis.values[row])));
  axes.varied = axes.present.filter((axis) => isVaried(axis, axes.rows));
  setDefaults(null);
  show();
}

// Parameters that the calls differ in, those of the sweep first.
function studied() {
  const of = (kind) => axes.varied.filter((axis) => axis.kind === kind && !isRepeat(axis) && !axis.arrays);
  const swept = of("point");
  return swept.length > 0 ? swept : of("args");
}

function setDefaults(y) {
  const results = axes.present.filter((axis) => axis.kind === "result");
  const rank = (axis) => (axis.arrays ? 1 : axis.categories ? 0 : 2);
  const counted = (axis) => axes.rows.reduce((sum, row) => sum + !Number.isNaN(axis.values[row]), 0);
  axes.y = y || results.map((axis) => ({ axis, rank: rank(axis), count: counted(axis) }))
    .reduce((best, one) => best && (best.rank > one.rank || (best.rank === one.rank && best.count >= one.count)) ? best : one, null)?.axis
    || columns.find((axis) => axis.kind === "own" && axis.name === undefined && axis.title.startsWith("seconds"));
  const named = (title) => columns.find((axis) => axis.kind === "own" && axis.title.startsWith(title));
  const parameters = studied();
  const sizes = new Map(parameters.map((axis) => [axis, distinct(axis, axes.rows).length]));
  const task = axes.varied.find((axis) => axis.kind === "own" && axis.title === "task");
  Object.assign(axes, { z: null, series: null });
  if (axes.y.arrays) {
    axes.x = elementAxis;
    axes.series = parameters[0] || null;
  } else if (parameters.length === 0) {
    axes.x = axes.varied.find((axis) => axis.kind !== "own" && axis.kind !== "result" && !axis.arrays) || named("call");
    axes.series = task && task.categories.length <= 8 && axes.x.kind !== "own" ? task : null;
  } else {
    const [first, second] = parameters;
    axes.x = first;
    const isSmall = (axis) => axis.categories || sizes.get(axis) <= 6;
    if (!second) axes.series = task && task.categories.length <= 8 ? task : null;
    else if (isSmall(second)) axes.series = second;
    else if (isSmall(first)) Object.assign(axes, { x: second, series: first });
    else axes.z = second;
  }
  setSlices();
}

// Without a choice of the reader, colour maps and curves show one value of each further parameter
// if the calls are a grid: nothing is averaged.
function setSlices() {
  axes.slices.clear();
  if (!axes.z && !axes.y.arrays) return;
  const shown = [axes.x, axes.z, axes.series];
  const rest = studied().filter((axis) => !shown.includes(axis));
  const cells = [...shown.filter((axis) => axis && !axis.isElement && !axis.arrays), ...rest].reduce((product, axis) => product * distinct(axis, axes.rows).length, 1);
  if (axes.rows.length < cells * 0.5) return;
  for (const axis of rest) axes.slices.set(axis, distinct(axis, axes.rows)[0]);
}

function candidates(name) {
  const isPlain = (axis) => !axis.arrays;
  if (name === "y") return axes.present.filter((axis) => axis.kind !== "own" || axis.title !== "call");
  if (name === "x") return axes.y.arrays ? [elementAxis, ...axes.present.filter((axis) => axis.arrays && axis !== axes.y)] : axes.present.filter(isPlain);
  if (name === "z") return axes.y.arrays ? [] : axes.present.filter((axis) => isPlain(axis) && axis.kind !== "result");
  return axes.varied.filter(isPlain);
}

// Fills the controls with what is chosen.
function show() {
  for (const name of ["y", "x", "z", "series"]) {
    const select = byId(`axis-${name}`);
    const choices = candidates(name);
    select.replaceChildren();
    if (name === "z" || name === "series") select.append(element("option", { value: "" }, "(nothing)"));
    choices.forEach((axis, index) => select.append(element("option", { value: index }, plain(axisTitle(axis)).slice(0, 60))));
    select.value = axes[name] ? String(choices.indexOf(axes[name])) : "";
  }
  byId("axis-z-label").hidden = Boolean(axes.y.arrays);
  byId("scale-z-label").hidden = !axes.z;
  byId("plot-marks-label").hidden = Boolean(axes.z || axes.y.arrays);
  const slices = byId("slices");
  slices.replaceChildren();
  for (const axis of studied()) {
    if ([axes.x, axes.z, axes.series].includes(axis)) continue;
    const values = distinct(axis, axes.rows, mostSlices);
    if (!values) continue;
    const select = element("select", { "data-slice": plain(axis.title) }, element("option", { value: "" }, "all values"));
    for (const value of values) select.append(element("option", { value }, valueText(axis, value)));
    select.value = axes.slices.has(axis) ? String(axes.slices.get(axis)) : "";
    select.addEventListener("change", () => {
      if (select.value === "") axes.slices.delete(axis);
      else axes.slices.set(axis, Number(select.value));
      changed();
    });
    slices.append(element("label", {}, `Only ${plain(axisTitle(axis))}`, select));
  }
}

// A value of an axis, for people.
export function valueText(axis, value) {
  if (axis.categories) return plain(axis.categories[value] ?? "").slice(0, 80);
  return numberText(Number(value.toPrecision(7)));
}

function fillSummary() {
  const table = byId("summary");
  const head = ["name", "unit", "numbers", "least", "mean", "most"];
  table.append(element("thead", {}, element("tr", {}, ...head.map((name, index) =>
    element("th", { scope: "col", class: index > 1 ? "number" : null }, name)))));
  const body = element("tbody");
  for (const field of run.fields.filter((field) => field.count > 0)) {
    body.append(element("tr", {}, element("td", {}, foreign(field.title)), element("td", {}, foreign(field.unit || "")),
      ...[whole(field.count), short(field.least), short(field.mean), short(field.most)].map((text) =>
        element("td", { class: "number" }, text))));
  }
  if (body.children.length === 0) {
    body.append(element("tr", {}, element("td", { colspan: head.length }, "No parameter and no result is a number.")));
  }
  table.append(body);
}
