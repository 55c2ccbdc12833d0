// The choice of calls that a plot shows: those of one kernel that sweep the same parameters, and
// of these the calls of one task.
import { run } from "./data.js";
import { whole } from "./format.js";

// With more tasks than this, they are not offered one by one.
const mostTasks = 60;

// Returns choices, each { title, rows, count, parameters }, the largest one first.
export function callGroups() {
  const swept = run.fields.filter((field) => field.kind === "point");
  const groups = new Map();
  for (let row = 0; row < run.count; row++) {
    let mask = 0;
    swept.forEach((field, index) => {
      const isThere = (field.numbers && !Number.isNaN(field.numbers[row])) || (field.texts && field.texts[row]);
      if (isThere) mask += 2 ** Math.min(index, 52);
    });
    const key = `${run.kernel[row]} ${mask}`;
    let group = groups.get(key);
    if (!group) groups.set(key, group = { kernel: run.kernel[row], mask, tasks: new Map(), isIn: new Uint8Array(run.count), count: 0 });
    group.isIn[row] = 1;
    group.count += 1;
    if (group.tasks.size <= mostTasks) group.tasks.set(run.task[row], (group.tasks.get(run.task[row]) || 0) + 1);
    if (groups.size > 200) return [everything()];
  }
  const all = [...groups.values()].sort((a, b) => (b.mask > 0) - (a.mask > 0) || b.count - a.count);
  const choices = [];
  for (const group of all) {
    const kernel = run.kernels[group.kernel].name;
    const names = swept.filter((_, index) => Math.floor(group.mask / 2 ** index) % 2 === 1).map((field) => field.name);
    const isAlone = all.filter((other) => other.kernel === group.kernel).length === 1;
    let title = isAlone || names.length === 0 ? kernel : `${kernel} over ${names.join(", ")}`;
    const tasks = [...group.tasks.keys()].filter((task) => task);
    if (group.tasks.size === 1 && tasks.length === 1) title = `${run.texts[tasks[0]]} (${title})`;
    const { isIn } = group;
    choices.push({ title, has: (row) => isIn[row] === 1, count: group.count });
    if (group.tasks.size < 2 || group.tasks.size > mostTasks) continue;
    for (const [task, count] of group.tasks) {
      const name = task ? `task ${run.texts[task]}` : "tasks without a name";
      choices.push({ title: `${title}, ${name}`, has: (row) => isIn[row] === 1 && run.task[row] === task, count });
    }
  }
  return choices.length > 0 ? choices : [everything()];
}

function everything() {
  return { title: `all ${whole(run.count)} calls`, has: () => true, count: run.count };
}
