import Testing

@testable import KernelHostModel

/// Points that stand in a file of comma-separated values.
struct PointsTests {
  private static func plan(
    _ file: String, kernel: String = "everything", keys: String = "", task: String = ""
  ) -> Result<Plan, Diagnostics> {
    plan(Array(file.utf8), kernel: kernel, keys: keys, task: task)
  }

  private static func plan(
    _ file: [UInt8], kernel: String, keys: String, task: String
  ) -> Result<Plan, Diagnostics> {
    let text = #"[{"kernel": "\#(kernel)", "sweep": {"file": "p.csv"\#(keys)}\#(task)}]"#
    var reading = ManifestReader.read(SourceText(name: "m.json", text: text))
    #expect(reading.pointsPaths == ["p.csv"])
    reading.readPoints(name: { "d/\($0)" }, read: { _ in .success(file) })
    return Planner.plan(reading, catalogue: TestKernels.all)
  }

  private static func points(
    _ file: String, kernel: String = "everything", keys: String = "", task: String = ""
  ) throws -> [String] {
    let plan = try plan(file, kernel: kernel, keys: keys, task: task).get()
    return (0..<plan.callCount).map { call in
      var buffer: [UInt8] = []
      CallRecordWriter.writePoint(ofCall: call, plan, to: &buffer)
      return String(decoding: buffer, as: UTF8.self)
    }
  }

