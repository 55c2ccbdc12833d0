// What all drawings need: colours, and a canvas of the right size.

// Colours that were looked up: a drawing needs each thousands of times.
const known = new Map();

// What `find` returned for this name since the colours changed.
export function remembered(name, find) {
  if (!known.has(name)) known.set(name, find());
  return known.get(name);
}

// A colour of the page's style.
export function color(name) {
  return remembered(name, () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
}

export function forgetColors() {
  known.clear();
}

// A canvas as wide as its place, ready to draw on in the page's pixels.
export function prepare(canvas, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  const width = canvas.clientWidth;
  canvas.width = Math.max(Math.round(width * ratio), 1);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}
