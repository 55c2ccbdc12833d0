// The figures at the top, which include all calls.
import { run } from "./data.js";
import { byId, calls, element, foreign, plain, secondsText, short, whole } from "./format.js";
import { icon } from "./status.js";

export function setUpHead() {
  for (const note of run.notes) byId("notes").append(element("p", { class: "note" }, plain(note)));
  const figures = byId("figures");
  const add = (name, ...value) =>
    figures.append(element("div", {}, element("dt", {}, name), element("dd", {}, ...value)));
  const total = element("span", { id: "total" }, whole(run.calls));
  add("calls", total);
  run.statuses.forEach((status, index) => {
    if (run.counts[index] === 0) return;
    add(status, icon(status), element("span", { "data-count": status }, whole(run.counts[index])));
  });
  if (run.timed > 0) add("whole run", secondsText(run.last - Math.min(run.first, run.last)));
  add("total time of calls", secondsText(run.totalSeconds));
  if (run.totalSteps > 0) add("steps", run.totalSteps < 1e12 ? whole(run.totalSteps) : short(run.totalSteps));
  if (run.lanes.length > 0) add("lanes", run.hasMoreLanes ? `${run.lanes.length} or more` : whole(run.lanes.length));
  if (run.runs.length > 1) fillRuns();
  else addWritten(run.runs[0], add);
  fillOrigin();
}

function writtenText(one) {
  return new Date(one.written).toISOString().slice(0, 19).replace("T", " ");
}

function addWritten(one, add) {
  if (one.written === null) return;
  add("written", element("time", { datetime: new Date(one.written).toISOString() }, `${writtenText(one)} UTC`));
}

// Several runs side by side: the counts of each.
function fillRuns() {
  const table = byId("runs");
  const line = (name, values) => element("tr", {}, element("th", { scope: "row" }, name), ...values.map((value) => element("td", {}, value)));
  table.append(element("thead", {}, element("tr", {}, element("td", {}), ...run.runs.map((one) => element("th", { scope: "col" }, foreign(one.name))))));
  const body = element("tbody", {}, line("calls", run.runs.map((one) => whole(one.counts.reduce((sum, count) => sum + count, 0)))));
  run.statuses.forEach((status, index) => {
    if (run.counts[index] > 0) body.append(line(element("span", {}, icon(status), status), run.runs.map((one) => whole(one.counts[index]))));
  });
  if (run.runs.some((one) => one.written !== null)) body.append(line("written", run.runs.map((one) => one.written === null ? "" : `${writtenText(one)} UTC`)));
  table.append(body);
  byId("runs-box").hidden = false;
}

// What made the results. Of several runs, each in a column; rows that differ are marked.
function fillOrigin() {
  const rows = new Map();
  run.runs.forEach((one, index) => {
    const seen = new Map();
    for (const [name, text] of one.made) {
      // A name may be there several times, such as that of a plugin.
      const count = seen.get(name) || 0;
      seen.set(name, count + 1);
      const key = `${name}\n${count}`;
      if (!rows.has(key)) rows.set(key, { name, texts: run.runs.map(() => "") });
      rows.get(key).texts[index] = text;
    }
  });
  if (rows.size === 0) return;
  const body = element("tbody");
  if (run.runs.length > 1) {
    byId("origin").append(element("thead", {}, element("tr", {}, element("td", {}), ...run.runs.map((one) => element("th", { scope: "col" }, foreign(one.name))))));
  }
  for (const { name, texts } of rows.values()) {
    const differs = texts.some((text) => text !== texts[0]);
    body.append(element("tr", { class: differs ? "differs" : null },
      element("th", { scope: "row" }, differs ? `${name} ≠` : name), ...texts.map((text) => element("td", {}, foreign(text)))));
  }
  byId("origin").append(body);
  byId("made").hidden = false;
  byId("provenance").hidden = false;
  byId("provenance").append(...run.runs.map((one) => element("span", {}, foreign(provenance(one)))));
}

// The facts that one needs to make the same numbers, in one line.
export function provenance(one) {
  const made = new Map(one.made);
  const facts = [
    run.runs.length > 1 ? one.name : "", made.has("began") ? `began ${made.get("began")}` : "", made.has("host") ? `host ${made.get("host").split(",")[0]}` : "",
    made.has("manifest") ? `manifest ${made.get("manifest").split("/").pop()} (${made.get("fingerprint of the manifest") || ""})` : "",
    ...one.made.filter(([name]) => name === "plugin").map(([, path]) => `plugin ${path.split("/").pop()}`).slice(0, 3),
    made.get("machine") || "", made.get("processor") || "",
  ];
  return facts.filter(Boolean).join(" · ");
}

// Says which calls have a row, if some have no row.
export function rowsSentence() {
  if (!run.isThinned) return "";
  const ordinal = (number) => {
    const ending = number % 100 >= 11 && number % 100 <= 13 ? "th" : ["th", "st", "nd", "rd"][number % 10] || "th";
    return `every ${whole(number)}${ending}`;
  };
  const failed = run.failureStride === 1 ? "all failed calls" : `${ordinal(run.failureStride)} failed call`;
  const ok = run.okStride === 1 ? "all ok calls" : `${ordinal(run.okStride)} ok call`;
  return `The run has ${calls(run.calls)}; the table and the plot have ${whole(run.count)} of them: `
    + `${failed} and ${ok}. Counts and statistics include all calls.`;
}