  /// Each row is a point; values are what the parameters' types make of the cells.
  @Test func typesAreTheParameters() throws {
    let found = try Self.points(
      "number,small,flag,text,way,data,real,whole\r\n"
        + "1,3.0,true,1,forward,AAE=,\"[1, NaN,-inf]\",[ 1 ]\r\n"
        + "\"0.1\", -128 ,FALSE,\"a,\"\"b\"\"\r\nc\",backward,,[],[]")
    #expect(
      found == [
        #"{"number":1.0,"small":3,"flag":true,"text":"1","way":"forward","#
          + #""data":{"base64":"AAE="},"real":[1.0,"NaN","-Infinity"],"whole":[1]}"#,
        #"{"number":0.1,"small":-128,"flag":false,"text":"a,\"b\"\r\nc","way":"backward","#
          + #""data":{"base64":""},"real":[],"whole":[]}"#,
      ])
    #expect(try Self.points("\u{FEFF}number , flag\n1,true\n\n\n").count == 1)
  }

  @Test(arguments: [
    ("0.1", "0.1"), ("-0", "-0.0"), ("+.5e1", "5.0"), ("5.", "5.0"), ("1E3", "1000.0"),
    ("nan", "\"NaN\""), ("-INF", "\"-Infinity\""), ("Infinity", "\"Infinity\""),
    ("1e999", "\"Infinity\""), ("-1e999", "\"-Infinity\""),
    ("9007199254740993", "9007199254740992.0"),
    ("0.1000000000000000055511151231257827021181583404541015625", "0.1"),
    ("2.2250738585072011e-308", "2.225073858507201e-308"), ("1e-400", "0.0"), ("007", "7.0"),
  ])
  func numbers(_ cell: String, _ shown: String) throws {
    #expect(try Self.points("number\n\(cell)\n") == ["{\"number\":\(shown)}"])
  }

  @Test(arguments: [
    ("9223372036854775808", "9223372036854775808"),
    ("18446744073709551615", "18446744073709551615"),
    ("1e3", "1000"), ("1.50e1", "15"), ("-0", "0"), ("0.0", "0"), ("+7", "7"),
  ])
  func wholeNumbers(_ cell: String, _ shown: String) throws {
    #expect(
      try Self.points("natural\n\(cell)\n", kernel: "numbers") == ["{\"natural\":\(shown)}"])
  }

  /// A file is one axis among the others.
  @Test func productsAndPairs() throws {
    let file = "r,x0\n1,0.5\n2,0.25\n"
    #expect(
      try Self.points(file, kernel: "logistic_map", keys: #", "steps": [7, 8]"#) == [
        #"{"r":1.0,"x0":0.5,"steps":7}"#, #"{"r":1.0,"x0":0.5,"steps":8}"#,
        #"{"r":2.0,"x0":0.25,"steps":7}"#, #"{"r":2.0,"x0":0.25,"steps":8}"#,
      ])
    #expect(
      try Self.points(
        file, kernel: "logistic_map", keys: #", "steps": [7, 8]"#,
        task: #", "zip": true, "repeat": 2"#) == [
          #"{"r":1.0,"x0":0.5,"steps":7,"repeat":0}"#, #"{"r":1.0,"x0":0.5,"steps":7,"repeat":1}"#,
          #"{"r":2.0,"x0":0.25,"steps":8,"repeat":0}"#,
          #"{"r":2.0,"x0":0.25,"steps":8,"repeat":1}"#,
        ])
    let plan = try Self.plan(file, kernel: "logistic_map", keys: #", "steps": [7]"#).get()
    let axes = plan.axes(ofTask: 0)
    #expect(
      axes.map { $0.name } == ["r, x0 of p.csv", "steps"] && axes.map { $0.count } == [2, 1])
  }

  @Test func columnsAreChosen() throws {
    let file = "call,rate,x0 [K],w\n0,1,0.5,9\n"
    #expect(
      try Self.points(
        file, kernel: "logistic_map", keys: #", "columns": {"r": "rate", "x0": "x0"}"#)
        == [#"{"r":1.0,"x0":0.5}"#])
    #expect(
      try Self.points("r,b\n1,2\n", kernel: "logistic_map", keys: #", "columns": ["r"]"#)
        == [#"{"r":1.0}"#])
    #expect(
      try Self.points(
        "real[1],a[0],real[0]\n2,5,1\n,6,\n", keys: #", "columns": {"real": "real", "whole": "a"}"#)
        == [#"{"real":[1.0,2.0],"whole":[5]}"#, #"{"real":[],"whole":[6]}"#])
  }

  /// A parameter may be called `file`: only a text is a path.
  @Test func aParameterCalledFile() {
    let found = TestKernels.complaints(#"[{"kernel": "primes_", "sweep": {"file": [1]}}]"#)
    #expect(found.count == 1 && found[0].contains("primes_"), "\(found)")
    let list = TestKernels.complaints(#"[{"kernel": "nothing", "sweep": {"file": [1]}}]"#)
    #expect(list.count == 1 && list[0].contains("no parameter \"file\""), "\(list)")
    let unread = TestKernels.complaints(#"[{"kernel": "nothing", "sweep": {"file": "p"}}]"#)
    #expect(unread.count == 1 && unread[0].contains("were not read"), "\(unread)")
  }

  // MARK: Mistakes

  static let mistakes: [(file: String, says: [String])] = [
    ("", ["1:1: error: the file is empty"]), ("\n", ["1:1: error: the file is empty"]),
    ("\u{FEFF}", ["1:2: error: the file is empty"]),
    ("number\n", ["2:1: error: the file has no rows"]),
    ("number\n\n", ["3:1: error: the file has no rows"]),
    ("nmber,flag\n1,true\n", ["1:1: error: kernel \"everything\" has no parameter \"nmber\"; did"]),
    ("number;flag\n1;true\n", ["1:1: error: columns are separated by commas; found \";\""]),
    ("number\tflag\n", ["1:1: error: columns are separated by commas; found a tab"]),
    ("number,number\n1,2\n", ["1:8: error: two columns have the name \"number\""]),
    ("number,real,real[0]\n1,[],2\n", ["1:13: error: two columns have values for \"real\""]),
    ("number,,flag\n", ["1:8: error: this column has no name"]),
    ("# a\nnumber\n1\n", ["1:1: error: comma-separated values have no comments"]),
    ("number\n# a\n1\n", ["2:1: error: comma-separated values have no comments"]),
    ("number,flag\n# a\n1,true\n", ["2:1: error: comma-separated values have no comments"]),
    (
      "number,flag\n1\n1,true,2\n",
      ["2:1: error: this row has 1 field, and the header has 2", "3:1: error: this row has 3 f"]
    ),
    ("number\n1\n\n2\n", ["3:1: error: this line is blank"]),
    ("number,text\n1,\"a\n", ["2:3: error: this quote is not closed"]),
    ("number,text\n1,a\"b\n", ["2:4: error: a quote inside a field"]),
    ("number,text\n1,\"a\"b\n", ["2:6: error: expected a comma or the end of the line"]),
    ("number\r1\r", ["1:7: error: a carriage return without a line feed"]),
    ("number,text\n1,\"a\nb\"\nx,\n", ["4:1: error: argument \"number\" of \"everything\" is"]),
    ("number [m]\n1\n", ["1:1: error: the column is in \"m\", and \"number\" has no unit"]),
    ("real[1]\n1\n", ["1:1: error: the elements of \"real\" are columns from [0] on"]),
    ("real[0],real[1]\n,1\n", ["2:2: error: an element of \"real\" follows an empty one"]),
    ("real\n\"[1,x]\"\n", ["2:1: error: element 1 (from 0) of argument \"real\""]),
    ("number,flag\n1,\n", ["2:3: error: \"flag\" has no value here; it is a bool"]),
    ("flag\n1\n", ["2:1: error: argument \"flag\" of \"everything\" is a bool"]),
    ("way\nsideways\n", ["2:1: error: argument \"way\" of \"everything\" is one of"]),
    ("data\nA\n", ["2:1: error: this text is not base64"]),
    ("small\n128\n", ["2:1: error: argument \"small\" of \"everything\" is an integer from"]),
    (
      "small\n1.5\n",
      ["2:1: error: argument \"small\" of \"everything\" is an integer (i64); fo"]
    ),
    (
      "small\n99999999999999999999\n",
      ["2:1: error: argument \"small\" of \"everything\" is an integer"]
    ),
    ("number\n1e400\n", ["2:1: error: 1e400 is beyond the largest f64"]),
    ("number\n1,5\n", ["2:1: error: this row has 2 fields, and the header has 1"]),
    ("number\nNA\n0x10\n1_0\n", ["2:1: error: ", "3:1: error: ", "4:1: error: "]),
  ]

  @Test(arguments: mistakes.indices) func isSaid(_ index: Int) throws {
    let (file, says) = Self.mistakes[index]
    guard case .failure(let found) = Self.plan(file) else {
      return #expect(Bool(false), "\(file) is sound")
    }
    let lines = found.errors.map { $0.rendered(in: SourceText(name: "m.json", text: "")) }
    #expect(lines.count == says.count, "\(lines)")
    for (line, said) in zip(lines, says) {
      #expect(line.hasPrefix("d/p.csv:\(said)"), "\(line)")
    }
  }

  /// What stands in the manifest is said there.
  @Test func mistakesInTheManifest() {
    for (keys, task, says) in [
      (#", "columns": {"r": "q"}"#, "", #"78: "p.csv" has no column "q"; it has "r""#),
      (#", "columns": {"q": "r"}"#, "", #"78: kernel "logistic_map" has no parameter "q""#),
      (#", "columns": []"#, "", #"72: "columns" has no values; give"#),
      (#", "columns": {"r": "r", "x0": "r"}"#, "", #"89: "columns" takes the column "r" twice"#),
      (#", "columns": 1"#, "", #"72: "columns" takes an array of column names"#),
      (#", "r": [1]"#, "", #"61: "r" is a column of the file, and has values in "sweep" too"#),
      ("", #", "args": {"r": 1}"#, #"52: "r" is given in "args" and in "sweep"; remove"#),
      (
        #", "x0": [1]"#, #", "zip": true"#,
        #"67: with "zip" all parameters need the same number of values; "file" has 2"#
      ),
    ] {
      guard
        case .failure(let found) = Self.plan(
          "r\n1\n2\n", kernel: "logistic_map", keys: keys, task: task)
      else {
        #expect(Bool(false), "\(keys) is sound")
        continue
      }
      let text = #"[{"kernel": "logistic_map", "sweep": {"file": "p.csv"\#(keys)}\#(task)}]"#
      let line = found.errors[0].rendered(in: SourceText(name: "m", text: text))
      #expect(line.hasPrefix("m:1:") && line.contains(says.drop { $0 != ":" }), "\(line)")
    }
  }

  /// A million of mistakes are counted, and the first are shown.
  @Test func manyMistakes() {
    let file = "number\n" + String(repeating: "x\n", count: 5_000)
    guard case .failure(let found) = Self.plan(file) else { return #expect(Bool(false)) }
    #expect(found.total == 5_000 && found.errors.count == Diagnostics.limit)
    #expect(
      found.errors.last?.rendered(in: SourceText(name: "m", text: "")).hasPrefix("d/p.csv:21:")
        == true)
  }

  /// Another file gives another fingerprint, so that a replay can tell.
  @Test func theFileCounts() throws {
    let one = try Self.plan("number\n1\n").get()
    let other = try Self.plan("number\n2\n").get()
    let prints = [one, other].map {
      RunOrigin.fingerprint(of: $0.manifest.source, points: $0.manifest.pointsHash)
    }
    #expect(prints[0] != prints[1])
  }

  /// What a table has of a point is what the point was.
  @Test func aTableIsAFileOfPoints() throws {
    let file =
      "number,small,flag,text,way,data,real[0],real[1],whole\n"
      + "NaN,-5,true,\"a,\"\"\n\",forward,AAE=,1e999,-0.0,\"[1,2]\"\n-1e999,0,false,,backward,,0.1,,[]\n"
    let plan = try Self.plan(file).get()
    var table = ResultTable(plan)
    var text: [UInt8] = []
    table.writeHeader(to: &text)
    for call in 0..<plan.callCount {
      table.write(CallRecord(call: call, token: .ok(.null)), to: &text)
    }
    let names = TestKernels.all.first { $0.name == "everything" }!.parameters.map { $0.name }
    let columns = names.map { "\"\($0)\"" }.joined(separator: ",")
    let again = try Self.plan(
      text, kernel: "everything", keys: #", "columns": [\#(columns)]"#, task: ""
    ).get()
    for call in 0..<plan.callCount {
      let (first, second) = (plan.arguments(ofCall: call), again.arguments(ofCall: call))
      #expect("\(first)" == "\(second)")
    }
  }
}
