// The plot: its panels, what the reader points at, and the pictures to take away.
//
// It is drawn here and not by a library: those under 300 KB (uPlot, for one) have no colour map,
// and those with one (Plotly, ECharts, Vega) have 1 MB or more, and inject styles that the page's policy forbids.
import { axisTitle } from "./columns.js";
import { prepare } from "./canvas.js";
import { curveScales, drawCurves } from "./curves.js";
import { run } from "./data.js";
import { saveCsv, savePng, saveSvg } from "./download.js";
import { byId, calls, plain, whole } from "./format.js";
import { barHeight, colorBar, legend } from "./frame.js";
import { drawHeat, heatScales, valueTint } from "./heat.js";
import { provenance } from "./head.js";
import { drawHistogram } from "./histogram.js";
import { CanvasInk, SvgInk, clipped } from "./ink.js";
import { colorOf, shapeOf } from "./status.js";
import { currentStudy } from "./study.js";
import { choose } from "./table.js";
import { seriesColor } from "./tint.js";
import { drawXY, xyScales } from "./xy.js";

const panelHeight = 380;
const state = { study: null, parts: [], hit: null };

export function setUpPlot() {
  const canvas = byId("curve");
  canvas.addEventListener("pointermove", (event) => point(hitAt(event.offsetX, event.offsetY), event));
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("click", (event) => take(hitAt(event.offsetX, event.offsetY)));
  canvas.addEventListener("keydown", plotKey);
  byId("save-svg").addEventListener("click", () => saveSvg(pictureAsSvg()));
  byId("save-png").addEventListener("click", () => savePng(pictureAsCanvas()));
  byId("save-csv").addEventListener("click", () => saveCsv(state.study));
}

export function drawPlot() {
  const canvas = byId("curve");
  const study = currentStudy();
  Object.assign(state, { study, hit: null });
  byId("tip").hidden = byId("ring").hidden = true;
  byId("histogram").parentElement.hidden = Boolean(study.y.arrays) || study.rows.length === 0;
  byId("plots").classList.toggle("wide", study.panels.length > 1 || Boolean(study.y.arrays));
  const width = Math.max(canvas.parentElement.clientWidth, 200);
  const plan = planOf(study, width);
  const context = prepare(canvas, plan.height);
  const texts = paintPlan(new CanvasInk(context, window.devicePixelRatio || 1), study, plan);
  byId("plot-note").textContent = plain([...new Set(study.notes)].join(" "));
  const text = `${study.title}: ${texts.join("; ")}`;
  byId("curve-caption").textContent = plain(text);
  canvas.setAttribute("aria-label", plain(text));
  for (const id of ["save-svg", "save-png", "save-csv"]) byId(id).disabled = plan.isEmpty;
  drawHistogram(study);
}

// Where everything of a figure is. The scales are shared by all panels.
function planOf(study, width) {
  const plan = { width, entries: [], bar: null, panels: [], isEmpty: study.rows.length === 0 && study.failed.length === 0 };
  if (study.rows.length === 0) plan.isEmpty = true;
  if (plan.isEmpty) return { ...plan, height: 120 };
  let shared;
  if (study.kind === "heat") shared = { ...heatScales(study, width - 90, panelHeight - 60), tint: valueTint(study) };
  else if (study.kind === "curves") shared = curveScales(study);
  else shared = { ...xyScales(study), tint: study.kind === "points" ? valueTint(study) : null };
  if (!shared) return { ...plan, isEmpty: true, height: 120 };
  plan.shared = shared;
  const tint = shared.tint || null;
  if (tint && tint.scale) plan.bar = { tint: tint.scale, title: axisTitle(study.y) };
  else if (shared.look && shared.look.tint) plan.bar = { tint: shared.look.tint, title: axisTitle(study.series) };
  plan.entries = legendEntries(study, shared);
  plan.legendHeight = legend(null, 0, 0, width - 24, plan.entries);
  const top = (plan.bar ? barHeight : 0) + plan.legendHeight;
  const across = study.panels.length > 1 && width >= 640 ? 2 : 1;
  const title = study.panels.length > 1 ? 22 : 0;
  study.panels.forEach((panel, index) => {
    const wide = (width - (across - 1) * 16) / across;
    plan.panels.push({
      panel, title,
      outer: {
        left: (index % across) * (wide + 16), width: wide, height: panelHeight,
        top: top + title + Math.floor(index / across) * (panelHeight + title),
      },
    });
  });
  plan.height = top + Math.ceil(study.panels.length / across) * (panelHeight + title);
  return plan;
}

function legendEntries(study, shared) {
  const entries = [];
  const list = study.kind === "heat" || study.kind === "points"
    ? (study.y.categories || []).map((text, i) => ({ text, color: seriesColor(i), shape: "M-1 -1H1V1H-1Z" })) : shared.look.list;
  for (const { text, color, shape } of list) {
    entries.push({
      text: study.series && study.kind !== "heat" ? `${study.series.title} = ${text}` : text,
      draw: (ink, x, y) => ink.marks([x, y], shape, 4.5, color),
    });
  }
  const counts = new Map();
  for (const row of study.failed) counts.set(run.status[row], (counts.get(run.status[row]) || 0) + 1);
  for (const [index, count] of [...counts].sort((a, b) => a[0] - b[0])) {
    const status = run.statuses[index];
    const text = status === "ok" ? `${whole(count)} without a number` : `${whole(count)} ${status}`;
    const tone = status === "ok" ? "quiet" : colorOf(status);
    entries.push({
      text,
      draw: (ink, x, y) => study.kind === "heat" ? ink.hatch(x - 8, y - 7, 16, 14, tone, true) : ink.marks([x, y], shapeOf(status), 4.5, tone),
    });
  }
  if (shared.isMissing) {
    entries.push({ text: "no call", draw: (ink, x, y) => ink.hatch(x - 8, y - 7, 16, 14, "line", false) });
  }
  return entries;
}

