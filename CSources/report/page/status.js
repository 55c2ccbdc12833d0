// The look of a status: a colour and a shape, so that readers need not distinguish colours. The
// page's data has the shapes, and its style has the colours.
import { run } from "./data.js";

const shapes = new Map(run.statuses.map((status, index) => [status, run.shapes[index]]));

// An SVG path in a box of 2 by 2 around 0.
export function shapeOf(status) {
  return shapes.get(status);
}

// The name of its colour, for `color`.
export function colorOf(status) {
  return `status-${status}`;
}

export function icon(status) {
  const name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  svg.setAttribute("viewBox", "-1 -1 2 2");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(name, "path");
  path.setAttribute("d", shapeOf(status));
  path.setAttribute("fill", `var(--${colorOf(status)})`);
  svg.append(path);
  return svg;
}
