// The timeline, with one row for each lane. The height shows how many calls were live. A call is a
// slice of its own if there is room. Failed calls always have a mark above.
import { color, prepare } from "./canvas.js";
import { run } from "./data.js";
import { byId, plain, secondsText, short, whole } from "./format.js";
import { ticks } from "./scale.js";
import { selection } from "./select.js";
import { colorOf } from "./status.js";
import { choose } from "./table.js";
import { binned, failing, isTimed, slices } from "./time.js";

const timeline = {
  canvas: byId("lanes"),
  whole: [0, 1],
  from: 0,
  to: 1,
  // The place of the reader's mark: a time and a lane.
  mark: null,
  drawn: null,
  gutter: 56,
  strip: 6,
};

export function setUpTimeline() {
  if (!isTimed) {
    byId("timeline-note").textContent = run.calls === 0
      ? "There are no calls."
      : "The records do not contain start times and lanes, so there is no timeline. "
        + "A newer host writes them.";
    for (const id of ["lanes", "timeline-readout", "timeline-keys"]) byId(id).hidden = true;
    document.querySelector("#timeline .buttons").hidden = true;
    return;
  }
  const margin = Math.max((run.last - run.first) * 0.005, 1e-9);
  timeline.whole = [Math.max(run.first - margin, 0), run.last + margin];
  [timeline.from, timeline.to] = timeline.whole;
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoomBy(button.dataset.zoom));
  }
  const { canvas } = timeline;
  canvas.addEventListener("keydown", timelineKey);
  canvas.addEventListener("wheel", (event) => {
    // Without focus, the wheel scrolls the page.
    if (!event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    zoomAt(timeAt(event.offsetX), Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200))));
  }, { passive: false });
  let dragged = null;
  canvas.addEventListener("pointerdown", (event) => {
    dragged = { x: event.offsetX, from: timeline.from, to: timeline.to, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (dragged) {
      const shift = (dragged.x - event.offsetX) / plotWidth() * (dragged.to - dragged.from);
      if (Math.abs(event.offsetX - dragged.x) > 3) dragged.moved = true;
      if (dragged.moved) return show(dragged.from + shift, dragged.to + shift);
    }
    setMark(timeAt(event.offsetX), laneAt(event.offsetY), event.offsetY);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (dragged && !dragged.moved) {
      setMark(timeAt(event.offsetX), laneAt(event.offsetY), event.offsetY);
      const row = rowAtMark();
      if (row >= 0) choose(row);
    }
    dragged = null;
  });
  canvas.addEventListener("pointercancel", () => { dragged = null; });
}

function plotWidth() {
  return Math.max(timeline.canvas.clientWidth - timeline.gutter, 10);
}

function laneHeight() {
  return Math.max(14, Math.min(44, 420 / run.laneNames.length));
}

function timeAt(x) {
  return timeline.from + (x - timeline.gutter) / plotWidth() * (timeline.to - timeline.from);
}

function laneAt(y) {
  return Math.max(0, Math.min(run.laneNames.length - 1, Math.floor(y / (laneHeight() + 6))));
}

function show(from, to) {
  const [first, last] = timeline.whole;
  const least = Math.max((last - first) * 1e-9, 1e-9);
  const span = Math.min(Math.max(to - from, least), last - first);
  from = Math.max(first, Math.min(from + (to - from - span) / 2, last - span));
  timeline.from = from;
  timeline.to = from + span;
  drawTimeline();
}

function zoomAt(time, factor) {
  show(time - (time - timeline.from) * factor, time + (timeline.to - time) * factor);
}

function zoomBy(action) {
  const { from, to } = timeline;
  const span = to - from;
  const middle = timeline.mark && timeline.mark.time > from && timeline.mark.time < to
    ? timeline.mark.time : (from + to) / 2;
  if (action === "in") zoomAt(middle, 0.5);
  else if (action === "out") zoomAt(middle, 2);
  else if (action === "left") show(from - span / 2, to - span / 2);
  else if (action === "right") show(from + span / 2, to + span / 2);
  else show(...timeline.whole);
}

function timelineKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { from, to } = timeline;
  const mark = timeline.mark || { time: (from + to) / 2, lane: 0 };
  const step = (to - from) / 100;
  const move = (time, lane) => {
    const span = to - from;
    if (time < from) show(time - span * 0.1, time + span * 0.9);
    else if (time > to) show(time - span * 0.9, time + span * 0.1);
    setMark(time, Math.max(0, Math.min(run.laneNames.length - 1, lane)));
  };
  const actions = {
    ArrowLeft: () => move(Math.max(mark.time - step, timeline.whole[0]), mark.lane),
    ArrowRight: () => move(Math.min(mark.time + step, timeline.whole[1]), mark.lane),
    ArrowUp: () => move(mark.time, mark.lane - 1),
    ArrowDown: () => move(mark.time, mark.lane + 1),
    PageUp: () => zoomBy("left"),
    PageDown: () => zoomBy("right"),
    "+": () => zoomBy("in"),
    "=": () => zoomBy("in"),
    "-": () => zoomBy("out"),
    0: () => zoomBy("all"),
    Home: () => zoomBy("all"),
    n: () => nextFailure(1),
    p: () => nextFailure(-1),
    Enter: () => { const row = rowAtMark(); if (row >= 0) { choose(row); byId("grid").focus(); } },
  };
  const action = actions[event.key] || actions[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

function nextFailure(direction) {
  const now = timeline.mark ? timeline.mark.time : direction > 0 ? -Infinity : Infinity;
  let best = -1;
  for (const row of selection.rows) {
    const start = run.start[row];
    if (!failing[run.status[row]] || Number.isNaN(start) || (start - now) * direction <= 0) continue;
    if (best < 0 || (start - run.start[best]) * direction < 0) best = row;
  }
  if (best < 0) return;
  const span = timeline.to - timeline.from;
  const start = run.start[best];
  if (start < timeline.from || start > timeline.to) show(start - span / 2, start + span / 2);
  timeline.mark = { time: start, lane: run.lane[best], row: best };
  drawTimeline();
}

function setMark(time, lane, y = null) {
  timeline.mark = { time, lane, y };
  drawTimeline();
}

// Returns the row of the call under the mark; -1 if calls are not distinguished there.
function rowAtMark() {
  const { mark, drawn } = timeline;
  if (!mark) return -1;
  if (mark.row !== undefined) return mark.row;
  const slice = drawn && drawn.slices[mark.lane];
  if (!slice) return -1;
  const reach = (timeline.to - timeline.from) / plotWidth() * 2;
  const top = mark.lane * (laneHeight() + 6) + timeline.strip;
  const height = (laneHeight() - timeline.strip) / Math.max(slice.depth, 1);
  let best = -1;
  let nearest = Infinity;
  slice.rows.forEach((row, index) => {
    if (mark.y !== null && mark.y > top && Math.floor((mark.y - top) / height) !== slice.levels[index]) return;
    const start = run.start[row];
    const distance = Math.max(start - mark.time, mark.time - start - run.live[row], 0);
    if (distance <= reach && distance < nearest) {
      nearest = distance;
      best = row;
    }
  });
  return best;
}

export function drawTimeline() {
  if (!isTimed) return;
  const { canvas, from, to, gutter, strip } = timeline;
  const height = laneHeight();
  const lanes = run.laneNames.length;
  const total = lanes * (height + 6) + 20;
  const context = prepare(canvas, total);
  const width = plotWidth();
  const parts = Math.max(Math.floor(width), 1);
  const bins = binned(from, to, parts);
  const drawn = { bins, slices: [] };
  timeline.drawn = drawn;
  let peak = 1;
  for (let lane = 0; lane < lanes; lane++) {
    for (let part = 0; part < parts; part++) {
      let live = 0;
      for (const one of bins.live[lane]) if (one) live += one[part];
      peak = Math.max(peak, live);
    }
  }
  const x = (time) => gutter + (time - from) / (to - from) * width;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (let lane = 0; lane < lanes; lane++) {
    const top = lane * (height + 6);
    context.fillStyle = color("quiet");
    context.textAlign = "left";
    context.fillText(plain(run.laneNames[lane]).slice(0, 8), 6, top + height / 2 + 2);
    context.fillStyle = color("line");
    context.fillRect(gutter, top + height, width, 1);
    const room = height - strip;
    const slice = slices(from, to, lane, 1500, Math.max(Math.floor(room / 4), 1));
    drawn.slices.push(slice);
    if (slice) drawSlices(context, slice, x, top + strip, room, gutter, width);
    else drawLive(context, bins, lane, peak, top + strip, room, gutter);
    drawFailures(context, bins, lane, top, gutter);
  }
  drawTimes(context, x, lanes * (height + 6), width);
  if (timeline.mark) drawMark(context, x, height);
  sayTimeline(peak);
}

function drawSlices(context, slice, x, top, room, gutter, width) {
  const height = room / Math.max(slice.depth, 1);
  slice.rows.forEach((row, index) => {
    const a = Math.max(x(run.start[row]), gutter);
    const b = Math.min(x(run.start[row] + run.live[row]), gutter + width);
    const wide = Math.max(b - a - (b - a > 4 ? 1 : 0), 1);
    context.fillStyle = color(colorOf(run.statuses[run.status[row]]));
    context.fillRect(a, top + slice.levels[index] * height, wide, Math.max(height - 1, 1));
  });
}

function drawLive(context, bins, lane, peak, top, room, gutter) {
  for (let part = 0; part < bins.parts; part++) {
    let bottom = top + room;
    bins.live[lane].forEach((live, status) => {
      if (!live || !(live[part] > 0)) return;
      const high = Math.max(live[part] / peak * room, failing[status] ? 2 : 1);
      context.fillStyle = color(colorOf(run.statuses[status]));
      context.fillRect(gutter + part, Math.max(bottom - high, top), 1, Math.min(high, bottom - top));
      bottom = Math.max(bottom - high, top);
    });
  }
}

function drawFailures(context, bins, lane, top, gutter) {
  bins.ended[lane].forEach((ended, status) => {
    if (!ended || !failing[status]) return;
    context.fillStyle = color(colorOf(run.statuses[status]));
    for (let part = 0; part < bins.parts; part++) {
      if (ended[part] > 0) {
        context.beginPath();
        context.moveTo(gutter + part - 2.5, top);
        context.lineTo(gutter + part + 3.5, top);
        context.lineTo(gutter + part + 0.5, top + 5.5);
        context.fill();
      }
    }
  });
}

function drawTimes(context, x, top, width) {
  context.fillStyle = color("quiet");
  for (const time of ticks(timeline.from, timeline.to, Math.floor(width / 100))) {
    const place = x(time);
    context.textAlign = place < timeline.gutter + 30 ? "left" : place > timeline.gutter + width - 30 ? "right" : "center";
    context.fillText(secondsText(Math.max(time, 0)), place, top + 10);
  }
}

function drawMark(context, x, height) {
  const { mark } = timeline;
  context.strokeStyle = color("text");
  const place = Math.round(x(mark.time)) + 0.5;
  if (place < timeline.gutter) return;
  context.beginPath();
  context.moveTo(place, 0);
  context.lineTo(place, run.laneNames.length * (height + 6));
  context.stroke();
  context.strokeRect(timeline.gutter + 0.5, mark.lane * (height + 6) + 0.5, plotWidth() - 1, height);
}

function sayTimeline(peak) {
  const { mark, drawn, from, to } = timeline;
  const span = `${secondsText(from)} to ${secondsText(to)}`;
  const source = run.isThinned && !selection.isByStatus ? " With a filter, it shows only calls of the table." : "";
  byId("timeline-note").textContent =
    `${span} of the run. Lane height: live calls, at most ${short(peak)}; `
    + `triangles mark failed calls.${source}`;
  let text = "";
  const row = rowAtMark();
  if (row >= 0) {
    const error = run.error[row] ? `: ${run.texts[run.error[row]]}` : "";
    text = `Call ${whole(run.call[row])}, ${run.kernels[run.kernel[row]].name}, ${run.statuses[run.status[row]]}${error}; `
      + `from ${secondsText(run.start[row])}, for ${secondsText(run.live[row])}`;
  } else if (mark) {
    const part = Math.floor((mark.time - from) / (to - from) * drawn.bins.parts);
    const names = run.statuses.flatMap((status, index) => {
      const live = drawn.bins.live[mark.lane][index];
      const ended = drawn.bins.ended[mark.lane][index];
      const count = live && live[part] || 0;
      const ends = ended && ended[part] || 0;
      return count > 0 || ends > 0 ? [`${short(Number(count.toPrecision(3)))} ${status} live, ${whole(ends)} ended`] : [];
    });
    text = `Lane ${run.laneNames[mark.lane]} at ${secondsText(Math.max(mark.time, 0))}: ${names.join("; ") || "nothing"}`;
  }
  byId("timeline-readout").textContent = plain(text);
}
