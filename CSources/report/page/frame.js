// The frame of a drawing: axes with titles and ticks, the legend and the colour bar.
import { ramp } from "./tint.js";
import { clipped, textWidth } from "./ink.js";
import { plain } from "./format.js";

const size = 12;

// Returns the inner box for an outer one, with room for ticks and titles.
export function innerBox(outer, y, hasStrip) {
  const labels = y.ticks(tickCount(outer.height, 46)).map((tick) => textWidth(tick.text, size));
  const left = Math.min(Math.max(...labels, 10) + 34, outer.width / 3);
  const top = 12;
  const bottom = 42 + (hasStrip ? 14 : 0);
  return {
    left: outer.left + left, top: outer.top + top,
    width: Math.max(outer.width - left - 16, 10), height: Math.max(outer.height - top - bottom, 10),
    outer, labels: left - 34, strip: hasStrip ? 14 : 0,
  };
}

function tickCount(length, each) {
  return Math.max(Math.floor(length / each), 2);
}

// Draws grid lines, ticks, labels and titles. `names` has the titles of the axes.
export function drawFrame(ink, box, x, y, names, hasGrid = true) {
  const bottom = box.top + box.height;
  for (const tick of y.ticks(tickCount(box.height, 46))) {
    const place = Math.round(box.top + box.height * (1 - y.place(tick.value))) + 0.5;
    if (place < box.top - 1 || place > bottom + 1) continue;
    if (hasGrid && !tick.isMinor) ink.line([box.left, place, box.left + box.width, place], "line");
    ink.line([box.left - (tick.isMinor ? 3 : 5), place, box.left, place], "quiet");
    if (tick.text) ink.text(clipped(tick.text, box.labels, size), box.left - 8, place, { align: "right" });
  }
  let free = -Infinity;
  const axis = bottom + box.strip;
  for (const tick of x.ticks(tickCount(box.width, 56))) {
    const place = Math.round(box.left + box.width * x.place(tick.value)) + 0.5;
    if (place < box.left - 1 || place > box.left + box.width + 1) continue;
    if (hasGrid && !tick.isMinor) ink.line([place, box.top, place, bottom], "line");
    ink.line([place, axis, place, axis + (tick.isMinor ? 3 : 5)], "quiet");
    if (!tick.text) continue;
    const text = clipped(tick.text, Math.max(box.width / 2, 40), size);
    const half = textWidth(text, size) / 2;
    const middle = Math.min(Math.max(place, box.outer.left + half), box.outer.left + box.outer.width - half);
    // Labels do not touch each other.
    if (middle - half < free + 6) continue;
    ink.text(text, middle, axis + 14, { align: "center" });
    free = middle + half;
  }
  ink.frame(box.left + 0.5, box.top + 0.5, box.width, box.height + box.strip, "quiet");
  ink.text(clipped(plain(names.x), box.width, 13), box.left + box.width / 2, axis + 32, { align: "center", size: 13, fill: "text" });
  ink.text(clipped(plain(names.y), box.height + box.strip, 13), box.outer.left + 9, box.top + (box.height + box.strip) / 2, { align: "center", size: 13, fill: "text", isUpright: true });
}

// Lays out entries { text, draw(ink, x, y) } in lines, and returns their height; draws with an ink.
export function legend(ink, left, top, width, entries) {
  let x = left;
  let y = top;
  for (const entry of entries) {
    const text = clipped(plain(entry.text), Math.min(width - 28, 260), size);
    const wide = 24 + textWidth(text, size) + 14;
    if (x > left && x + wide > left + width) { x = left; y += 20; }
    if (ink) {
      entry.draw(ink, x + 9, y + 10);
      ink.text(text, x + 22, y + 10, { fill: "text" });
    }
    x += wide;
  }
  return entries.length === 0 ? 0 : y - top + 24;
}

export const barHeight = 46;

// Draws a bar with the colours of a scale, its ticks and its title.
export function colorBar(ink, left, top, width, tint, title) {
  const name = clipped(plain(title), Math.max(width * 0.4, 60), 13);
  const start = left + textWidth(name, 13) + 12;
  const wide = Math.min(left + width - start - 24, 360);
  ink.text(name, left, top + 8, { size: 13, fill: "text" });
  for (let i = 0; i < wide; i += 2) ink.rect(start + i, top, Math.min(3, wide - i), 16, ramp(i / wide));
  ink.frame(start + 0.5, top + 0.5, wide, 16, "quiet");
  let free = -Infinity;
  for (const tick of tint.ticks(Math.max(Math.floor(wide / 70), 2))) {
    const place = start + wide * tint.place(tick.value);
    if (place < start - 1 || place > start + wide + 1) continue;
    ink.line([place, top + 16, place, top + (tick.isMinor ? 19 : 21)], "quiet");
    const half = textWidth(tick.text, size) / 2;
    if (!tick.text || place - half < free + 6) continue;
    ink.text(tick.text, place, top + 29, { align: "center" });
    free = place + half;
  }
}
