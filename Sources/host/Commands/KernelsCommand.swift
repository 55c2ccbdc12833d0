import KernelHost
import KernelHostModel

/// `host kernels [NAME [PARAMETER ...]] [--json]`.
enum KernelsCommand: Subcommand {
  static let form = "kernels [NAME ...]"
  static let summary = "list the kernels, or describe one"
  static let help = """
    host kernels - list the kernels, or describe one

    usage: host kernels [--json] [--plugin PATH ...]
           host kernels NAME [PARAMETER ...] [--json] [--plugin PATH ...]

    For one kernel it shows its parameters with type, unit, default, range and
    meaning, its results, its error codes, and its origin. If parameters are named,
    it shows only these.

      --json         write JSON: an array of kernels, one kernel as an object, or an
                     array of the named parameters
      --plugin PATH  kernels of this plugin, too; as for run

    example: host kernels for_loop max

    """

  static let options = [Option("json")] + KernelOptions.ofKernels
  static let operands = [Completion.kernel]
  static let moreOperands = Completion.parameter

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let all = try KernelOptions(parsed).signatures()
    let asJSON = parsed.flags.contains("json")
    guard let name = parsed.operands.first else {
      return console.show(asJSON ? json(all) : list(all), isData: asJSON)
    }
    guard let kernel = all.first(where: { $0.name == name }) else {
      let near = NearName.nearest(to: name, among: all.lazy.map { $0.name })
      throw .usage(Wording.unknownKernel(name, near: near))
    }
    let wanted = Array(parsed.operands.dropFirst())
    if !wanted.isEmpty {
      let chosen = try parameters(wanted, of: kernel)
      return console.show(asJSON ? json(chosen) : describe(kernel, only: chosen), isData: asJSON)
    }
    return console.show(asJSON ? json(kernel) + "\n" : describe(kernel), isData: asJSON)
  }

  private static func list(_ kernels: [KernelSignature]) -> String {
    let names = kernels.map { Wording.plain($0.name) }
    let width = names.map { $0.count }.max() ?? 0
    return zip(names, kernels).map { name, kernel in
      pad(name, width) + "  " + Wording.plain(kernel.summary) + "\n"
    }.joined()
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }

  private static func describe(_ kernel: KernelSignature) -> String {
    var text = head(kernel)
    text += section("parameters", kernel.parameters.map { (parameterHead($0), $0.doc) })
    text += section("results", kernel.results.map { (fieldHead($0), $0.doc) })
    text += section("errors", kernel.errors.map { ("\($0.name) (\($0.code))", $0.text) })
    text += "\n\(kernel.isPure ? "pure" : "not pure"), "
    text += "\(kernel.isFlat ? "flat" : "not flat"); \(Wording.plain(kernel.origin))\n"
    return text
  }

  private static func head(_ kernel: KernelSignature) -> String {
    "\(Wording.plain(kernel.name)): \(Wording.plain(kernel.summary))\n"
  }

  /// Returns parameters by name, in the order of the command line.
  private static func parameters(
    _ names: [String], of kernel: KernelSignature
  ) throws(CommandError) -> [FieldSignature] {
    var chosen: [FieldSignature] = []
    for name in names {
      guard let index = kernel.parameterIndex(name) else {
        let near = NearName.nearest(to: name, among: kernel.parameters.lazy.map { $0.name })
        throw .usage(Messages.unknownParameter(name, of: kernel.name, near: near))
      }
      chosen.append(kernel.parameters[index])
    }
    return chosen
  }

  private static func describe(
    _ kernel: KernelSignature, only parameters: [FieldSignature]
  ) -> String {
    head(kernel)
      + section("parameters", parameters.map { (parameterHead($0), $0.doc) })
  }

  private static func section(_ title: String, _ raw: [(head: String, doc: String)]) -> String {
    if raw.isEmpty { return "" }
    // Each row is one line, whatever names a plugin gives its parameters.
    let rows = raw.map { (head: Wording.plain($0.head), doc: Wording.plain($0.doc)) }
    let width = rows.map { $0.head.count }.max() ?? 0
    return "\n\(title)\n"
      + rows.map { "  " + (pad($0.head, width) + "  " + $0.doc).trimmingEnd + "\n" }.joined()
  }

  private static func fieldHead(_ field: FieldSignature) -> String {
    "\(field.name): \(field.typeName)" + (field.unit.map { " [\($0)]" } ?? "")
  }

  private static func parameterHead(_ field: FieldSignature) -> String {
    var head = fieldHead(field)
    head += field.isRequired ? " (required)" : " = \(jsonText(field.defaultValue))"
    if let range = limits(field) { head += ", \(range)" }
    if field.isPath { head += ", a path relative to the manifest" }
    if !field.choices.isEmpty {
      head += ", one of " + field.choices.map(Messages.quoted).joined(separator: ", ")
    }
    return head
  }

  private static func limits(_ field: FieldSignature) -> String? {
    if field.range != nil {
      let limits = Wording.limits(field)
      return limits.hasPrefix("from ") ? String(limits.dropFirst(5)) : limits
    }
    if field.type == .i64, field.width != Int64.min...Int64.max {
      return field.width.upperBound == Int64.max
        ? "at least \(field.width.lowerBound)"
        : "\(field.width.lowerBound) to \(field.width.upperBound)"
    }
    return nil
  }

  private static func jsonText(_ value: Value) -> String {
    text { JSONWriter.value(value, to: &$0) }
  }

  // MARK: JSON

  private static func json(_ parameters: [FieldSignature]) -> String {
    "[\n"
      + parameters.map { field in text { field.writeDescription(isParameter: true, to: &$0) } }
      .joined(separator: ",\n") + "\n]\n"
  }

  private static func json(_ kernels: [KernelSignature]) -> String {
    "[\n" + kernels.map(json).joined(separator: ",\n") + "\n]\n"
  }

  private static func json(_ kernel: KernelSignature) -> String {
    text { kernel.writeDescription(to: &$0) }
  }

  private static func text(_ write: (inout [UInt8]) -> Void) -> String {
    var buffer: [UInt8] = []
    write(&buffer)
    return String(decoding: buffer, as: UTF8.self)
  }
}

extension Messages {
  fileprivate static func unknownParameter(_ name: String, of kernel: String, near: String?)
    -> String
  {
    "kernel \(quoted(kernel)) has no parameter \(quoted(name))"
      + (near.map { "; did you mean \(quoted($0))?" } ?? "; see host kernels \(quoted(kernel))")
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
