// Puts the parts together.
import { setUpAxes } from "./axes.js";
import { forgetColors } from "./canvas.js";
import { setUpFailures } from "./failures.js";
import { byId, whole } from "./format.js";
import { setUpHead } from "./head.js";
import { drawPlot, setUpPlot } from "./plot.js";
import { selection, setUpSelection } from "./select.js";
import { drawRows, setUpTable, showFirstRows, updateTable } from "./table.js";
import { drawTimeline, setUpTimeline } from "./timeline.js";

function drawAll() {
  forgetColors();
  drawTimeline();
  drawPlot();
  drawRows();
}

// The number of printed rows: all rows would be thousands of pages.
const printed = 200;

function main() {
  setUpHead();
  setUpSelection();
  setUpFailures();
  setUpTimeline();
  setUpTable();
  setUpAxes(drawPlot);
  setUpPlot();
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
    const { count, all } = showFirstRows(printed);
    byId("print-note").textContent = count < all
      ? `The first ${whole(count)} of ${whole(all)} rows.` : "";
  });
  window.addEventListener("afterprint", () => updateTable());
  document.documentElement.dataset.ready = "yes";
}

main();
