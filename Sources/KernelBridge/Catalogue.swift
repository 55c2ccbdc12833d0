import CKernelHost
import CKernelHostLanes
public import KernelHostModel

/// Major and minor of the header's ABI: "1.1".
public let kernelABI = "\(KH_ABI_MAJOR).\(KH_ABI_MINOR)"

/// The kernels that calls can name, with what the bridge needs to reach them.
///
/// Immutable after `init`. Owns the tables that lanes index. The kernels themselves belong to their
/// libraries, in this process or in that of the workers.
@safe public final class Catalogue: Sendable {
  /// Sorted by the bytes of their names. A kernel's index here is its number everywhere.
  public let signatures: [KernelSignature]
  // `signatures.count` entries each. Only `init` writes them, so they can be shared.
  nonisolated(unsafe) let layouts: UnsafeMutablePointer<KernelLayout>
  nonisolated(unsafe) let shapes: UnsafeMutablePointer<kh_shape>
  /// The descriptors, for lanes of this process; nil: the kernels are in another process.
  nonisolated(unsafe) let table: UnsafePointer<UnsafePointer<kh_kernel>?>?
  /// The folder of relative paths in arguments, with a "/" at its end. Empty: the working folder.
  private let folder: [UInt8]
  /// The encoded descriptors, which contain the default states.
  nonisolated(unsafe) private let description: UnsafeMutableRawPointer

  /// The kernels of this executable.
  public static let builtIn: Catalogue = {
    do throws(KernelFault) {
      return try Catalogue(Libraries())
    } catch {
      fatalError("built-in kernels: \(error)")
    }
  }()

  /// The kernels of this process.
  convenience init(
    _ libraries: Libraries, _ origins: [String: String] = [:], folder: String = ""
  ) throws(KernelFault) {
    try unsafe self.init(
      description: libraries.description, table: libraries.table, origins: origins, folder: folder)
  }

  /// The built-in kernels, and those of libraries that are loaded into this process. Also returns
  /// what was found of the libraries, by their index.
  public static func inThisProcess(
    plugins: [PluginSource], origins: [String: String] = [:], folder: String = ""
  ) throws(CatalogueFault) -> (Catalogue, notes: [Int: [PluginNote]]) {
    let libraries = Libraries()
    var notes: [Int: [PluginNote]] = [:]
    for (index, source) in plugins.enumerated() {
      do throws(PluginRefusal) {
        notes[index] = try libraries.load(source)
      } catch {
        throw .plugin(error, index: index)
      }
    }
    do throws(KernelFault) {
      return (try Catalogue(libraries, origins, folder: folder), notes)
    } catch {
      throw .kernel(error)
    }
  }

  /// Kernels of another process.
  convenience init(
    description: [UInt8], origins: [String: String] = [:], folder: String = ""
  ) throws(KernelFault) {
    try unsafe self.init(description: description, table: nil, origins: origins, folder: folder)
  }

  private init(
    description bytes: [UInt8], table: UnsafePointer<UnsafePointer<kh_kernel>?>?,
    origins: [String: String], folder: String
  ) throws(KernelFault) {
    self.folder =
      folder.isEmpty || folder.hasSuffix("/") ? Array(folder.utf8) : Array((folder + "/").utf8)
    var reader = DescriptorDecoder(bytes)
    let kernels = try reader.read()
    // A library that was compiled is named by its source.
    signatures = kernels.map { kernel in
      var signature = kernel.signature
      signature.origin = origins[signature.origin] ?? signature.origin
      return signature
    }
    unsafe self.table = table
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe copy.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }
    unsafe description = copy
    unsafe layouts = .allocate(capacity: max(kernels.count, 1))
    unsafe shapes = .allocate(capacity: max(kernels.count, 1))
    for (index, kernel) in kernels.enumerated() {
      unsafe (layouts + index).initialize(to: KernelLayout(kernel.fields))
      let defaults = unsafe kernel.defaults.map { unsafe UnsafeRawPointer(copy + $0.lowerBound) }
      unsafe (shapes + index).initialize(
        to: kh_shape(
          state_size: UInt64(kernel.stateSize), defaults: defaults,
          state_align: UInt32(kernel.stateAlignment), is_flat: kernel.signature.isFlat ? 1 : 0))
    }
  }

  /// Kernels that only simulated lanes can run. Their calls have neither arguments nor results.
  package init(simulated signatures: [KernelSignature]) {
    self.signatures = signatures.sorted {
      $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    folder = []
    unsafe table = nil
    unsafe description = .allocate(byteCount: 1, alignment: 16)
    unsafe layouts = .allocate(capacity: max(signatures.count, 1))
    unsafe shapes = .allocate(capacity: max(signatures.count, 1))
    for index in signatures.indices {
      unsafe (layouts + index).initialize(
        to: KernelLayout(FieldLayouts(parameters: [], results: [])))
      unsafe (shapes + index).initialize(
        to: kh_shape(state_size: 0, defaults: nil, state_align: 1, is_flat: 0))
    }
  }

  deinit {
    for index in signatures.indices { unsafe layouts[index].deallocate() }
    unsafe layouts.deallocate()
    unsafe shapes.deallocate()
    unsafe description.deallocate()
  }

  /// Returns the path that a text means. The empty text stays empty.
  func resolved(path: ArraySlice<UInt8>) -> [UInt8] {
    let isRelative = path.first.map { $0 != UInt8(ascii: "/") } ?? false
    return isRelative ? folder + path : Array(path)
  }

  /// Returns the number of a kernel; nil if no kernel has that name. O(log n).
  public func index(of name: String) -> Int? {
    var low = 0
    var high = signatures.count
    while low < high {
      let middle = (low + high) / 2
      if signatures[middle].name.utf8.lexicographicallyPrecedes(name.utf8) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low < signatures.count && signatures[low].name == name ? low : nil
  }
}

/// Where a kernel's fields lie in its state. It is plain memory of the catalogue, so that a call
/// counts no references. Valid as long as the catalogue.
@safe struct KernelLayout {
  let parameters: UnsafeBufferPointer<FieldLayout>
  let results: UnsafeBufferPointer<FieldLayout>
  /// Some parameter is a text, bytes or an array, so a call may need room after its state.
  let hasPayload: Bool
  /// Some parameter's state says whether it was given.
  let hasMarks: Bool

  init(_ fields: FieldLayouts) {
    unsafe parameters = Self.copy(fields.parameters)
    unsafe results = Self.copy(fields.results)
    hasPayload = fields.parameters.contains { $0.isPointer }
    hasMarks = fields.parameters.contains { $0.mark >= 0 }
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

  func hasParameter(_ index: Int) -> Bool { unsafe parameters.indices.contains(index) }

  /// Returns the layout of a parameter. An index out of bounds ends the process, also in release.
  func parameter(_ index: Int) -> FieldLayout {
    unsafe precondition(index >= 0 && index < parameters.count, "no such parameter")
    return unsafe parameters[index]
  }
}

/// The fields of a kernel as its library describes them.
struct FieldLayouts {
  let parameters: [FieldLayout]
  let results: [FieldLayout]
}

/// Why a library's kernels cannot be used.
public enum CatalogueFault: Error, Sendable {
  case plugin(PluginRefusal, index: Int)
  case kernel(KernelFault)
}
