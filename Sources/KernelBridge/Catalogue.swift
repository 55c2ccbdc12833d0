import CKernelHost
import CLanes
public import TaskModel

/// The kernels that calls can name, with what the bridge needs to reach them.
///
/// Immutable after `init`. Owns the table of pointers that lanes index; the
/// kernels themselves belong to their library and live as long as it is loaded.
@safe public final class Catalogue: Sendable {
  /// Sorted by name; a kernel's index here is its number everywhere.
  public let signatures: [KernelSignature]
  nonisolated(unsafe) let layouts: UnsafeMutablePointer<KernelLayout>
  /// `signatures.count` entries each. Written in `init` only, so sharing them is sound.
  nonisolated(unsafe) let table: UnsafeMutablePointer<UnsafePointer<kh_kernel>?>

  /// The kernels of this executable.
  public static let builtIn: Catalogue = {
    let library = unsafe kh_builtin_library()!
    switch unsafe DescriptorReader(library: library, origin: "built-in").read() {
    case .success(let kernels): return Catalogue(kernels)
    case .failure(let fault): fatalError("built-in kernels: \(fault)")
    }
  }()

  init(_ kernels: [DescribedKernel]) {
    let sorted = kernels.sorted { $0.signature.name < $1.signature.name }
    signatures = sorted.map { $0.signature }
    unsafe layouts = .allocate(capacity: max(sorted.count, 1))
    unsafe table = .allocate(capacity: max(sorted.count, 1))
    for (index, kernel) in sorted.enumerated() {
      unsafe (table + index).initialize(to: kernel.descriptor)
      unsafe (layouts + index).initialize(to: KernelLayout(kernel.fields))
    }
  }

  deinit {
    for index in signatures.indices { unsafe layouts[index].deallocate() }
    unsafe layouts.deallocate()
    unsafe table.deallocate()
  }

  /// The number of a kernel; nil if there is none of that name. O(log n).
  public func index(of name: String) -> Int? {
    var low = 0
    var high = signatures.count
    while low < high {
      let middle = (low + high) / 2
      if signatures[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < signatures.count && signatures[low].name == name ? low : nil
  }
}

/// Where a kernel's fields lie in its state: plain memory of the catalogue's, so
/// that a call costs no counting of references. Valid as long as the catalogue.
@safe struct KernelLayout {
  let parameters: UnsafeBufferPointer<FieldLayout>
  let results: UnsafeBufferPointer<FieldLayout>
  /// Some parameter is a text, bytes or an array, so a call may need room behind its state.
  let hasPayload: Bool

  init(_ fields: KernelFields) {
    unsafe parameters = Self.copy(fields.parameters)
    unsafe results = Self.copy(fields.results)
    hasPayload = fields.parameters.contains { $0.type.isPointer }
  }

  private static func copy(_ fields: [FieldLayout]) -> UnsafeBufferPointer<FieldLayout> {
    let memory = UnsafeMutableBufferPointer<FieldLayout>.allocate(capacity: fields.count)
    _ = unsafe memory.initialize(from: fields)
    return UnsafeBufferPointer(memory)
  }

  func deallocate() {
    unsafe parameters.deallocate()
    unsafe results.deallocate()
  }

  /// The layout of a parameter; out of bounds stops the process, also in release.
  func parameter(_ index: Int) -> FieldLayout {
    unsafe precondition(index >= 0 && index < parameters.count, "no such parameter")
    return unsafe parameters[index]
  }
}

/// The fields of a kernel as its library describes them.
struct KernelFields {
  let parameters: [FieldLayout]
  let results: [FieldLayout]
}

/// One field: its C type and its offset in bytes; and the numbers that need no
/// second look, if it is a parameter.
struct FieldLayout: Sendable {
  let type: FieldType
  let offset: Int
  var integers = Int64.min...Int64.max
  var numbers = -Double.infinity...Double.infinity
}

/// The C types of fields, `enum kh_type` of the header.
enum FieldType: UInt32, Sendable {
  case bool = 1
  case i8, i16, i32, i64, u8, u16, u32, u64, f32, f64
  case text, bytes, i64Array, f64Array

  var size: Int {
    switch self {
    case .bool, .i8, .u8: 1
    case .i16, .u16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    case .text, .bytes, .i64Array, .f64Array: 16
    }
  }

  /// A pointer and a count: what it points to lies outside the field.
  var isPointer: Bool { size == 16 }

  var valueType: ValueType {
    switch self {
    case .bool: .bool
    case .i8, .i16, .i32, .i64, .u8, .u16, .u32, .u64: .i64
    case .f32, .f64: .f64
    case .text: .text
    case .bytes: .bytes
    case .i64Array: .i64Array
    case .f64Array: .f64Array
    }
  }

  /// What an `Int64` may be to fit.
  var width: ClosedRange<Int64> {
    switch self {
    case .i8: Int64(Int8.min)...Int64(Int8.max)
    case .i16: Int64(Int16.min)...Int64(Int16.max)
    case .i32: Int64(Int32.min)...Int64(Int32.max)
    case .u8: 0...Int64(UInt8.max)
    case .u16: 0...Int64(UInt16.max)
    case .u32: 0...Int64(UInt32.max)
    case .u64: 0...Int64.max
    default: Int64.min...Int64.max
    }
  }
}
