// The axes of the plot: columns of numbers.
import { run } from "./data.js";
import { byId, element, foreign, plain, short, whole } from "./format.js";
import { selection } from "./select.js";
import { isTimed, ticks } from "./time.js";

export const axes = { all: [], x: null, y: null, z: null, isLog: false };

// `changed` is called when the reader has chosen another axis or scale.
export function setUpAxes(changed) {
  const numeric = run.fields.filter((field) => field.numbers);
  const own = [["seconds", run.seconds], ["steps", run.steps], ["call", run.call]];
  if (isTimed) own.push(["start", run.start]);
  axes.all = [
    ...numeric.map((field) => ({
      title: field.title, kind: field.kind, values: field.numbers, count: field.count,
    })),
    ...own.map(([title, values]) => ({ title, kind: "own", values })),
  ];
  const isVaried = (axis) => {
    let first = NaN;
    for (const value of axis.values) {
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(first)) first = value;
      else if (value !== first) return true;
    }
    return false;
  };
  const swept = axes.all.filter((axis) => axis.kind === "point" && isVaried(axis));
  const named = (title) => axes.all.find((axis) => axis.kind === "own" && axis.title === title);
  // By default, the result that most calls have.
  axes.y = axes.all.filter((axis) => axis.kind === "result")
    .reduce((best, axis) => best && best.count >= axis.count ? best : axis, null) || named("seconds");
  // Parameters that only distinguish repeated calls are not studied.
  const studied = swept.filter((axis) => axis.title !== "repeat" && axis.title !== "seed");
  axes.x = studied[0] || axes.all.find((axis) => axis.kind === "args" && isVaried(axis)) || swept[0] || named("call");
  axes.z = studied[1] || null;

  const fill = (id, choices, now, none) => {
    const select = byId(id);
    if (none) select.append(element("option", { value: "-1" }, none));
    for (const axis of choices) {
      select.append(element("option", { value: axes.all.indexOf(axis) }, plain(axis.title)));
    }
    select.value = String(axes.all.indexOf(now));
    select.addEventListener("change", () => {
      axes[id.slice(-1)] = axes.all[Number(select.value)] || null;
      changed();
    });
  };
  fill("axis-y", axes.all, axes.y);
  fill("axis-x", axes.all, axes.x);
  fill("axis-z", axes.all.filter((axis) => axis.kind !== "result"), axes.z, "(nothing)");
  byId("axis-scale").addEventListener("change", (event) => {
    axes.isLog = event.target.value === "log";
    changed();
  });
  fillSummary();
}

function fillSummary() {
  const table = byId("summary");
  const head = ["name", "numbers", "least", "mean", "most"];
  table.append(element("thead", {}, element("tr", {}, ...head.map((name, index) =>
    element("th", { scope: "col", class: index ? "number" : null }, name)))));
  const body = element("tbody");
  for (const field of run.fields.filter((field) => field.count > 0)) {
    body.append(element("tr", {}, element("td", {}, foreign(field.title)),
      ...[whole(field.count), short(field.least), short(field.mean), short(field.most)].map((text) =>
        element("td", { class: "number" }, text))));
  }
  if (body.children.length === 0) {
    body.append(element("tr", {}, element("td", { colspan: head.length }, "No parameter and no result is a number.")));
  }
  table.append(body);
}

// Returns the shown rows that have a number on each axis.
export function plotRows(...wanted) {
  const rows = [];
  for (const row of selection.rows) {
    if (wanted.every((axis) => Number.isFinite(axis.values[row]))) rows.push(row);
  }
  return rows;
}

// Maps numbers to places: [least, most] to [0, 1], and back.
export function scale(values, isLog) {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (isLog && !(value > 0)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return null;
  const to = isLog ? Math.log10 : (value) => value;
  const from = isLog ? (value) => 10 ** value : (value) => value;
  // Halves, so that the largest numbers do not overflow.
  const span = to(most) / 2 - to(least) / 2;
  return {
    least, most,
    place: (value) => span === 0 ? 0.5 : (to(value) / 2 - to(least) / 2) / span,
    value: (place) => from(to(least) + place * span * 2),
    ticks: (count) => {
      if (span === 0) return [least];
      if (!isLog || span * 2 < 1) return ticks(least, most, count);
      const step = Math.ceil(span * 2 / count);
      const result = [];
      for (let power = Math.ceil(to(least)); power <= to(most) + 1e-9; power += step) result.push(10 ** power);
      return result;
    },
  };
}
