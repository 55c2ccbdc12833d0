// The columns that a plot can have as an axis: numbers, texts as categories, and arrays as curves.
import { compare, run } from "./data.js";
import { isTimed } from "./time.js";

// Texts with more different values are not categories.
const mostCategories = 40;

function category(title, kind, numbers, names) {
  const known = new Map();
  const values = new Float64Array(run.count).fill(NaN);
  for (let row = 0; row < run.count; row++) {
    if (numbers[row]) known.set(numbers[row], 0);
    if (known.size > mostCategories) return null;
  }
  if (known.size === 0) return null;
  const order = [...known.keys()].sort((a, b) => compare(names[a], names[b]));
  order.forEach((number, index) => known.set(number, index));
  for (let row = 0; row < run.count; row++) if (numbers[row]) values[row] = known.get(numbers[row]);
  return { title, unit: "", kind, values, categories: order.map((number) => names[number]) };
}

function ofField(field) {
  const unit = field.unit || "";
  const axis = { title: field.title, name: field.name, unit, kind: field.kind };
  if (field.arrays) return { ...axis, arrays: field.arrays, values: field.arrays.has };
  if (field.numbers) return { ...axis, values: field.numbers };
  if (!field.texts || field.kind === "more") return null;
  const texts = category(field.title, field.kind, field.texts, run.texts);
  // Numbers that are not finite are no categories.
  const isMark = texts && texts.categories.every((text) => /^(NaN|-?Infinity)$/.test(text));
  return texts && !isMark ? { ...axis, ...texts } : null;
}

export const columns = [
  ...run.fields.map(ofField),
  { title: "seconds", unit: "s", kind: "own", values: run.seconds },
  { title: "steps", unit: "", kind: "own", values: run.steps },
  { title: "attempts", unit: "", kind: "own", values: run.attempts },
  { title: "call", unit: "", kind: "own", values: run.call },
  isTimed ? { title: "start", unit: "s", kind: "own", values: run.start } : null,
  category("task", "own", run.task, run.texts),
  run.runs.length > 1
    ? category("run", "own", Array.from(run.run, (value) => value + 1), ["", ...run.runs.map((one) => one.name)]) : null,
].filter(Boolean);

// Two axes of one title are distinguished by their kind.
for (const axis of columns) {
  if (axis.kind === "own" && columns.some((other) => other !== axis && other.title === axis.title)) axis.title += " (of the call)";
}

export function axisTitle(axis) {
  return axis.unit ? `${axis.title} [${axis.unit}]` : axis.title;
}

// The distinct values of a column in rows, in order; null if there are more than `most`.
export function distinct(axis, rows, most = Infinity) {
  const seen = new Set();
  for (const row of rows) {
    const value = axis.values[row];
    if (Number.isNaN(value)) continue;
    seen.add(value);
    if (seen.size > most) return null;
  }
  return [...seen].sort((a, b) => a - b);
}

export function isVaried(axis, rows) {
  return distinct(axis, rows, 1) === null;
}

// Parameters that only distinguish repeated calls.
export function isRepeat(axis) {
  return axis.kind !== "own" && axis.kind !== "result" && (axis.name === "repeat" || axis.name === "seed");
}
