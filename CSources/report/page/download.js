// Files that the reader takes from the page: pictures of the plot and its numbers.
import { columns } from "./columns.js";
import { run } from "./data.js";

function save(blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${(run.title.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 60) || "run")}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function saveSvg(text) {
  save(new Blob([text], { type: "image/svg+xml" }), "svg");
}

export function savePng(canvas) {
  canvas.toBlob((blob) => save(blob, "png"), "image/png");
}

// The rows of the plot, drawn or failed: RFC 4180, numbers with all digits, nothing where there is
// no value.
export function saveCsv(study) {
  const first = run.runs.length > 1 ? ["run"] : [];
  const axes = [study.x, study.z, study.series, study.y, ...columns.filter((axis) => axis.kind === "point")]
    .filter((axis, index, all) => axis && !axis.isElement && all.indexOf(axis) === index);
  const lines = [[...first, "call", "status", ...axes.map((axis) => axis.unit ? `${axis.title} [${axis.unit}]` : axis.title)].map(cell).join(",")];
  const rows = [...study.rows, ...study.failed].sort((a, b) => a - b);
  for (const row of rows) {
    const values = axes.map((axis) => {
      if (axis.arrays) return axis.arrays.get(row) ? JSON.stringify(Array.from(axis.arrays.get(row))) : "";
      const value = axis.values[row];
      return Number.isNaN(value) ? "" : axis.categories ? axis.categories[value] : String(value);
    });
    const name = run.runs.length > 1 ? [run.runs[run.run[row]].name] : [];
    lines.push([...name, String(run.call[row]), run.statuses[run.status[row]], ...values].map(cell).join(","));
  }
  save(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }), "csv");
}

function cell(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text;
}
