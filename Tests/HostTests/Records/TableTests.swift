import KernelHostTestSupport
import Testing

/// `--format csv`: a table with a column for each parameter and each result.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"))
struct TableTests {
  private struct Table {
    let rows: [[String: String]]
    let names: [String]
    let outcome: Outcome

    init(_ tasks: String, _ options: String...) throws {
      let plugin = try Plugins.library("table.c")
      let folder = try TemporaryFolder()
      try folder.write("{\"plugins\": [\"\(plugin)\"], \"tasks\": [\(tasks)]}", to: "m.json")
      outcome = try HostBinary.run(
        ["m.json", "-q", "--format", "csv"] + options, folder: folder.path)
      let rows = CSV.rows(outcome.out)
      names = rows.first ?? []
      for row in rows { #expect(row.count == names.count, "\(row)") }
      #expect(Set(names).count == names.count)
      self.rows = rows.dropFirst().map { row in
        Dictionary(zip(rows[0], row)) { first, _ in first }
      }
    }
  }

  private static let fixed = [
    "ok", "status", "error_code", "error_name", "error_message", "attempts", "steps", "seconds",
    "start", "lane",
  ]

  /// Every value of every type, whether it is given, swept or a default.
  @Test func valuesOfEachType() throws {
    let table = try Table(
      """
      {"kernel": "table_row", "name": "a, b", "sweep": {"n": [-1, 0, 1, 2]},
       "args": {"natural": 18446744073709551615, "flag": true, "data": "é", "steps": 7}},
      {"kernel": "table_row", "args": {"x": "NaN", "way": "", "weights": [1, "Infinity"]}}
      """)
    #expect(
      table.names == ["call", "task", "kernel", "x", "n", "natural", "flag", "way", "data"]
        + ["weights[0]", "weights[1]", "arg.steps", "y", "endless", "whole", "large", "even"]
        + ["label", "raw", "series", "counts", "result.lane"] + Self.fixed)
    let rows = table.rows
    try #require(rows.count == 5, "\(table.outcome.err)")
    #expect(rows[0]["task"] == "a, b" && rows[4]["task"] == "" && rows[0]["kernel"] == "table_row")
    #expect(rows.map { $0["n"] } == ["-1", "0", "1", "2", "3"])
    #expect(rows.map { $0["x"] } == ["0.1", "0.1", "0.1", "0.1", "NaN"])
    #expect(rows[0]["natural"] == "18446744073709551615" && rows[4]["natural"] == "0")
    #expect(rows[0]["flag"] == "true" && rows[4]["flag"] == "false")
    #expect(rows[0]["way"] == "default" && rows[4]["way"] == "" && rows[0]["data"] == "w6k=")
    #expect(rows[0]["weights[1]"] == "" && rows[4]["weights[1]"] == "1e999")
    #expect(rows[4]["weights[0]"] == "1.0" && rows[0]["arg.steps"] == "7")
    #expect(rows.map { $0["y"] } == ["", "0.2", "NaN", "-1e999", "NaN"])
    #expect(rows.map { $0["endless"] } == ["", "1e999", "1e999", "1e999", "1e999"])
    #expect(rows[1]["whole"] == "9223372036854775807" && rows[4]["whole"] == "9223372036854775804")
    #expect(rows[3]["large"] == "18446744073709551613")
    #expect(rows.map { $0["even"] } == ["", "true", "false", "true", "false"])
    #expect(rows[1]["label"] == "" && rows[2]["label"] == "a,\"b\"\nc" && rows[2]["raw"] == "AAH/")
    #expect(rows[4]["series"] == "[0.0,NaN,-Infinity]" && rows[1]["series"] == "[]")
    #expect(rows[2]["counts"] == "[9223372036854775807]" && rows[2]["result.lane"] == "false")
    #expect(rows[0]["ok"] == "false" && rows[0]["status"] == "error")
    #expect(rows[0]["error_message"] == "n is -1, \"below\" 0" && rows[0]["error_code"] == "-22")
    #expect(table.outcome.end == .exit(1))
    // An empty text has quotes; what is missing has none.
    #expect(table.outcome.out.contains(",false,\"\",,"), "\(table.outcome.out)")
  }

