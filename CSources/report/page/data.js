// The data of the page, decoded. Columns are arrays with one number for each row. Texts have
// numbers; 0 means that there is no text.
import { numberText, quoted } from "./format.js";

export const run = (() => {
  const element = document.getElementById("data");
  const data = JSON.parse(element.textContent);
  element.remove();

  const kinds = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array };

  function bytes(text) {
    const binary = atob(text);
    const result = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) result[i] = binary.charCodeAt(i);
    return result;
  }

  // Decodes what ColumnEncoder.swift writes.
  function decode(column, count) {
    if (column.values) {
      const values = decode(column.values, 0);
      const index = decode(column.index, count);
      return Float64Array.from(index, (place) => values[place]);
    }
    if (column.type) {
      const array = new kinds[column.type](bytes(column.bytes.base64).buffer);
      return column.scale ? Float64Array.from(array, (value) => value / column.scale) : array;
    }
    const first = column.v === null ? NaN : column.v;
    const result = new Float64Array(count);
    for (let i = 0; i < count; i++) result[i] = first + i * (column.step || 0);
    return result;
  }

  // Arrays by row, one behind the other: { has, get(row) }. `has` is the length, NaN without one.
  function decodeArrays(column) {
    const lengths = decode(column.lengths, count);
    const values = decode(column.values, lengths.reduce((sum, length) => sum + (length || 0), 0));
    const starts = new Float64Array(count);
    let next = 0;
    lengths.forEach((length, row) => { starts[row] = next; next += length || 0; });
    return {
      has: Float64Array.from(lengths),
      get: (row) => Number.isNaN(lengths[row]) ? null : values.subarray(starts[row], starts[row] + lengths[row]),
    };
  }

  const count = data.rows;
  const columns = {};
  for (const name of Object.keys(data.columns)) columns[name] = decode(data.columns[name], count);
  const binCount = 2048;
  const bins = data.bins && data.bins.map((series) => ({
    lane: series.lane,
    status: series.status,
    live: decode(series.live, binCount),
    ended: decode(series.ended, binCount),
  }));

  const fields = data.fields.map((field) => ({
    kind: field.kind,
    name: field.name,
    unit: field.unit,
    label: field.kind === "more" ? "more" : field.label || field.name || "result",
    count: field.count,
    least: field.least,
    most: field.most,
    mean: field.mean,
    numbers: field.numbers && decode(field.numbers, count),
    texts: field.texts && decode(field.texts, count),
    arrays: field.arrays && decodeArrays(field.arrays),
  }));
  // Fields with the same name also show their kind.
  for (const field of fields) {
    field.title = fields.some((other) => other !== field && other.label === field.label)
      ? `${field.label} (${{ point: "swept", args: "given", result: "result", more: "more" }[field.kind]})`
      : field.label;
  }

  return {
    ...data, ...columns, count, fields, bins, binCount,
    isThinned: data.okStride > 1 || data.failureStride > 1,
    laneNames: data.lanes.map((lane, i) =>
      data.hasMoreLanes && i === data.lanes.length - 1 ? "others"
        : data.runs.length > 1 ? `${data.runs[data.laneRuns[i]].name[0]} ${lane}` : String(lane)),
  };
})();

// Returns the value of a field in a row, for people.
export function fieldText(field, row) {
  const text = field.texts ? field.texts[row] : 0;
  if (text) return run.texts[text];
  const number = field.numbers ? field.numbers[row] : NaN;
  return Number.isNaN(number) ? "" : numberText(number);
}

export function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// The command that repeats a call of a run.
export function replayCommand(call, place = 0) {
  return `host replay ${quoted(run.runs[place].records || "RESULTS.jsonl")} --call ${call}`;
}
