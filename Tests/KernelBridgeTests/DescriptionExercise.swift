@testable import KernelBridge
@testable import KernelHostModel

/// Reads a description of kernels, as a plugin's process may have written it, and uses what
/// comes of it. Returns what contradicts the reader's promises; above all, nothing may trap.
enum DescriptionExercise {
  static func problems(_ bytes: [UInt8]) -> [String] {
    var reader = DescriptorDecoder(bytes)
    guard let kernels = try? reader.read() else { return [] }
    let signatures = kernels.map { $0.signature }
    var problems = kernels.flatMap { contradictions($0, in: bytes.count) }
    // The catalogue takes what the reader takes.
    guard let catalogue = try? Catalogue(description: bytes) else {
      return problems + ["the catalogue takes other descriptions than the reader"]
    }
    // As texts, for NaN equals nothing.
    if "\(catalogue.signatures)" != "\(signatures)" {
      problems.append("the catalogue has other signatures")
    }
    _ = ManifestSchema(kernels: signatures).text
    for signature in signatures.prefix(4) { problems += plan(signature) }
    return problems
  }

  /// What lanes rely on: fields lie in the state, and defaults in the description.
  private static func contradictions(_ kernel: DescribedKernel, in size: Int) -> [String] {
    var problems: [String] = []
    let name = kernel.signature.name
    if name.isEmpty { problems.append("no name") }
    if kernel.stateSize > 1 << 20 { problems.append("\(name): state of \(kernel.stateSize)") }
    if kernel.stateAlignment.nonzeroBitCount != 1 || kernel.stateAlignment > 64 {
      problems.append("\(name): alignment \(kernel.stateAlignment)")
    }
    if let defaults = kernel.defaults {
      if defaults.count != kernel.stateSize || defaults.upperBound > size {
        problems.append("\(name): defaults \(defaults)")
      }
    }
    for field in kernel.fields.parameters + kernel.fields.results {
      if field.offset < 0 || field.offset + field.size > kernel.stateSize {
        problems.append("\(name): a field at \(field.offset) of \(field.size)")
      }
      if Int(field.mark) >= kernel.stateSize { problems.append("\(name): mark \(field.mark)") }
    }
    for field in kernel.signature.parameters + kernel.signature.results {
      _ = (field.typeName, field.highest, field.unsignedLimits, field.numberLimits)
      if field.integerLimits.lowerBound < field.width.lowerBound {
        problems.append("\(name): limits \(field.integerLimits)")
      }
    }
    return problems
  }

  /// A call with the defaults: it is planned, or each required parameter is named.
  private static func plan(_ signature: KernelSignature) -> [String] {
    var text: [UInt8] = Array(#"[{"kernel": "#.utf8)
    JSONTree.value(.text(signature.name)).write(to: &text)
    text += Array("}]".utf8)
    let reading = ManifestReader.read(SourceText(name: "m", bytes: text))
    switch Planner.plan(reading, catalogue: [signature]) {
    case .success(let plan):
      var line: [UInt8] = []
      plan.writeArguments(ofCall: 0, to: &line)
      return []
    case .failure:
      let mayFail =
        signature.parameters.contains { $0.isRequired } || signature.name.utf8.contains(0)
      return mayFail ? [] : ["\(signature.name): its defaults are refused"]
    }
  }
}
