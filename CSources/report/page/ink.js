// What drawings use to draw: the same calls paint a canvas or write an SVG file.
import { color } from "./canvas.js";

const family = "system-ui, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, sans-serif";
const measuring = document.createElement("canvas").getContext("2d");

export function textWidth(text, size = 12) {
  measuring.font = `${size}px ${family}`;
  return measuring.measureText(text).width;
}

// Returns the text, cut to a width.
export function clipped(text, width, size = 12) {
  if (textWidth(text, size) <= width) return text;
  let end = text.length;
  while (end > 1 && textWidth(`${text.slice(0, end)}…`, size) > width) end--;
  return `${text.slice(0, end)}…`;
}

// Colours are names of the page's style, or begin with "#" or "rgb".
function paint(name) {
  return /^(#|rgb)/.test(name) ? name : color(name);
}

export class CanvasInk {
  constructor(context, ratio) {
    this.context = context;
    this.ratio = ratio;
    this.patterns = new Map();
  }

  rect(x, y, width, height, fill) {
    this.context.fillStyle = paint(fill);
    this.context.fillRect(x, y, width, height);
  }

  frame(x, y, width, height, stroke, thick = 1) {
    this.context.strokeStyle = paint(stroke);
    this.context.lineWidth = thick;
    this.context.strokeRect(x, y, width, height);
  }

  // Lines between points, [x, y, x, y, ...]. A NaN ends a line.
  line(points, stroke, thick = 1) {
    const { context } = this;
    context.strokeStyle = paint(stroke);
    context.lineWidth = thick;
    context.lineJoin = "round";
    context.beginPath();
    eachPoint(points, (x, y, isFirst) => context[isFirst ? "moveTo" : "lineTo"](x, y));
    context.stroke();
  }

  // The same SVG path at many points.
  marks(points, path, size, fill) {
    const { context } = this;
    context.fillStyle = paint(fill);
    const shape = new Path2D(path);
    for (let i = 0; i < points.length; i += 2) {
      context.save();
      context.translate(points[i], points[i + 1]);
      context.scale(size, size);
      context.fill(shape);
      context.restore();
    }
  }

  text(text, x, y, { align = "left", size = 12, fill = "quiet", isUpright = false, isStrong = false } = {}) {
    const { context } = this;
    context.save();
    context.font = `${isStrong ? "600 " : ""}${size}px ${family}`;
    context.fillStyle = paint(fill);
    context.textAlign = align;
    context.textBaseline = "middle";
    context.translate(x, y);
    if (isUpright) context.rotate(-Math.PI / 2);
    context.fillText(text, 0, 0);
    context.restore();
  }

  // Lines at an angle over a ground, so that no cell looks like a value.
  hatch(x, y, width, height, stroke, isRising = true) {
    const key = `${stroke} ${isRising}`;
    if (!this.patterns.has(key)) this.patterns.set(key, this.pattern(stroke, isRising));
    this.context.fillStyle = this.patterns.get(key);
    this.context.fillRect(x, y, width, height);
  }

  pattern(stroke, isRising) {
    const side = 6;
    const tile = document.createElement("canvas");
    tile.width = tile.height = Math.round(side * this.ratio);
    const context = tile.getContext("2d");
    context.scale(tile.width / side, tile.height / side);
    context.fillStyle = paint("raised");
    context.fillRect(0, 0, side, side);
    context.strokeStyle = paint(stroke);
    context.lineWidth = 1.4;
    context.beginPath();
    for (const shift of [-side, 0, side]) {
      context.moveTo(shift - 1, isRising ? side + 1 : -1);
      context.lineTo(shift + side + 1, isRising ? -1 : side + 1);
    }
    context.stroke();
    const pattern = this.context.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(side / tile.width));
    return pattern;
  }

  clip(x, y, width, height, draw) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, y, width, height);
    this.context.clip();
    draw();
    this.context.restore();
  }
}

function eachPoint(points, step) {
  let isFirst = true;
  for (let i = 0; i < points.length; i += 2) {
    if (Number.isNaN(points[i]) || Number.isNaN(points[i + 1])) isFirst = true;
    else { step(points[i], points[i + 1], isFirst); isFirst = false; }
  }
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (mark) => `&#${mark.codePointAt(0)};`);
}

function short(number) {
  return String(Math.round(number * 100) / 100);
}

// Opaque colours of any CSS form, for programs that know fewer forms.
function svgPaint(name) {
  measuring.fillStyle = paint(name);
  return measuring.fillStyle;
}

export class SvgInk {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.parts = [];
    this.definitions = new Map();
  }

  rect(x, y, width, height, fill) {
    this.parts.push(`<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${svgPaint(fill)}"/>`);
  }

  frame(x, y, width, height, stroke, thick = 1) {
    this.parts.push(`<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="none" stroke="${svgPaint(stroke)}" stroke-width="${thick}"/>`);
  }

  line(points, stroke, thick = 1) {
    const path = [];
    eachPoint(points, (x, y, isFirst) => path.push(`${isFirst ? "M" : "L"}${short(x)} ${short(y)}`));
    this.parts.push(`<path d="${path.join("")}" fill="none" stroke="${svgPaint(stroke)}" stroke-width="${thick}" stroke-linejoin="round"/>`);
  }

  marks(points, path, size, fill) {
    const uses = [];
    for (let i = 0; i < points.length; i += 2) {
      uses.push(`<path transform="translate(${short(points[i])} ${short(points[i + 1])}) scale(${size})" d="${escaped(path)}"/>`);
    }
    this.parts.push(`<g fill="${svgPaint(fill)}">${uses.join("")}</g>`);
  }

  text(text, x, y, { align = "left", size = 12, fill = "quiet", isUpright = false, isStrong = false } = {}) {
    const anchor = { left: "start", center: "middle", right: "end" }[align];
    const turned = isUpright ? ` transform="rotate(-90 ${short(x)} ${short(y)})"` : "";
    this.parts.push(`<text x="${short(x)}" y="${short(y)}" dy="0.35em" font-size="${size}" text-anchor="${anchor}" fill="${svgPaint(fill)}"${isStrong ? " font-weight=\"600\"" : ""}${turned}>${escaped(text)}</text>`);
  }

  hatch(x, y, width, height, stroke, isRising = true) {
    const id = `hatch${svgPaint(stroke).replace(/\W/g, "")}${isRising ? "r" : "f"}`;
    const ends = isRising ? "M-1 7L7 -1M-7 7L1 -1M5 7L13 -1" : "M-1 -1L7 7M-7 -1L1 7M5 -1L13 7";
    this.definitions.set(id, `<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${svgPaint("raised")}"/><path d="${ends}" stroke="${svgPaint(stroke)}" stroke-width="1.4"/></pattern>`);
    this.parts.push(`<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="url(#${id})"/>`);
  }

  clip(x, y, width, height, draw) {
    const id = `clip${this.definitions.size}`;
    this.definitions.set(id, `<clipPath id="${id}"><rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"/></clipPath>`);
    this.parts.push(`<g clip-path="url(#${id})">`);
    draw();
    this.parts.push("</g>");
  }

  toString() {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" font-family="${escaped(family)}">`
      + `<defs>${[...this.definitions.values()].join("")}</defs>${this.parts.join("\n")}</svg>\n`;
  }
}
