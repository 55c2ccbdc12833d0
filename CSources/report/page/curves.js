// Array results: each call is a curve over the element's number, or over another array.
import { valueText } from "./axes.js";
import { axisTitle } from "./columns.js";
import { run } from "./data.js";
import { calls, short, whole } from "./format.js";
import { drawFrame, innerBox } from "./frame.js";
import { nearest } from "./hits.js";
import { scale, spansDecades } from "./scale.js";
import { dot } from "./tint.js";
import { axes } from "./axes.js";
import { seriesLook } from "./xy.js";

// The numbers that one drawing shows at most.
const mostNumbers = 400_000;

function curvesOf(study, rows) {
  const curves = [];
  let numbers = 0;
  for (const row of rows) {
    const ys = study.y.arrays.get(row);
    if (!ys) continue;
    numbers += ys.length;
    if (numbers > mostNumbers) break;
    const xs = study.x.isElement ? null : study.x.arrays.get(row);
    if (!study.x.isElement && (!xs || xs.length !== ys.length)) continue;
    curves.push({ row, xs, ys });
  }
  return curves;
}

export function curveScales(study) {
  study.panels = study.panels.map((panel) => ({ ...panel, curves: curvesOf(study, panel.rows) }));
  const shown = study.panels.flatMap((panel) => panel.curves);
  const extent = (arrays) => arrays.flatMap((values) => {
    let [least, most, positive] = [Infinity, -Infinity, Infinity];
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
      if (value > 0) positive = Math.min(positive, value);
    }
    return [least, positive, most];
  });
  const ys = extent(shown.map((curve) => curve.ys));
  const xs = study.x.isElement ? [0, Math.max(1, ...shown.map((curve) => curve.ys.length - 1))] : extent(shown.map((curve) => curve.xs));
  const isLog = (name, arrays) => axes.scales[name] ? axes.scales[name] === "log" : arrays.length > 0 && arrays.slice(0, 20).every(spansDecades);
  study.isLog = { x: !study.x.isElement && isLog("x", shown.map((curve) => curve.xs)), y: isLog("y", shown.map((curve) => curve.ys)), z: false };
  const x = scale(xs, { isLog: study.isLog.x, padding: 0.02 });
  const y = scale(ys, { isLog: study.isLog.y, padding: 0.04 });
  return x && y ? { x, y, look: seriesLook({ ...study, rows: shown.map((curve) => curve.row) }) } : null;
}

export function drawCurves(ink, outer, study, panel, { x, y, look }) {
  const box = innerBox(outer, y, false);
  drawFrame(ink, box, x, y, { x: axisTitle(study.x), y: axisTitle(study.y) });
  const hits = [];
  ink.clip(box.left, box.top, box.width, box.height, () => {
    for (const { row, xs, ys } of panel.curves) {
      const points = [];
      ys.forEach((value, i) => {
        const isThere = Number.isFinite(value) && (!study.isLog.y || value > 0);
        const at = box.left + box.width * x.place(xs ? xs[i] : i);
        const up = isThere ? box.top + box.height * (1 - y.place(value)) : NaN;
        points.push(at, up);
        if (!isThere) return;
        hits.push({ x: at, y: up, row, text: () => `${study.x.title} ${short(xs ? xs[i] : i)}: ${study.y.title} = ${short(value)}${study.series ? `, ${study.series.title} = ${valueText(study.series, study.series.values[row])}` : ""} (call ${whole(run.call[row])})` });
      });
      const shade = look.color(look.of(row));
      ink.line(points, shade, panel.curves.length > 40 ? 1 : 1.6);
      if (ys.length === 1) ink.marks(points.slice(0, 2), dot, 3, shade);
    }
  });
  const left = panel.rows.length - panel.curves.length;
  const rest = left > 0 ? `; ${calls(left)} more would be too much for one picture, or ${left === 1 ? "has" : "have"} no X of the same length` : "";
  const lost = panel.failed.length > 0 ? `; ${calls(panel.failed.length)} without a value` : "";
  return { text: `${calls(panel.curves.length)}, each as a curve${rest}${lost}`, box, ...nearest(hits) };
}
