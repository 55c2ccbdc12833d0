// Numbers and texts for people, and elements. Nothing here takes HTML: foreign text only ever
// becomes text nodes.

const grouping = new Intl.NumberFormat("en-US");
export function whole(number) {
  return grouping.format(number);
}

// All digits of a number.
export function numberText(number) {
  return String(number);
}

// A few digits, for axes and figures.
export function short(number) {
  if (number === null || !Number.isFinite(number)) return "";
  const size = Math.abs(number);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return number.toExponential(3).replace(/\.?0+e/, "e");
  if (Number.isInteger(number)) return grouping.format(number);
  return String(Number(number.toPrecision(5)));
}

export function secondsText(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds === 0) return "0 s";
  if (seconds < 1e-6) return `${round(seconds * 1e9)} ns`;
  if (seconds < 1e-3) return `${round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${round(seconds * 1e3)} ms`;
  if (seconds < 120) return `${round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${Math.floor(seconds - minutes * 60)} s`;
  return `${grouping.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

function round(number) {
  return String(Number(number.toPrecision(4)));
}

export function calls(count) {
  return `${whole(count)} ${count === 1 ? "call" : "calls"}`;
}

// Characters that are invisible, or change the direction of text, are shown as their numbers.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
export function plain(text) {
  return text.replace(hidden, (mark) =>
    `⟨U+${mark.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

// A text in an element that isolates the direction of its text.
export function foreign(text) {
  return element("bdi", {}, plain(text));
}

export function element(name, attributes = {}, ...children) {
  const result = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) result.addEventListener(key.slice(2), value);
    else if (value === true) result.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) result.setAttribute(key, value);
  }
  result.append(...children.filter((child) => child !== null));
  return result;
}

export function byId(id) {
  return document.getElementById(id);
}

// A word for a shell, with quotes where it needs some.
export function quoted(word) {
  if (/^[A-Za-z0-9_./+:,@%=-]+$/.test(word) && !word.startsWith("-")) return word;
  const safe = word.startsWith("-") ? `./${word}` : word;
  // Characters that control a terminal are written as their numbers.
  if (safe.search(hidden) >= 0 || /[\n\t]/.test(safe)) {
    const escape = (mark) => [...new TextEncoder().encode(mark)]
      .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
    return `$'${safe.replace(/[\\']/g, "\\$&").replace(hidden, escape).replace(/[\n\t]/g, escape)}'`;
  }
  return `'${safe.replaceAll("'", "'\\''")}'`;
}

export function commandLine(text) {
  const line = element("div", { class: "command" }, element("code", {}, text));
  if (navigator.clipboard) {
    const button = element("button", { type: "button", class: "small" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select it to copy";
      }
    });
    line.append(button);
  }
  return line;
}
