@testable import KernelHostModel

extension Plan {
  /// What a call is given, by the names of its kernel's parameters, in their order.
  func arguments(ofCall call: Int) -> [(name: String, value: Value)] {
    var given: [(parameter: Int, value: Value)] = []
    forEachArgument(of: locate(call)) { given.append(($0, manifest.pools.value($1))) }
    return given.sorted { $0.parameter < $1.parameter }.map {
      (signature(ofCall: call).parameters[$0.parameter].name, $0.value)
    }
  }
}

/// Kernels for the tests of this module: of every type of parameter one.
enum TestKernels {
  static let all = [
    KernelSignature(
      name: "for_loop",
      parameters: [
        FieldSignature(name: "min", type: .i64), FieldSignature(name: "increment", type: .i64),
        FieldSignature(name: "max", type: .i64),
      ]),
    KernelSignature(
      name: "logistic_map",
      parameters: [
        FieldSignature(name: "r", type: .f64, range: 0...4, isRequired: true),
        FieldSignature(name: "x0", type: .f64, unit: "K", range: 0...1),
        FieldSignature(name: "steps", type: .i64, range: 0...9_007_199_254_740_992),
      ], results: [FieldSignature(name: "x", type: .f64)]),
    KernelSignature(
      name: "everything",
      parameters: [
        FieldSignature(name: "flag", type: .bool), FieldSignature(name: "number", type: .f64),
        FieldSignature(name: "text", type: .text), FieldSignature(name: "data", type: .bytes),
        FieldSignature(name: "whole", type: .i64Array, range: 0...10),
        FieldSignature(name: "real", type: .f64Array),
        FieldSignature(name: "small", type: .i64, width: -128...127),
        FieldSignature(name: "way", type: .text, choices: ["forward", "backward"]),
      ]),
    KernelSignature(
      name: "numbers",
      parameters: [
        FieldSignature(name: "natural", type: .i64, width: 0...Int64.max),
        FieldSignature(name: "upper", type: .i64, range: 0x1.8p63...0x1.cp63, width: 0...Int64.max),
        FieldSignature(name: "single", type: .f64, isFloat: true),
        FieldSignature(name: "real", type: .f64),
        FieldSignature(name: "seed", type: .i64, width: 0...255),
      ], results: [FieldSignature(name: "natural", type: .i64, width: 0...Int64.max)]),
    KernelSignature(name: "nothing"),
    KernelSignature(
      name: "several",
      results: [
        FieldSignature(name: "count", type: .i64), FieldSignature(name: "mean", type: .f64),
        FieldSignature(name: "label", type: .text), FieldSignature(name: "all", type: .i64Array),
      ]),
  ]

  static func plan(_ text: String, _ format: ManifestFormat = .json) -> Result<Plan, Diagnostics> {
    Planner.plan(SourceText(name: "m.json", text: text), format: format, catalogue: all)
  }

  /// The sentences of all mistakes, each with its place before it.
  static func complaints(_ text: String, _ format: ManifestFormat = .json) -> [String] {
    complaints(Array(text.utf8), format)
  }

  static func complaints(_ bytes: [UInt8], _ format: ManifestFormat = .json) -> [String] {
    let source = SourceText(name: "m.json", bytes: bytes)
    guard case .failure(let found) = Planner.plan(source, format: format, catalogue: all) else {
      return []
    }
    return found.errors.map { error in
      let line = error.rendered(in: source).split(separator: "\n", maxSplits: 1)[0]
      return String(line.dropFirst("m.json:".count)).replacing(" error:", with: "")
    }
  }
}
