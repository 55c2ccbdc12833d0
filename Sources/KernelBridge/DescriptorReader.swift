import CKernelHost
import TaskModel

/// A kernel as its library describes it, checked.
@safe struct DescribedKernel {
  let signature: KernelSignature
  let fields: KernelFields
  let descriptor: UnsafePointer<kh_kernel>
}

/// Why a library's description cannot be used.
enum DescriptorFault: Error, Hashable {
  case wrongMagic(found: UInt64)
  case wrongMajor(found: UInt32)
  case wrongSize(of: String, found: UInt32, atLeast: Int)
  case noKernels
  case kernel(String, KernelFault)

  enum KernelFault: Error, Hashable {
    case noName
    case duplicate
    case noStep
    case stateSize(UInt64)
    case stateAlignment(UInt32)
    case unknownType(field: String, type: UInt32)
    case outsideState(field: String)
    case overlap(String, String)
    case duplicateField(String)
    case defaultOutOfRange(String)
    case errorCode(String, Int32)
  }
}

/// Reads and checks the description that a library gives of its kernels, so that
/// nothing behind has to. Strides come from the library's own sizes: an older or
/// newer minor version of the header has shorter or longer structs.
@safe struct DescriptorReader {
  let library: UnsafePointer<kh_library>
  let origin: String

  static let largestState: UInt64 = 1 << 20
  static let largestAlignment: UInt32 = 64

  init(library: UnsafePointer<kh_library>, origin: String) {
    unsafe self.library = library
    self.origin = origin
  }

  func read() -> Result<[DescribedKernel], DescriptorFault> {
    let head = unsafe library.pointee
    guard unsafe head.magic == magicNumber else {
      return unsafe .failure(.wrongMagic(found: head.magic))
    }
    guard unsafe head.abi_major == UInt32(KH_ABI_MAJOR) else {
      return unsafe .failure(.wrongMajor(found: head.abi_major))
    }
    let sizes: [(String, UInt32, Int)] = unsafe [
      ("kh_library", head.library_size, MemoryLayout<kh_library>.size),
      ("kh_kernel", head.kernel_size, MemoryLayout<kh_kernel>.size),
      ("kh_field", head.field_size, MemoryLayout<kh_field>.size),
      ("kh_error", head.error_size, MemoryLayout<kh_error>.size),
    ]
    for (name, found, least) in sizes where Int(found) < least {
      return .failure(.wrongSize(of: name, found: found, atLeast: least))
    }
    guard let begin = unsafe head.begin, let end = unsafe head.end, unsafe begin < end else {
      return .failure(.noKernels)
    }
    var kernels: [DescribedKernel] = []
    var names: Set<String> = []
    for index in 0..<(unsafe end - begin) {
      guard let descriptor = unsafe begin[index] else { continue }
      let name = unsafe text(descriptor.pointee.name) ?? ""
      guard names.insert(name).inserted else { return .failure(.kernel(name, .duplicate)) }
      switch unsafe kernel(descriptor, name: name) {
      case .success(let kernel): kernels.append(kernel)
      case .failure(let fault): return .failure(fault)
      }
    }
    return .success(kernels)
  }

  private func kernel(
    _ descriptor: UnsafePointer<kh_kernel>, name: String
  ) -> Result<DescribedKernel, DescriptorFault> {
    let kernel = unsafe descriptor.pointee
    func failure(_ fault: DescriptorFault.KernelFault) -> Result<DescribedKernel, DescriptorFault> {
      .failure(.kernel(name, fault))
    }
    if name.isEmpty { return failure(.noName) }
    if unsafe kernel.step == nil { return failure(.noStep) }
    guard unsafe kernel.state_size <= Self.largestState else {
      return unsafe failure(.stateSize(kernel.state_size))
    }
    let alignment = unsafe kernel.state_align
    guard alignment > 0, alignment <= Self.largestAlignment, alignment & (alignment - 1) == 0
    else { return failure(.stateAlignment(alignment)) }
    do {
      let defaults = unsafe kernel.defaults
      let size = Int(unsafe kernel.state_size)
      let parameters = try unsafe fields(kernel.params, stateSize: size, defaults: defaults)
      let results = try unsafe fields(kernel.results, stateSize: size, defaults: nil)
      try refuseOverlaps(parameters)
      let signature = KernelSignature(
        name: name, summary: unsafe text(kernel.summary) ?? "",
        parameters: parameters.map { $0.signature }, results: results.map { $0.signature },
        errors: try unsafe errors(kernel.errors),
        isPure: unsafe kernel.flags & UInt64(KH_PURE) != 0,
        isFlat: unsafe kernel.flags & UInt64(KH_FLAT) != 0, origin: origin)
      let fields = KernelFields(
        parameters: parameters.map { $0.layout }, results: results.map { $0.layout })
      return unsafe .success(
        DescribedKernel(signature: signature, fields: fields, descriptor: descriptor))
    } catch let fault as DescriptorFault.KernelFault {
      return failure(fault)
    } catch {
      return failure(.noName)
    }
  }

