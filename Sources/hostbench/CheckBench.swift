import CKernelHostBench
import KernelBridge

/// Reading alone: `host check --no-plugins`, the whole process, and C by hand over the same bytes.
enum CheckBench {
  private static let count = 1_000_000
  /// Arrays, and numbers of each.
  private static let (arrays, length) = (50, 100_000)

  static func rows(isQuick: Bool) -> [Row] {
    guard let scratch = Scratch() else { return [] }
    defer { scratch.remove() }
    let runs = isQuick ? 3 : 7
    guard
      scratch.write("named.json", { file throws(SystemError) in try named(file) }),
      scratch.write("arrays.json", { file throws(SystemError) in try numbers(file) })
    else { return [] }
    return [
      row(scratch, "named.json", "check: \(Report.grouped(count)) tasks with names", runs),
      row(scratch, "arrays.json", "check: \(arrays) arrays of \(Report.grouped(length))", runs),
    ]
  }

  private static func row(
    _ scratch: Scratch, _ name: String, _ what: String, _ runs: Int
  ) -> Row {
    var seconds: [Double] = []
    var ratios: [Double] = []
    var floors: [Double] = []
    var memory = 0.0
    for _ in 0..<runs {
      guard let run = Whole.run([Whole.host, "check", "--no-plugins", scratch.file(name)]),
        let floor = floor(scratch, name)
      else { continue }
      seconds.append(run.seconds)
      floors.append(floor)
      ratios.append(run.seconds / floor)
      memory = max(memory, run.memory)
    }
    var row = Row(name: what, value: median(seconds), unit: "s")
    row.peers = [Peer("C", floors.isEmpty ? nil : median(floors))]
    let size = Double(FileFacts(scratch.file(name))?.size ?? 0) / 1e6
    row.notes = [
      "\(Report.short(size / median(seconds))) MB/s, \(Report.short(median(ratios)))x C that adds up"
        + " the numbers of the same file; \(Report.short(memory / 1e6)) MB for a file of"
        + " \(Report.short(size)) MB"
    ]
    return row
  }

  private static func floor(_ scratch: Scratch, _ name: String) -> Double? {
    var count: UInt64 = 0
    var sum = 0.0
    let time = unsafe bench_floor_numbers(scratch.file(name), &count, &sum)
    return time > 0 && count > 0 && sum > 0 ? Double(time) / 1e9 : nil
  }

  private static func named(_ file: OutputFile) throws(SystemError) {
    try file.write("{\"tasks\":[\n")
    for task in 0..<count {
      let x = "0.\(String(count + task).dropFirst())"
      try file.write(
        #"{"name":"task-\#(task)","kernel":"logistic_map","args":{"r":3.7,"x0":\#(x),"n":0}}"#
          + (task + 1 < count ? ",\n" : "\n]}\n"))
    }
  }

  private static func numbers(_ file: OutputFile) throws(SystemError) {
    try file.write("{\"tasks\":[\n")
    for array in 0..<arrays {
      var text = "{\"kernel\":\"moments\",\"args\":[["
      for index in 0..<length {
        if index > 0 { text += "," }
        text += "0.\(String(1_000_000 + (index * 7919 + array) % 1_000_000).dropFirst())"
      }
      try file.write(text + (array + 1 < arrays ? "]]},\n" : "]]}\n]}\n"))
    }
  }
}
