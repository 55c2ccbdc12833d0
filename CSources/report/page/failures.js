// The failures by kernel and error, the most frequent first.
import { replayCommand, run } from "./data.js";
import { byId, commandLine, element, foreign, whole } from "./format.js";
import { selectOnly } from "./select.js";
import { icon } from "./status.js";

export function setUpFailures() {
  if (run.failures.length === 0) return;
  byId("failures").hidden = false;
  const most = 6;
  const groups = byId("groups");
  run.failures.slice(0, most).forEach((group) => groups.append(failureGroup(group)));
  const rest = run.failures.slice(most);
  if (rest.length === 0) return;
  const button = element("button", { type: "button" }, `Show ${whole(rest.length)} more kinds of failure`);
  button.addEventListener("click", () => {
    const first = failureGroup(rest[0]);
    button.replaceWith(first, ...rest.slice(1).map(failureGroup));
    first.querySelector("button").focus();
  });
  groups.append(button);
}

function failureGroup(group) {
  const status = run.statuses[group.status];
  const only = element("button", { type: "button", class: "small" }, "Show these calls in the table");
  only.addEventListener("click", () => selectOnly(group.kernel, group.status));
  return element("div", { class: "group" },
    element("div", { class: "what" },
      element("span", { class: "count" }, icon(status), `${whole(group.count)} ${status}`),
      element("span", { class: "mono" }, foreign(run.kernels[group.kernel].name)), only),
    element("div", {}, foreign(group.error || "(no message)")),
    element("div", { class: "quiet" }, group.count > 1 ? `for example call ${group.call}; run it again:` : `call ${group.call}; run it again:`),
    commandLine(replayCommand(group.call, group.run)));
}