  private typealias DescribedField = (signature: FieldSignature, layout: FieldLayout)

  private func fields(
    _ list: UnsafePointer<kh_field>?, stateSize: Int, defaults: UnsafeRawPointer?
  ) throws -> [DescribedField] {
    guard var next = unsafe UnsafeRawPointer(list) else { return [] }
    var fields: [DescribedField] = []
    while true {
      let field = unsafe next.loadUnaligned(as: kh_field.self)
      guard let name = unsafe text(field.name) else { return fields }
      guard let type = unsafe FieldType(rawValue: field.type) else {
        throw unsafe DescriptorFault.KernelFault.unknownType(field: name, type: field.type)
      }
      let offset = Int(unsafe field.offset)
      guard offset + type.size <= stateSize else {
        throw DescriptorFault.KernelFault.outsideState(field: name)
      }
      if fields.contains(where: { $0.signature.name == name }) {
        throw DescriptorFault.KernelFault.duplicateField(name)
      }
      var layout = FieldLayout(type: type, offset: offset)
      let isRequired = unsafe field.required != 0
      let range =
        unsafe field.range.set != 0 && field.range.low <= field.range.high
        ? unsafe field.range.low...field.range.high : nil
      let choices = unsafe texts(field.choices)
      var defaultValue = Value.null
      if !isRequired {
        defaultValue =
          unsafe defaults.map { unsafe StateReader.value(layout, at: $0) }
          ?? StateReader.zero(type)
        if !Self.allows(defaultValue, range: range, choices: choices) {
          throw DescriptorFault.KernelFault.defaultOutOfRange(name)
        }
      }
      let signature = FieldSignature(
        name: name, type: type.valueType, doc: unsafe text(field.doc) ?? "",
        unit: unsafe text(field.unit), range: range, width: type.width, choices: choices,
        isRequired: isRequired, defaultValue: defaultValue)
      layout.integers = signature.integerLimits
      layout.numbers = range ?? layout.numbers
      fields.append((signature, layout))
      unsafe next += Int(library.pointee.field_size)
    }
  }

  private static func allows(_ value: Value, range: ClosedRange<Double>?, choices: [String]) -> Bool
  {
    switch value {
    case .integer(let number): range?.contains(Double(number)) ?? true
    case .number(let number): range?.contains(number) ?? true
    case .text(let text): choices.isEmpty || choices.contains(text)
    default: true
    }
  }

  private func refuseOverlaps(_ fields: [DescribedField]) throws {
    let sorted = fields.sorted { $0.layout.offset < $1.layout.offset }
    for (a, b) in zip(sorted, sorted.dropFirst())
    where a.layout.offset + a.layout.type.size > b.layout.offset {
      throw DescriptorFault.KernelFault.overlap(a.signature.name, b.signature.name)
    }
  }

  private func errors(_ list: UnsafePointer<kh_error>?) throws -> [DeclaredError] {
    guard var next = unsafe UnsafeRawPointer(list) else { return [] }
    var errors: [DeclaredError] = []
    while true {
      let error = unsafe next.loadUnaligned(as: kh_error.self)
      guard let name = unsafe text(error.name) else { return errors }
      guard unsafe error.code < 0 else {
        throw unsafe DescriptorFault.KernelFault.errorCode(name, error.code)
      }
      errors.append(
        unsafe DeclaredError(code: error.code, name: name, text: text(error.text) ?? ""))
      unsafe next += Int(library.pointee.error_size)
    }
  }

  private func texts(_ list: UnsafePointer<UnsafePointer<CChar>?>?) -> [String] {
    guard var next = unsafe list else { return [] }
    var texts: [String] = []
    while let entry = unsafe next.pointee {
      unsafe texts.append(String(cString: entry))
      unsafe next += 1
    }
    return texts
  }

  private func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    unsafe pointer.map { unsafe String(cString: $0) }
  }
}

/// `KH_MAGIC`, which the importer does not carry over ("KHKRNL01").
let magicNumber: UInt64 = 0x3130_4c4e_524b_484b
