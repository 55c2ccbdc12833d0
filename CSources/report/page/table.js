// The table of calls. Only the visible rows are elements; the container scrolls over the height of
// all rows.
import { compare, fieldText, run } from "./data.js";
import { showDetails } from "./details.js";
import { byId, element, foreign, plain, secondsText, whole } from "./format.js";
import { rowsSentence } from "./head.js";
import { selection } from "./select.js";
import { icon } from "./status.js";
import { isTimed } from "./time.js";

const table = {
  grid: byId("grid"),
  body: byId("grid-body"),
  columns: [],
  sorted: new Uint32Array(0),
  sortColumn: 0,
  isDescending: false,
  // A place in `sorted`; -1 if no row is chosen.
  chosen: -1,
  rowHeight: 28,
};

let textRanks = null;
function textRank(text) {
  if (!textRanks) {
    const order = [...run.texts.keys()].sort((a, b) => compare(run.texts[a], run.texts[b]));
    textRanks = new Uint32Array(order.length);
    order.forEach((place, rank) => { textRanks[place] = rank; });
  }
  return textRanks[text];
}

// Returns the columns, each with a title, the text of a cell, and the sort key of a row. A key is a
// number, a rank of a text in an array, or null for an empty cell.
function tableColumns() {
  const some = (column, usual) => column.some((value) => value !== usual);
  const text = (title, column) => ({
    title, text: (row) => run.texts[column[row]], key: (row) => column[row] ? textRank(column[row]) : null,
  });
  const number = (title, column, show) => ({
    title, isNumber: true, text: (row) => show(column[row]),
    key: (row) => Number.isNaN(column[row]) ? null : column[row],
  });
  const names = run.kernels.map((kernel) => kernel.name);
  const nameOrder = [...names.keys()].sort((a, b) => compare(names[a], names[b]));
  const nameRank = names.map((_, index) => nameOrder.indexOf(index));
  const columns = [];
  if (run.runs.length > 1) columns.push({ title: "run", text: (row) => run.runs[run.run[row]].name, key: (row) => run.run[row] });
  columns.push(number("call", run.call, String));
  if (some(run.task, 0)) columns.push(text("task", run.task));
  columns.push({ title: "kernel", text: (row) => names[run.kernel[row]], key: (row) => nameRank[run.kernel[row]] });
  columns.push({
    title: "status", text: (row) => run.statuses[run.status[row]], key: (row) => run.status[row],
    icon: (row) => icon(run.statuses[run.status[row]]),
  });
  for (const kind of ["point", "args", "result", "more"]) {
    for (const field of run.fields.filter((field) => field.kind === kind)) columns.push(fieldColumn(field));
  }
  if (some(run.error, 0)) columns.push(text("error", run.error));
  if (some(run.warning, 0)) columns.push(text("warning", run.warning));
  if (some(run.attempts, 1)) columns.push(number("attempts", run.attempts, String));
  columns.push(number("steps", run.steps, whole));
  columns.push(number("seconds", run.seconds, secondsText));
  if (isTimed) {
    columns.push(number("start", run.start, secondsText));
    columns.push({
      title: "lane", isNumber: true, text: (row) => run.lane[row] < 0 ? "" : run.laneNames[run.lane[row]],
      key: (row) => run.lane[row] < 0 ? null : run.lane[row],
    });
  }
  return columns;
}

function fieldColumn(field) {
  return {
    title: field.unit ? `${field.title} [${field.unit}]` : field.title,
    isNumber: Boolean(field.numbers) && !(field.texts && field.texts.some((text, row) => text && Number.isNaN(field.numbers[row]))),
    text: (row) => fieldText(field, row),
    // Numbers, then texts.
    key: (row) => {
      const value = field.numbers ? field.numbers[row] : NaN;
      if (!Number.isNaN(value)) return value;
      return field.texts && field.texts[row] ? [textRank(field.texts[row])] : null;
    },
  };
}

export function setUpTable() {
  table.columns = tableColumns();
  // The width follows from a sample of the rows, within limits.
  const widths = table.columns.map((column) => {
    let width = column.title.length + 2;
    const step = Math.max(1, Math.floor(run.count / 400));
    for (let row = 0; row < run.count; row += step) width = Math.max(width, column.text(row).length);
    return Math.min(Math.max(width + (column.icon ? 5 : 3), 7), 34);
  });
  const template = widths.map((width) => `minmax(${width}ch, ${width}fr)`).join(" ");
  table.grid.style.setProperty("--columns", template);
  table.body.style.minWidth = `${widths.reduce((sum, width) => sum + width, 0)}ch`;
  byId("grid-head").style.minWidth = table.body.style.minWidth;
  const head = element("div", { role: "row", "aria-rowindex": 1 });
  table.columns.forEach((column, index) => {
    const button = element("button", { type: "button", title: `Sort by ${plain(column.title)}` }, plain(column.title));
    button.addEventListener("click", () => sortBy(index));
    head.append(element("div", {
      role: "columnheader", class: column.isNumber ? "number" : null, "aria-colindex": index + 1,
    }, button));
  });
  byId("grid-head").append(head);
  table.grid.setAttribute("aria-colcount", table.columns.length);
  byId("calls-note").textContent = rowsSentence();
  table.grid.addEventListener("scroll", drawRows, { passive: true });
  table.grid.addEventListener("keydown", tableKey);
  table.body.addEventListener("click", (event) => {
    const row = event.target.closest("[data-place]");
    if (row) chooseAt(Number(row.dataset.place));
  });
}

