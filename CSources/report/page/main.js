"use strict";
// Puts the parts together.

function color(name) {
  // Asked for thousands of times a drawing.
  return (color.known[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
}
color.known = {};

// A canvas as wide as its place, ready to draw on in the page's pixels.
function prepare(canvas, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  const width = canvas.clientWidth;
  canvas.width = Math.max(Math.round(width * ratio), 1);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}

function drawAll() {
  color.known = {};
  drawTimeline();
  drawPlot();
  drawRows();
}

// The rows that a printed page has; all of them would be thousands of pages.
const printed = 200;

function main() {
  setUpHead();
  setUpSelection();
  setUpFailures();
  setUpTimeline();
  setUpTable();
  setUpAxes();
  selection.listeners.push(drawTimeline, updateTable, drawPlot);
  selection.update();

  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(drawAll);
  });
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    window.matchMedia(query).addEventListener("change", drawAll);
  }
  window.matchMedia("print").addEventListener("change", (event) => {
    drawAll();
    if (!event.matches) return;
    const count = Math.min(printed, table.sorted.length);
    putRows(0, count);
    byId("print-note").textContent = count < table.sorted.length
      ? `The first ${whole(count)} of ${whole(table.sorted.length)} rows.` : "";
    table.body.style.height = "auto";
  });
  window.addEventListener("afterprint", () => updateTable());
  document.documentElement.dataset.ready = "yes";
}

main();
