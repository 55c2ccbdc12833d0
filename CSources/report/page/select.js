// The selection of shown rows by status, kernel and text. Table, plot and timeline listen to it.
import { compare, run } from "./data.js";
import { byId, calls, element, plain, whole } from "./format.js";
import { icon } from "./status.js";

export const selection = {
  statuses: new Set(run.statuses.keys()),
  kernel: -1,
  text: "",
  // The rows that are shown, in the file's order.
  rows: new Uint32Array(0),
  listeners: [],

  get isAll() {
    return this.kernel < 0 && this.text === "" && this.statuses.size === run.statuses.length;
  },

  // Whether only statuses are filtered: sums over all calls can be filtered by status, too.
  get isByStatus() {
    return this.kernel < 0 && this.text === "";
  },

  update() {
    const wanted = run.statuses.map((_, index) => this.statuses.has(index));
    const needle = this.text.toLowerCase();
    // Each text is compared once, even if many rows have it.
    const found = needle && run.texts.map((text) => text.toLowerCase().includes(needle));
    const rows = new Uint32Array(run.count);
    let count = 0;
    for (let row = 0; row < run.count; row++) {
      if (!wanted[run.status[row]]) continue;
      if (this.kernel >= 0 && run.kernel[row] !== this.kernel) continue;
      if (found && !found[run.task[row]] && !found[run.error[row]]) continue;
      rows[count++] = row;
    }
    this.rows = rows.slice(0, count);
    this.say();
    for (const listener of this.listeners) listener();
  },

  say() {
    const all = run.isThinned ? `the table's ${calls(run.count)}` : calls(run.count);
    byId("shown").textContent = this.isAll
      ? `All ${all} shown.` : `${whole(this.rows.length)} of ${all} shown.`;
    byId("reset").disabled = this.isAll;
  },
};

export function setUpSelection() {
  const buttons = [];
  run.statuses.forEach((status, index) => {
    if (run.counts[index] === 0) return;
    const button = element("button", { type: "button", "aria-pressed": "true", "data-status": status },
      icon(status), `${status} ${whole(run.counts[index])}`);
    button.addEventListener("click", () => {
      if (selection.statuses.has(index)) selection.statuses.delete(index);
      else selection.statuses.add(index);
      button.setAttribute("aria-pressed", String(selection.statuses.has(index)));
      selection.update();
    });
    buttons.push([index, button]);
    byId("statuses").append(button);
  });

  const kernels = byId("kernel");
  kernels.append(element("option", { value: "-1" }, `all ${whole(run.kernels.length)}`));
  const order = [...run.kernels.keys()].sort((a, b) => compare(run.kernels[a].name, run.kernels[b].name));
  for (const index of order) {
    kernels.append(element("option", { value: index }, plain(run.kernels[index].name)));
  }
  kernels.addEventListener("change", () => {
    selection.kernel = Number(kernels.value);
    selection.update();
  });

  // The page waits until the reader has stopped typing.
  const search = byId("search");
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      selection.text = search.value;
      selection.update();
    }, 120);
  });

  byId("reset").addEventListener("click", () => {
    selection.kernel = -1;
    selection.text = "";
    for (const index of run.statuses.keys()) selection.statuses.add(index);
    for (const [, button] of buttons) button.setAttribute("aria-pressed", "true");
    kernels.value = "-1";
    search.value = "";
    selection.update();
    kernels.focus();
  });
}

// Shows the calls of one kernel with one status, and moves to the table.
export function selectOnly(kernel, status) {
  selection.statuses.clear();
  selection.statuses.add(status);
  for (const button of byId("statuses").children) {
    const isOn = button.dataset.status === run.statuses[status];
    button.setAttribute("aria-pressed", String(isOn));
  }
  selection.kernel = kernel;
  byId("kernel").value = String(kernel);
  selection.text = "";
  byId("search").value = "";
  selection.update();
  byId("grid").focus();
}