function sortBy(index) {
  table.isDescending = table.sortColumn === index && !table.isDescending;
  table.sortColumn = index;
  const chosen = table.sorted[table.chosen];
  sortRows();
  table.chosen = chosen === undefined ? -1 : table.sorted.indexOf(chosen);
  table.grid.scrollTop = 0;
  drawRows();
}

function sortRows() {
  const column = table.columns[table.sortColumn];
  const sign = table.isDescending ? -1 : 1;
  // Texts come behind numbers. Empty cells come last, in both directions.
  const [number, text, empty] = [0, 1, 2];
  const kinds = new Uint8Array(run.count);
  const keys = new Float64Array(run.count);
  for (const row of selection.rows) {
    const key = column.key(row);
    kinds[row] = key === null ? empty : Array.isArray(key) ? text : number;
    keys[row] = key === null ? 0 : Array.isArray(key) ? key[0] : key;
  }
  table.sorted = selection.rows.slice().sort((a, b) => {
    if (kinds[a] === kinds[b]) return compare(keys[a], keys[b]) * sign || a - b;
    if (kinds[a] === empty || kinds[b] === empty) return kinds[a] - kinds[b];
    return (kinds[a] - kinds[b]) * sign;
  });
  byId("grid-head").querySelectorAll('[role="columnheader"]').forEach((cell, index) => {
    const isSorted = index === table.sortColumn;
    cell.setAttribute("aria-sort", isSorted ? (table.isDescending ? "descending" : "ascending") : "none");
    const title = plain(table.columns[index].title);
    cell.firstChild.textContent = isSorted ? `${title} ${table.isDescending ? "▼" : "▲"}` : title;
  });
}

export function updateTable() {
  const chosen = table.sorted[table.chosen];
  sortRows();
  table.chosen = chosen === undefined ? -1 : table.sorted.indexOf(chosen);
  if (table.chosen < 0) showDetails(-1);
  table.grid.setAttribute("aria-rowcount", table.sorted.length + 1);
  table.body.style.height = `${Math.max(table.sorted.length * table.rowHeight, 48)}px`;
  drawRows();
}

export function drawRows() {
  const { grid, body, rowHeight, sorted } = table;
  const first = Math.max(Math.floor(grid.scrollTop / rowHeight) - 8, 0);
  const last = Math.min(first + Math.ceil(grid.clientHeight / rowHeight) + 16, sorted.length);
  putRows(first, last);
  if (table.chosen >= first && table.chosen < last) {
    grid.setAttribute("aria-activedescendant", `row-${table.chosen}`);
  } else {
    grid.removeAttribute("aria-activedescendant");
  }
  if (sorted.length === 0) body.append(element("div", { class: "empty" }, run.calls === 0 ? "There are no calls." : "No call matches the filter."));
}

function putRows(first, last) {
  const rows = document.createDocumentFragment();
  for (let place = first; place < last; place++) {
    const row = table.sorted[place];
    const line = element("div", {
      role: "row", id: `row-${place}`, "data-place": place, "aria-rowindex": place + 2,
      "aria-selected": String(place === table.chosen),
    });
    line.style.top = `${place * table.rowHeight}px`;
    for (const column of table.columns) {
      const text = column.text(row);
      line.append(element("div", { role: "gridcell", class: column.isNumber ? "number" : null },
        column.icon ? column.icon(row) : null, foreign(text.length > 300 ? `${text.slice(0, 300)}…` : text)));
    }
    rows.append(line);
  }
  table.body.replaceChildren(rows);
}

function tableKey(event) {
  if (event.target !== table.grid || event.ctrlKey || event.altKey || event.metaKey) return;
  const page = Math.max(Math.floor(table.grid.clientHeight / table.rowHeight) - 2, 1);
  const last = table.sorted.length - 1;
  const now = table.chosen;
  const places = {
    ArrowDown: now + 1, ArrowUp: now < 0 ? 0 : now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: last,
  };
  if (!(event.key in places)) return;
  event.preventDefault();
  if (last >= 0) chooseAt(Math.max(0, Math.min(last, places[event.key])));
}

function chooseAt(place) {
  table.chosen = place;
  const { grid, rowHeight } = table;
  const head = byId("grid-head").offsetHeight;
  const top = place * rowHeight;
  const view = grid.clientHeight - head;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + rowHeight > grid.scrollTop + view) grid.scrollTop = top + rowHeight - view;
  drawRows();
  showDetails(table.sorted[place]);
}

// Chooses a row by its number.
export function choose(row) {
  const place = table.sorted.indexOf(row);
  if (place >= 0) chooseAt(place);
}

// Shows at most `most` rows, for paper. Returns their number and the number of all rows.
export function showFirstRows(most) {
  const count = Math.min(most, table.sorted.length);
  putRows(0, count);
  table.body.style.height = "auto";
  return { count, all: table.sorted.length };
}
