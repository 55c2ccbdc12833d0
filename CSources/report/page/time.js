// The sums of the timeline: how many calls of each lane and status were live, in equal parts of a
// span of time.
import { run } from "./data.js";
import { selection } from "./select.js";

export const isTimed = run.timed > 0;
export const failing = run.statuses.map((status) => status !== "ok");

// Whether the sums of all calls are used, because some calls have no row.
function usesBins() {
  return run.isThinned && selection.isByStatus;
}

// Returns { live, ended }: for each lane and status an array of `parts` numbers, or null.
export function binned(from, to, parts) {
  const empty = () => run.laneNames.map(() => run.statuses.map(() => null));
  const result = { live: empty(), ended: empty(), from, to, parts };
  if (usesBins()) addBins(result);
  else addRows(result);
  return result;
}

function series(result, kind, lane, status) {
  return (result[kind][lane][status] ??= new Float64Array(result.parts + 1));
}

// Adds each row in constant time. Its first and last part get a share, and the parts between them
// follow from the sum of changes.
function addRows(result) {
  const { from, to, parts } = result;
  const width = (to - from) / parts;
  const changes = run.laneNames.map(() => run.statuses.map(() => null));
  for (const row of selection.rows) {
    const start = run.start[row];
    if (!(start <= to)) continue;
    const end = start + run.live[row];
    if (end < from) continue;
    const lane = run.lane[row];
    const status = run.status[row];
    const live = series(result, "live", lane, status);
    const a = Math.max((start - from) / width, 0);
    const b = Math.min((end - from) / width, parts);
    const first = Math.min(Math.floor(a), parts - 1);
    const last = Math.min(Math.floor(b), parts - 1);
    if (first === last) {
      live[first] += b - a;
    } else {
      const change = (changes[lane][status] ??= new Int32Array(parts + 1));
      live[first] += first + 1 - a;
      live[last] += b - last;
      change[first + 1] += 1;
      change[last] -= 1;
    }
    if (end <= to) series(result, "ended", lane, status)[last] += 1;
  }
  changes.forEach((lane, laneIndex) => lane.forEach((change, status) => {
    if (!change) return;
    const live = result.live[laneIndex][status];
    let filling = 0;
    for (let part = 0; part < parts; part++) live[part] += filling += change[part];
  }));
}

// Adds the sums of all calls, which the page carries in bins.
function addBins(result) {
  const { from, to, parts } = result;
  const width = (to - from) / parts;
  const scale = width / run.binWidth;
  for (const bin of run.bins) {
    if (!selection.statuses.has(bin.status)) continue;
    const live = series(result, "live", bin.lane, bin.status);
    const ended = series(result, "ended", bin.lane, bin.status);
    for (let part = 0; part < parts; part++) {
      const a = from / run.binWidth + part * scale;
      const b = a + scale;
      let sum = 0;
      for (let i = Math.floor(a); i < Math.min(b, run.binCount); i++) {
        const share = Math.min(b, i + 1) - Math.max(a, i);
        sum += bin.live[i] * share;
        // The ends of a bin count once, in the part with its middle.
        if (i + 0.5 >= a && i + 0.5 < b) ended[part] += bin.ended[i];
      }
      live[part] = sum / scale;
    }
  }
}

// Returns { rows, levels, depth }: the rows of a span, on levels where no row covers another. Null
// if there are too many to distinguish.
export function slices(from, to, lane, mostRows, mostDepth) {
  if (usesBins()) return null;
  const rows = [];
  for (const row of selection.rows) {
    if (run.lane[row] !== lane || !(run.start[row] <= to)) continue;
    if (run.start[row] + run.live[row] < from) continue;
    rows.push(row);
    if (rows.length > mostRows) return null;
  }
  rows.sort((a, b) => run.start[a] - run.start[b] || a - b);
  const ends = [];
  const levels = rows.map((row) => {
    let level = ends.findIndex((end) => end <= run.start[row]);
    if (level < 0) level = ends.length;
    ends[level] = run.start[row] + run.live[row];
    return level;
  });
  return ends.length > mostDepth ? null : { rows, levels, depth: ends.length };
}
