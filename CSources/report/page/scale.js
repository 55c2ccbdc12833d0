// Scales: they map the values of an axis to places from 0 to 1, and have round ticks.
import { plain } from "./format.js";

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

// A power of ten, as people write it.
function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => superscripts[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

// Returns at most about `most` marks on a span, in steps of 1, 2 or 5 times a power of ten.
export function ticks(from, to, most) {
  const rough = to / Math.max(most, 1) - from / Math.max(most, 1);
  if (!(rough > 0) || !Number.isFinite(rough)) return [from];
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * size).find((s) => s >= rough) || rough;
  const result = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9 && result.length <= most + 1; i++) {
    result.push(i * step || 0);
  }
  return result;
}

// The text of a tick. All ticks of an axis have the same number of decimals.
function tickText(value, step, largest) {
  if (value === 0) return "0";
  if (largest >= 1e6 || largest < 1e-3) {
    const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-12);
    const size = 10 ** exponent;
    // The smallest numbers have no power of ten that divides them.
    if (size === 0 || !Number.isFinite(value / size)) return value.toExponential(1);
    const decimals = Math.max(0, Math.min(6, exponent - Math.floor(Math.log10(step) + 1e-9)));
    const mantissa = Number((value / size).toFixed(decimals));
    return Math.abs(mantissa) === 1 ? `${mantissa < 0 ? "−" : ""}${power(exponent)}` : `${String(mantissa).replace("-", "−")}×${power(exponent)}`;
  }
  const decimals = Math.max(0, Math.min(12, -Math.floor(Math.log10(step) + 1e-9)));
  const text = decimals === 0 && largest >= 1e4 ? value.toLocaleString("en-US", { maximumFractionDigits: 0 }) : value.toFixed(decimals);
  return text.replace("-", "−");
}

function logTicks(least, most, count) {
  const low = Math.log10(least);
  const high = Math.log10(most);
  const result = [];
  const add = (value, isMinor) => {
    if (value < least * (1 - 1e-9) || value > most * (1 + 1e-9)) return;
    const exponent = Math.floor(Math.log10(value) + 1e-9);
    const text = Math.abs(exponent) <= 3 ? String(Number(value.toPrecision(3))) : tickText(value, value, 1e9);
    result.push({ value, text: isMinor ? "" : text, isMinor });
  };
  const step = Math.max(1, Math.ceil((high - low) / Math.max(count, 1)));
  // On few decades, numbers between the powers of ten are also named.
  const named = high - low < 1.5 ? [1, 2, 3, 5, 7] : high - low < 3 && count >= 6 ? [1, 2, 5] : [1];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade++) {
    for (let factor = 1; factor < 10; factor++) {
      if (factor > 1 && step > 1) break;
      add(factor * 10 ** decade, !named.includes(factor) || decade % step !== 0);
    }
  }
  if (result.filter((tick) => !tick.isMinor).length >= 2) return result;
  const step2 = ticks(least, most, count);
  return step2.map((value) => ({ value, text: tickText(value, step2[1] - step2[0] || value, most) }));
}

// A scale of numbers. `padding` is the free part at each end. Null if there are no numbers.
export function scale(values, { isLog = false, padding = 0, categories = null, from = null } = {}) {
  if (categories) return categoryScale(categories);
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value) || (isLog && !(value > 0))) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return null;
  if (from !== null) { least = Math.min(least, from); most = Math.max(most, from); }
  const to = isLog ? Math.log10 : (value) => value;
  const back = isLog ? (value) => 10 ** value : (value) => value;
  // Halves, so that the largest numbers do not overflow.
  let low = to(least) / 2;
  let high = to(most) / 2;
  if (low === high) {
    const room = isLog ? 0.25 : Math.abs(low) * 0.05 || 0.5;
    low -= room;
    high += room;
  }
  const free = (high - low) * padding;
  const first = from === null ? low - free : low;
  const span = high + free - first;
  return {
    least, most, isLog, categories: null,
    start: back(first * 2), end: back((first + span) * 2),
    place: (value) => (to(value) / 2 - first) / span,
    value: (place) => back((first + place * span) * 2),
    ticks: (count) => {
      const [start, end] = [back(first * 2), back((first + span) * 2)];
      if (isLog) return logTicks(start, end, count);
      if (!Number.isFinite(start) || !Number.isFinite(end)) return [least, most].map((value) => ({ value, text: value.toExponential(1) }));
      const all = ticks(start, end, count);
      const step = all.length > 1 ? all[1] - all[0] : Math.abs(all[0]) || 1;
      const largest = Math.max(...all.map(Math.abs), step);
      return all.map((value) => ({ value, text: tickText(value, step, largest) }));
    },
  };
}

// A scale of texts, each in the middle of an equal part.
function categoryScale(categories) {
  const count = categories.length;
  return {
    least: 0, most: count - 1, isLog: false, categories, start: -0.5, end: count - 0.5,
    place: (value) => (value + 0.5) / count,
    value: (place) => place * count - 0.5,
    ticks: (most) => categories.map((text, value) => ({ value, text: plain(text).slice(0, 24) }))
      .filter((_, value) => value % Math.max(1, Math.ceil(count / Math.max(most, 1))) === 0),
  };
}

// Whether the values of a parameter are more even in the logarithm.
export function isEvenInLog(distinct) {
  if (distinct.length < 3 || !(distinct[0] > 0) || distinct[distinct.length - 1] / distinct[0] < 10) return false;
  const unevenness = (values) => {
    const gaps = values.slice(1).map((value, i) => value - values[i]);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    return Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length) / mean;
  };
  return unevenness(distinct.map(Math.log10)) < unevenness(distinct) * 0.6;
}

// Whether most of the values would be in one corner of a linear scale.
export function spansDecades(values) {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  if (sorted.length < 3 || !(sorted[0] > 0)) return false;
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]];
  return most / least >= 1000 && (middle - least) / (most - least) < 0.1;
}
