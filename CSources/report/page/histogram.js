// How many calls have which value of the result.
import { axisTitle } from "./columns.js";
import { prepare } from "./canvas.js";
import { byId, plain, whole } from "./format.js";
import { drawFrame, innerBox } from "./frame.js";
import { CanvasInk } from "./ink.js";
import { scale } from "./scale.js";

const height = 300;

export function drawHistogram(study) {
  const canvas = byId("histogram");
  if (canvas.parentElement.hidden) return;
  const context = prepare(canvas, height);
  const ink = new CanvasInk(context, window.devicePixelRatio || 1);
  const values = study.rows.map((row) => study.y.values[row]);
  const along = scale(values, { isLog: study.isLog.y, categories: study.y.categories || null });
  const parts = along.categories ? along.categories.length
    : along.least === along.most ? 1 : Math.max(1, Math.min(60, Math.ceil(Math.sqrt(values.length))));
  const count = new Uint32Array(parts);
  for (const value of values) count[Math.max(0, Math.min(Math.floor(along.place(value) * parts), parts - 1))] += 1;
  const up = scale(count, { from: 0, padding: 0.05 });
  const outer = { left: 0, top: 0, width: canvas.clientWidth, height };
  const box = innerBox(outer, up, false);
  drawFrame(ink, box, along, up, { x: axisTitle(study.y), y: "number of calls" });
  const wide = box.width / parts;
  count.forEach((number, part) => {
    const high = Math.max(number ? 1 : 0, box.height * up.place(number));
    const gap = along.categories ? wide * 0.15 : wide > 4 ? 0.5 : 0;
    ink.rect(box.left + part * wide + gap, box.top + box.height - high, wide - 2 * gap, high, "series-0");
  });
  const text = `distribution of ${study.y.title} (${whole(parts)} ${along.categories ? "categories" : parts === 1 ? "bin" : "bins"})`;
  byId("histogram-caption").textContent = plain(text);
  canvas.setAttribute("aria-label", plain(`Histogram: ${text}`));
}
