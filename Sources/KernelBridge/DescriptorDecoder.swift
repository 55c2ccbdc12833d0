import CKernelHost
import KernelHostModel

/// A kernel as its library describes it, after all checks.
struct DescribedKernel {
  let signature: KernelSignature
  let fields: FieldLayouts
  let stateSize: Int
  let stateAlignment: Int
  /// Where the default state is in the encoded descriptors; nil: it is all zero.
  let defaults: Range<Int>?
}

/// Why a kernel's descriptor cannot be used.
public struct KernelFault: Error, Hashable, Sendable {
  public let kernel: String
  public let origin: String
  public let problem: Problem

  public enum Problem: Hashable, Sendable {
    case noName
    case noStep
    case stateSize(UInt64)
    case stateAlignment(UInt64)
    case unknownType(field: String, type: UInt64)
    case outsideState(field: String)
    case overlap(String, String)
    case duplicateField(String)
    case defaultOutOfRange(String)
    case errorCode(String, Int64)
    /// `KH_PATH` of a field that is not a text.
    case pathIsNoText(String)
    /// A type of this many bits cannot hold the number of its last choice.
    case tooManyChoices(String)
    /// The encoded descriptors are cut or damaged.
    case unreadable
    /// It has this many bytes.
    case tooLarge(Int)
    case tooManyFields
  }
}

/// Decodes the descriptors of kernels, as descriptor_encode.c writes them, and checks them, so that
/// later code need not. A library's process may have written anything: every length is checked.
struct DescriptorDecoder {
  private let bytes: [UInt8]
  private var at = 0

  static let largestAlignment: UInt64 = 64
  /// `KH_LARGEST_DESCRIPTION`: the most bytes for all kernels.
  static let largest = 64 << 20
  private static let mostFields: UInt64 = 10_000

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Returns the kernels in the order of their numbers. Throws at the first that cannot be used.
  mutating func read() throws(KernelFault) -> [DescribedKernel] {
    var kernels: [DescribedKernel] = []
    if bytes.count > Self.largest {
      throw KernelFault(kernel: "", origin: "", problem: .tooLarge(bytes.count))
    }
    guard let count = number() else { throw unreadable("", "") }
    for _ in 0..<count { kernels.append(try kernel()) }
    return kernels
  }

  private func unreadable(_ name: String, _ origin: String) -> KernelFault {
    KernelFault(kernel: name, origin: origin, problem: .unreadable)
  }

  private mutating func kernel() throws(KernelFault) -> DescribedKernel {
    guard let path = text(), let name = text(), let summary = text(), let flags = number(),
      let size = number(), let alignment = number(), let hasStep = number(),
      let defaults = range()
    else { throw unreadable("", "") }
    let origin = path.isEmpty ? "built-in" : path
    do throws(Stop) {
      if name.isEmpty { throw .problem(.noName) }
      if hasStep == 0 { throw .problem(.noStep) }
      if size > largestState { throw .problem(.stateSize(size)) }
      if alignment == 0 || alignment > Self.largestAlignment
        || alignment & (alignment - 1) != 0
      {
        throw .problem(.stateAlignment(alignment))
      }
      if !defaults.isEmpty, defaults.count != Int(size) { throw .problem(.unreadable) }
      let state = defaults.isEmpty ? nil : defaults
      let parameters = try fields(stateSize: Int(size), defaults: state, isResult: false)
      let results = try fields(stateSize: Int(size), defaults: nil, isResult: true)
      try Self.refuseOverlaps(parameters)
      let signature = KernelSignature(
        name: name, summary: summary,
        parameters: parameters.map { $0.signature }, results: results.map { $0.signature },
        errors: try errors(), isPure: flags & UInt64(KH_PURE) != 0,
        isFlat: flags & UInt64(KH_FLAT) != 0, origin: origin)
      return DescribedKernel(
        signature: signature,
        fields: FieldLayouts(
          parameters: parameters.map { $0.layout }, results: results.map { $0.layout }),
        stateSize: Int(size), stateAlignment: Int(alignment), defaults: state)
    } catch {
      guard case .problem(let problem) = error else { throw unreadable(name, origin) }
      throw KernelFault(kernel: name, origin: origin, problem: problem)
    }
  }

  private enum Stop: Error { case problem(KernelFault.Problem) }

  private typealias DescribedField = (signature: FieldSignature, layout: FieldLayout)

  private mutating func fields(
    stateSize: Int, defaults: Range<Int>?, isResult: Bool
  ) throws(Stop) -> [DescribedField] {
    guard let count = number() else { throw .problem(.unreadable) }
    if count > Self.mostFields { throw .problem(.tooManyFields) }
    var fields: [DescribedField] = []
    var names: Set<String> = []
    for _ in 0..<count {
      let field = try field(stateSize: stateSize, defaults: defaults, isResult: isResult)
      if !names.insert(field.signature.name).inserted {
        throw .problem(.duplicateField(field.signature.name))
      }
      fields.append(field)
    }
    return fields
  }