  /// Several kernels have the union of the columns; which ones hangs on them alone.
  @Test func kernelsShareColumns() throws {
    let tasks = """
      {"kernel": "table_row", "args": {"n": 0}}, {"kernel": "table_other", "args": {"x": 3}},
      {"kernel": "for_loop", "args": {"max": 0}, "repeat": 2}
      """
    let table = try Table(tasks)
    let columns = ["call", "task", "kernel", "repeat", "table_row.arg.x", "n", "natural", "flag"]
    #expect(
      table.names == columns
        + ["arg.way", "data", "weights", "arg.steps", "table_other.arg.x", "min", "increment"]
        + ["max", "y", "endless", "whole", "large", "even", "label", "raw", "series", "counts"]
        + ["result.lane", "result.way"] + Self.fixed)
    #expect(table.rows.map { $0["y"] } == ["0.2", "3.0", "", ""])
    #expect(table.rows.map { $0["result.way"] } == ["", "-0.0", "", ""])
    #expect(table.rows.map { $0["table_other.arg.x"] } == ["", "3", "", ""])
    #expect(table.rows.map { $0["repeat"] } == ["0", "0", "0", "1"])
    #expect(table.rows[0]["weights"] == "[]" && table.rows[1]["weights"] == "")
    // Without the calls that fail, with others selected, and without any: the same columns.
    #expect(try Table(tasks, "--calls", "2").names == table.names)
    #expect(try Table(tasks, "--only", "for*", "--order", "completion").names == table.names)
  }

  @Test func unitsStandInTheHeader() throws {
    let tasks = #"{"kernel": "table_row", "args": {"weights": [1, 2], "n": 2}}"#
    let table = try Table(tasks, "--csv-units", "--csv-elements", "2")
    for name in ["x [m/s]", "weights[1] [kg]", "y [m/s]", "series[0] [m]", "series [m]", "n"] {
      #expect(table.names.contains(name), "\(name): \(table.names)")
    }
  }

  /// As many columns as were asked for; what does not fit stands whole beside them.
  @Test func elementsHaveColumns() throws {
    let tasks = #"{"kernel": "table_row", "sweep": {"n": [0, 1, 3], "weights": [[1, 2, 3], []]}}"#
    let table = try Table(tasks, "--csv-elements", "2")
    #expect(table.rows.map { $0["series[0]"] } == ["", "", "0.0", "0.0", "0.0", "0.0"])
    #expect(table.rows.map { $0["series[1]"] } == ["", "", "", "", "NaN", "NaN"])
    #expect(table.rows[5]["series"] == "[0.0,NaN,-Infinity]" && table.rows[3]["series"] == "")
    #expect(table.rows[5]["counts[1]"] == "9223372036854775806")
    #expect(table.rows[0]["weights"] == "[1.0,2.0,3.0]" && table.rows[1]["weights"] == "[]")
    let none = try Table(tasks, "--csv-elements", "0")
    #expect(none.rows[0]["weights"] == "[1.0,2.0,3.0]" && none.rows[5]["series"]?.first == "[")
    let usual = try Table(tasks)
    #expect(usual.rows.map { $0["weights[2]"] } == ["3.0", "", "3.0", "", "3.0", ""])
    let long = (0..<65).map(String.init).joined(separator: ",")
    let longer = try Table(#"{"kernel": "table_row", "args": {"weights": [\#(long)]}}"#)
    #expect(longer.names.contains("weights") && !longer.names.contains("weights[0]"))
  }

  /// An array whose count is declared has its columns without a word.
  @Test func fixedArrays() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      typedef struct { double at; double y[3]; } fixed;
      static int fixed_step(kh_call *call, void *state) {
          fixed *self = state;
          (void)call;
          for (int i = 0; i < 3; i++) self->y[i] = self->at * i;
          return KH_DONE;
      }
      KH_KERNEL(fixed, .flags = KH_PURE, .params = KH_PARAMS(KH_PARAM(fixed, at, "a number")),
          .results = KH_RESULTS(KH_RESULT(fixed, y, "its multiples", .unit = "m")),
          .step = fixed_step);
      """, to: "fixed.c")
    try folder.write(
      #"{"plugins": ["fixed.c"], "tasks": [{"kernel": "fixed", "sweep": {"at": [0.5, "NaN"]}}]}"#,
      to: "m.json")
    func rows(_ options: String...) throws -> [[String]] {
      let run = try HostBinary.run(
        ["m.json", "-q", "--format", "csv"] + options,
        environment: ["XDG_CACHE_HOME": Plugins.folder + "/cache"], folder: folder.path)
      #expect(run.end == .exit(0), "\(run.err)")
      return CSV.rows(run.out).map { Array($0[3..<8]) }
    }
    #expect(
      try rows() == [
        ["at", "y[0]", "y[1]", "y[2]", "ok"], ["0.5", "0.0", "0.5", "1.0", "true"],
        ["NaN", "NaN", "NaN", "NaN", "true"],
      ])
    // More than were asked for: those, and the whole.
    #expect(try rows("--csv-elements", "1")[1][...2] == ["0.5", "0.0", "[0.0,0.5,1.0]"])
    #expect(try rows("--csv-units")[0][1] == "y[0] [m]")
  }

  /// Arguments that are other calls' results have the values that those had.
  @Test func resultsOfOthers() throws {
    let table = try Table(
      """
      {"name": "a", "kernel": "table_other", "args": {"x": 5}},
      {"name": "b", "kernel": "table_other", "sweep": {"x": [1, 2]}},
      {"kernel": "table_row", "args": {"x": {"result": "a.y"}, "weights": {"results": "b.y"}}},
      {"kernel": "table_row", "args": {"weights": [7, {"result": "a.y"}]}, "repeat": 2},
      {"name": "f", "kernel": "table_row", "args": {"n": -1}},
      {"kernel": "table_row", "args": {"x": {"result": "f.y"}}}
      """)
    #expect(table.rows[3]["table_row.arg.x"] == "5.0" && table.rows[3]["weights[1]"] == "2.0")
    #expect(table.rows[5]["weights[0]"] == "7.0" && table.rows[5]["weights[1]"] == "5.0")
    #expect(table.rows[7]["table_row.arg.x"] == "" && table.rows[7]["status"] == "skipped")
  }

  @Test func optionsOfOtherFormats() throws {
    for (options, words) in [
      (["--csv-units"], "--csv-units"), (["--csv-elements", "3", "--format", "json"], "elements"),
      (["--nan", "null", "--format", "csv"], "--nan"),
      (["--nan", "zero", "--format", "json"], "null"),
      (["--csv-elements", "-1", "--format", "csv"], "0 to 65536"),
    ] {
      let run = try HostBinary.run(["-"] + options, input: Array("[]".utf8))
      #expect(run.end == .exit(2) && run.err.contains(words), "\(run.err)")
    }
  }

  /// On standard output nothing in a text is obeyed; in a file it is as it was.
  @Test func textsThatTerminalsObey() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"[{"kernel": "table_row", "args": {"way": "\u001b[31m\u202e"}}]"#, to: "m.json")
    let arguments = [
      "--plugin", try Plugins.library("table.c"), "m.json", "-q", "--format", "csv",
    ]
    let shown = try HostBinary.run(arguments, folder: folder.path).out
    #expect(shown.contains(",\u{241B}[31m\u{FFFD},"), "\(shown)")
    _ = try HostBinary.run(arguments + ["-o", "t.csv"], folder: folder.path)
    #expect(try folder.read("t.csv").contains(",\u{1B}[31m\u{202E},"))
  }
}