// Paints a plan, and returns the captions of the panels.
function paintPlan(ink, study, plan, top = 0) {
  state.parts = [];
  if (plan.isEmpty) {
    const text = study.failed.length > 0 ? `nothing to draw: ${calls(study.failed.length)} without a value of ${study.y.title}` : "nothing to draw";
    ink.text(plain(text), 8, top + 20, { size: 13 });
    return [text];
  }
  if (plan.bar) colorBar(ink, 4, top + 2, plan.width - 8, plan.bar.tint, plan.bar.title);
  legend(ink, 4, top + (plan.bar ? barHeight : 0), plan.width - 24, plan.entries);
  const draw = study.kind === "heat" ? drawHeat : study.kind === "curves" ? drawCurves : drawXY;
  return plan.panels.map(({ panel, outer, title }) => {
    const place = { ...outer, top: outer.top + top };
    if (title) ink.text(clipped(plain(panel.title), outer.width - 20, 13), outer.left + outer.width / 2, place.top - title / 2, { align: "center", size: 13, fill: "text", isStrong: true });
    const part = draw(ink, place, study, panel, plan.shared);
    state.parts.push({ ...part, outer: place });
    return panel.title ? `${panel.title}: ${part.text}` : part.text;
  });
}

// The rows of origin that a picture carries.
function pictureTitles() {
  return { title: state.study.title, facts: run.runs.map(provenance).filter(Boolean) };
}

function paintPicture(ink, plan) {
  const { title, facts } = pictureTitles();
  ink.rect(0, 0, plan.width, plan.height + 40 + facts.length * 18, "back");
  ink.text(clipped(plain(title), plan.width - 16, 15), 8, 18, { size: 15, fill: "text", isStrong: true });
  const parts = state.parts;
  paintPlan(ink, state.study, plan, 34);
  state.parts = parts;
  facts.forEach((fact, i) => ink.text(clipped(plain(fact), plan.width - 16, 11), 8, plan.height + 44 + i * 18, { size: 11 }));
}

const pictureWidth = 960;

function pictureHeight(plan) {
  return plan.height + 40 + pictureTitles().facts.length * 18;
}

function pictureAsSvg() {
  const plan = planOf(state.study, pictureWidth);
  const ink = new SvgInk(pictureWidth, pictureHeight(plan));
  paintPicture(ink, plan);
  return ink.toString();
}

function pictureAsCanvas() {
  const plan = planOf(state.study, pictureWidth);
  const canvas = document.createElement("canvas");
  const ratio = 2;
  canvas.width = pictureWidth * ratio;
  canvas.height = pictureHeight(plan) * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  paintPicture(new CanvasInk(context, ratio), plan);
  return canvas;
}

// MARK: What the reader points at

function hitAt(x, y) {
  const part = state.parts.find(({ outer }) => x >= outer.left && x <= outer.left + outer.width && y >= outer.top && y <= outer.top + outer.height);
  return part ? part.at(x, y) : null;
}

function point(hit) {
  state.hit = hit;
  const [tip, ring, canvas] = [byId("tip"), byId("ring"), byId("curve")];
  tip.hidden = ring.hidden = !hit;
  canvas.style.cursor = hit && hit.row >= 0 ? "pointer" : "default";
  if (!hit) return;
  const area = hit.area || { left: hit.x - 7, top: hit.y - 7, width: 14, height: 14 };
  for (const [name, value] of Object.entries({ left: area.left, top: area.top, width: area.width, height: area.height })) ring.style[name] = `${value}px`;
  ring.classList.toggle("round", !hit.area);
  tip.textContent = plain(hit.text()).slice(0, 400);
  const room = canvas.clientWidth;
  const left = Math.min(Math.max(hit.x - tip.offsetWidth / 2, 0), Math.max(room - tip.offsetWidth, 0));
  const above = area.top - tip.offsetHeight - 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${above >= -30 ? above : area.top + area.height + 8}px`;
}

function take(hit) {
  if (hit && hit.row >= 0) choose(hit.row);
}

function plotKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || state.parts.length === 0) return;
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  if (event.key === "Enter") {
    take(state.hit);
    if (state.hit && state.hit.row >= 0) byId("grid").focus();
  } else if (event.key === "Escape") {
    point(null);
  } else if (event.key in directions) {
    const part = state.parts.find(({ outer }) => state.hit && state.hit.x >= outer.left && state.hit.x <= outer.left + outer.width && state.hit.y >= outer.top && state.hit.y <= outer.top + outer.height) || state.parts[0];
    point(part.step(state.hit, ...directions[event.key]));
  } else {
    return;
  }
  event.preventDefault();
}
