// Everything that is known about the chosen call.
import { fieldText, replayCommand, run } from "./data.js";
import { byId, commandLine, element, foreign, numberText, whole } from "./format.js";
import { icon } from "./status.js";

export function showDetails(row) {
  const panel = byId("details");
  panel.replaceChildren();
  panel.hidden = row < 0;
  if (row < 0) return;
  const status = run.statuses[run.status[row]];
  panel.append(element("h3", {}, `Call ${run.call[row]}`));
  const list = element("dl");
  const add = (name, ...value) =>
    list.append(element("dt", {}, foreign(name)), element("dd", {}, ...value));
  if (run.runs.length > 1) add("run", foreign(run.runs[run.run[row]].name));
  if (run.task[row]) add("task", foreign(run.texts[run.task[row]]));
  add("kernel", foreign(run.kernels[run.kernel[row]].name));
  add("status", icon(status), status);
  if (run.error[row]) add("error", foreign(run.texts[run.error[row]]));
  if (run.warning[row]) add("warning", foreign(run.texts[run.warning[row]]));
  for (const field of run.fields) {
    const text = fieldText(field, row);
    if (text !== "") add(field.title, foreign(field.unit ? `${text} ${field.unit}` : text));
  }
  add("attempts", String(run.attempts[row]));
  add("steps", whole(run.steps[row]));
  add("seconds", numberText(run.seconds[row]));
  if (run.live[row] > run.seconds[row]) add("from start to end", `${numberText(run.live[row])} s, shared with other calls`);
  if (!Number.isNaN(run.start[row])) add("start", `${numberText(run.start[row])} s, in lane ${run.laneNames[run.lane[row]]}`);
  panel.append(list, element("p", { class: "quiet" }, "Run it again:"), commandLine(replayCommand(run.call[row], run.run[row])));
}
