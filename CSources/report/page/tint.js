// Colours of values, and of series. A low value never has the colour of the page.
import { color } from "./canvas.js";

// Viridis, which is even for the eye, also without colours.
const stops = [
  [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
];

function isDark() {
  return window.matchMedia("(prefers-color-scheme: dark)").matches && !window.matchMedia("print").matches;
}

// Returns a colour for a place from 0 to 1, away from the colour of the page.
export function ramp(place) {
  const [from, to] = isDark() ? [0.15, 1] : [0, 0.93];
  const at = (from + Math.max(0, Math.min(1, place)) * (to - from)) * (stops.length - 1);
  const index = Math.min(Math.floor(at), stops.length - 2);
  const parts = stops[index].map((value, i) => Math.round(value + (stops[index + 1][i] - value) * (at - index)));
  return `rgb(${parts.join(", ")})`;
}

export const seriesCount = 8;

export function seriesColor(index) {
  return color(`series-${index % seriesCount}`);
}

// Shapes of series, so that readers need not distinguish colours.
const shapes = [
  "M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z", "M-.9 -.9H.9V.9H-.9Z", "M0 -1.15L1.1 .85H-1.1Z", "M0 -1.25L1.25 0L0 1.25L-1.25 0Z",
  "M0 1.15L1.1 -.85H-1.1Z", "M-.35 -1.1H.35V-.35H1.1V.35H.35V1.1H-.35V.35H-1.1V-.35H-.35Z",
];

export function seriesShape(index) {
  return shapes[index % shapes.length];
}

export const dot = shapes[0];
