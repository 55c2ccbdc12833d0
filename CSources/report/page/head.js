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
  add("time of calls, summed", secondsText(run.totalSeconds));
  if (run.totalSteps > 0) add("steps", run.totalSteps < 1e12 ? whole(run.totalSteps) : short(run.totalSteps));
  if (run.lanes.length > 0) add("lanes", run.hasMoreLanes ? `${run.lanes.length} or more` : whole(run.lanes.length));
  if (run.written !== null) {
    const date = new Date(run.written);
    const text = date.toISOString().slice(0, 19).replace("T", " ");
    add("written", element("time", { datetime: date.toISOString() }, `${text} UTC`));
  }
  const body = element("tbody");
  for (const [name, text] of run.made) {
    body.append(element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, foreign(text))));
  }
  byId("origin").append(body);
  byId("made").hidden = run.made.length === 0;
}

// Says which calls have a row, if some have no row.
export function rowsSentence() {
  if (!run.isThinned) return "";
  const ordinal = (number) => {
    const ending = number % 100 >= 11 && number % 100 <= 13 ? "th" : ["th", "st", "nd", "rd"][number % 10] || "th";
    return `every ${whole(number)}${ending}`;
  };
  const failed = run.failureStride === 1 ? "all that failed" : `${ordinal(run.failureStride)} that failed`;
  const ok = run.okStride === 1 ? "all that are ok" : `${ordinal(run.okStride)} that is ok`;
  return `The run has ${calls(run.calls)}; the table and the plot have ${whole(run.count)} of them: `
    + `${failed} and ${ok}. Counts and figures are of all.`;
}