  private mutating func field(
    stateSize: Int, defaults: Range<Int>?, isResult: Bool
  ) throws(Stop) -> DescribedField {
    guard let name = text(), let rawType = number(), let offset = number(), let doc = text(),
      let hasUnit = number(), let unit = text(), let low = real(), let high = real(),
      let hasRange = number(), let required = number(), let given = number(),
      let flags = number(), let choiceCount = number()
    else { throw .problem(.unreadable) }
    var choices: [String] = []
    for _ in 0..<choiceCount {
      guard let choice = text() else { throw .problem(.unreadable) }
      choices.append(choice)
    }
    guard let pointedAt = range() else { throw .problem(.unreadable) }
    let isPath = flags & UInt64(KH_PATH) != 0
    guard offset <= UInt64(stateSize) else { throw .problem(.outsideState(field: name)) }
    guard
      var layout = FieldLayout(
        described: rawType, offset: Int(offset), hasChoices: !choices.isEmpty, isPath: isPath)
    else { throw .problem(.unknownType(field: name, type: rawType)) }
    guard Int(offset) + layout.size <= stateSize, given <= UInt64(stateSize) else {
      throw .problem(.outsideState(field: name))
    }
    if isPath, layout.shape != .path { throw .problem(.pathIsNoText(name)) }
    if layout.shape == .choice, Int64(choices.count) - 1 > layout.width.upperBound {
      throw .problem(.tooManyChoices(name))
    }
    layout.mark = isResult ? -1 : Int32(given) - 1
    let isRequired = required != 0
    let isLowOpen = hasRange & UInt64(KH_ABOVE_LOW.rawValue) != 0
    let isHighOpen = hasRange & UInt64(KH_BELOW_HIGH.rawValue) != 0
    let range = hasRange != 0 && low <= high ? low...high : nil
    var defaultValue = Value.null
    if !isRequired, !isResult {
      let value = value(layout, defaults: defaults, pointedAt: pointedAt)
      defaultValue = layout.named(value, choices)
    }
    let signature = FieldSignature(
      name: name, type: layout.valueType, count: layout.count > 0 ? Int(layout.count) : nil,
      doc: doc, unit: hasUnit != 0 ? unit : nil, range: range,
      isLowOpen: isLowOpen, isHighOpen: isHighOpen,
      width: layout.width, isFloat: layout.isFloat, choices: choices, isPath: isPath,
      isRequired: isRequired, defaultValue: defaultValue)
    // The range holds for the elements of arguments: zeros may stand outside it by default.
    if defaultValue != .null, !layout.valueType.isArray,
      ArgumentCheck.problem(with: defaultValue, for: signature) != nil
    {
      throw .problem(.defaultOutOfRange(name))
    }
    layout.sure = SureNumbers(ArgumentRule(signature), isFloat: layout.isFloat)
    return (signature, layout)
  }

  private func value(_ field: FieldLayout, defaults: Range<Int>?, pointedAt: Range<Int>) -> Value {
    guard let defaults else { return StateReader.zero(field) }
    if field.isPointer { return StateReader.pointed(field, bytes[pointedAt]) }
    return unsafe bytes.withUnsafeBytes { bytes in
      unsafe StateReader.value(field, at: bytes.baseAddress! + defaults.lowerBound)
    }
  }

  private static func refuseOverlaps(_ fields: [DescribedField]) throws(Stop) {
    let sorted = fields.sorted { $0.layout.offset < $1.layout.offset }
    for (a, b) in zip(sorted, sorted.dropFirst())
    where a.layout.offset + a.layout.size > b.layout.offset {
      throw .problem(.overlap(a.signature.name, b.signature.name))
    }
  }

  private mutating func errors() throws(Stop) -> [DeclaredError] {
    guard let count = number() else { throw .problem(.unreadable) }
    var errors: [DeclaredError] = []
    for _ in 0..<count {
      guard let name = text(), let text = text(), let raw = number() else {
        throw .problem(.unreadable)
      }
      let code = Int64(bitPattern: raw)
      guard code < 0, let code32 = Int32(exactly: code) else {
        throw .problem(.errorCode(name, code))
      }
      errors.append(DeclaredError(code: code32, name: name, text: text))
    }
    return errors
  }

  // The parts of the encoded descriptors; nil: the end is reached.

  private mutating func number() -> UInt64? {
    guard bytes.count - at >= 8 else { return nil }
    var number: UInt64 = 0
    for shift in 0..<8 { number |= UInt64(bytes[at + shift]) << UInt64(shift * 8) }
    at += 8
    return number
  }

  private mutating func real() -> Double? { number().map { Double(bitPattern: $0) } }

  private mutating func range() -> Range<Int>? {
    guard let count = number(), count <= UInt64(bytes.count - at) else { return nil }
    let range = at..<at + Int(count)
    at = range.upperBound
    return range
  }

  private mutating func text() -> String? {
    range().map { String(decoding: bytes[$0], as: UTF8.self) }
  }
}

/// `KH_LARGEST_STATE`, in bytes.
private let largestState: UInt64 = 1 << 20
