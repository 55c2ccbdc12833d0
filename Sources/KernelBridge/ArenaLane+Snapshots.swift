import CKernelHostLanes
import KernelHostModel

/// Copies of half-done calls: made by the lane, read by its owner, restored in another lane.
extension ArenaLane {
  public func requestSnapshot(olderThan age: UInt64) -> Bool {
    unsafe kh_client_want_snapshot(client, age)
  }

  /// A kernel may have written over what the lane says of it.
  private static var longestCopy: UInt64 { 10_000_000_000 }

  public func takeSnapshot() -> LaneSnapshot? {
    for isFinal in [true, false] {
      var size: UInt64 = 0
      guard let bytes = unsafe kh_client_snapshot(client, isFinal, &size) else { continue }
      let reader = unsafe SnapshotReader(
        box, catalogue, AddressMap(client), bytes, Int(size), isFinal: isFinal)
      let head = unsafe bytes.assumingMemoryBound(to: kh_snapshot_head.self).pointee
      return LaneSnapshot(
        isFinal: isFinal, nanoseconds: min(head.copy_ns, Self.longestCopy), pause: head.pause_ns,
        read: reader.read)
    }
    return nil
  }

  public func restore(
    _ saved: SavedCalls, _ options: (SavedCall) -> CallOptions?
  ) -> [Bool] {
    let numbers = Dictionary(
      saved.kernels.compactMap { kernel in
        catalogue.index(of: kernel.name).map { (kernel.index, $0) }
      }, uniquingKeysWith: { first, _ in first })
    var body = saved.body
    var items = unsafe [kh_restore]()
    unsafe body.withUnsafeMutableBytes { body in
      guard let start = body.baseAddress, body.count >= MemoryLayout<kh_snapshot_head>.size
      else { return }
      var at: UInt64 = 0
      for call in saved.calls {
        guard let raw = unsafe kh_snapshot_next(start, UInt64(body.count), &at) else { break }
        var item = unsafe kh_restore()
        unsafe item.call = raw
        unsafe item.outcome = KH_NOT_WANTED.rawValue
        if let kernel = numbers[Int(unsafe raw.pointee.kernel)], let options = options(call) {
          unsafe item.kernel = UInt32(kernel)
          unsafe item.options = options.raw
          unsafe item.outcome = KH_RESTORED.rawValue
          let defaults = saved.kernels.first { $0.index == Int(unsafe raw.pointee.kernel) }?
            .defaults
          unsafe renew(defaults ?? [], UnsafeMutableRawPointer(mutating: raw), kernel)
        }
        unsafe items.append(item)
      }
      let head = unsafe start.assumingMemoryBound(to: kh_snapshot_head.self)
      unsafe items.withUnsafeMutableBufferPointer { items in
        unsafe kh_client_restore(client, head, items.baseAddress, items.count)
      }
    }
    let outcomes = unsafe items.map { unsafe $0.outcome == KH_RESTORED.rawValue }
    return outcomes + Array(repeating: false, count: saved.calls.count - outcomes.count)
  }

  /// Puts this process's default pointers in place of the other's, where they still are.
  private func renew(
    _ pointers: [SavedKernel.Pointer], _ raw: UnsafeMutableRawPointer, _ kernel: Int
  ) {
    let call = unsafe raw.assumingMemoryBound(to: kh_saved_call.self).pointee
    guard let defaults = unsafe catalogue.shapes[kernel].defaults,
      unsafe UInt64(call.state_size) == catalogue.shapes[kernel].state_size
    else { return }
    let state =
      unsafe raw + MemoryLayout<kh_saved_call>.size
      + Int(call.block_count) * MemoryLayout<kh_saved_block>.size + Int(call.state_offset)
    for pointer in pointers where pointer.offset >= 0 && pointer.offset + 8 <= call.state_size {
      let word = unsafe state.loadUnaligned(fromByteOffset: pointer.offset, as: UInt64.self)
      guard word == pointer.address else { continue }
      unsafe state.storeBytes(
        of: defaults.loadUnaligned(fromByteOffset: pointer.offset, as: UInt64.self),
        toByteOffset: pointer.offset, as: UInt64.self)
    }
  }
}

/// Where the worker of a lane has memory.
@safe private final class AddressMap: Sendable {
  /// Nil: this is not known.
  nonisolated(unsafe) let map: OpaquePointer?

  init(_ client: OpaquePointer) { unsafe map = kh_address_map_read(client) }
  deinit { unsafe kh_address_map_free(map) }
}

/// Reads copies in the memory of a lane. Guard: one thread reads it, once, and the client keeps the
/// bytes until then.
@safe private final class SnapshotReader: @unchecked Sendable {
  private let box: ClientBox
  private let catalogue: Catalogue
  private let map: AddressMap
  private let bytes: UnsafeRawPointer
  private let size: Int
  private let isFinal: Bool

  init(
    _ box: ClientBox, _ catalogue: Catalogue, _ map: AddressMap, _ bytes: UnsafeRawPointer,
    _ size: Int, isFinal: Bool
  ) {
    self.box = box
    self.catalogue = catalogue
    self.map = map
    unsafe self.bytes = bytes
    self.size = size
    self.isFinal = isFinal
  }

  @Sendable func read() -> (SavedCalls, strays: [StrayPointer]) {
    // Copied first: the lane's memory is free again at once, and nothing changes while it is read.
    var copy = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: size))
    unsafe kh_client_snapshot_taken(box.client, isFinal)
    var saved = SavedCalls()
    var strays: [StrayPointer] = []
    let headSize = MemoryLayout<kh_snapshot_head>.size
    guard copy.count >= headSize else { return (saved, strays) }
    unsafe copy.withUnsafeMutableBytes { copy in
      guard let start = copy.baseAddress else { return }
      let head = unsafe start.assumingMemoryBound(to: kh_snapshot_head.self)
      unsafe head.pointee.size = UInt64(copy.count)
      var looks: [Int: KernelLook] = [:]
      var at: UInt64 = 0
      var kept = headSize
      while let raw = unsafe kh_snapshot_next(start, UInt64(copy.count), &at) {
        let kernel = Int(unsafe raw.pointee.kernel)
        guard catalogue.signatures.indices.contains(kernel) else { break }
        let look = looks[kernel] ?? KernelLook(kernel, catalogue)
        looks[kernel] = look
        if let stray = unsafe stray(raw, look) {
          strays.append(stray)
          continue
        }
        guard unsafe look.isTrusted || map.map != nil else { continue }
        unsafe saved.calls.append(SavedCall(raw.pointee))
        let length = Int(unsafe raw.pointee.size)
        let from = Int(at) - length
        if from != kept { unsafe (start + kept).copyMemory(from: start + from, byteCount: length) }
        kept += length
      }
      unsafe head.pointee.size = UInt64(kept)
      unsafe head.pointee.count = UInt32(saved.calls.count)
      saved.kernels = looks.values.map { $0.saved }.sorted { $0.index < $1.index }
      unsafe saved.body = [UInt8](UnsafeRawBufferPointer(start: start, count: kept))
    }
    return (saved, strays)
  }

  private func stray(
    _ raw: UnsafePointer<kh_saved_call>, _ look: KernelLook
  ) -> StrayPointer? {
    guard let map = unsafe map.map else { return nil }
    var offset: UInt64 = 0
    var block: UInt32 = 0
    guard
      unsafe kh_snapshot_stray(
        map, raw, look.ignored, look.ignored.count, look.defaults, look.defaults.count, &offset,
        &block)
    else { return nil }
    return StrayPointer(
      number: Int(unsafe raw.pointee.number >> 16), kernel: look.saved.index, offset: Int(offset),
      block: block == 0 ? nil : Int(block))
  }
}

/// What a reader needs to know of a kernel.
private struct KernelLook {
  let saved: SavedKernel
  /// Offsets in the state that hold numbers, in order.
  let ignored: [UInt32]
  /// `saved.defaults` for the lane's functions.
  let defaults: [kh_default_word]
  /// Nothing of it needs to be looked at.
  let isTrusted: Bool

  init(_ kernel: Int, _ catalogue: Catalogue) {
    let layout = unsafe catalogue.layouts[kernel]
    let shape = unsafe catalogue.shapes[kernel]
    let signature = catalogue.signatures[kernel]
    var ignored: Set<UInt32> = []
    var defaults: [SavedKernel.Pointer] = []
    var pointers: Set<Int> = []
    let fields = unsafe Array(layout.parameters) + Array(layout.results)
    for field in fields {
      if field.isPointer {
        pointers.insert(field.offset)
      } else {
        for at in stride(from: field.offset / 8 * 8, to: field.offset + field.size, by: 8) {
          ignored.insert(UInt32(at))
        }
      }
    }
    if let start = unsafe shape.defaults {
      for at in stride(from: 0, to: Int(unsafe shape.state_size) - 7, by: 8)
      where !ignored.contains(UInt32(at)) {
        let word = unsafe start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        // In a field that is not declared, a small number is no address.
        guard word != 0, pointers.contains(at) || word >> 32 != 0 else { continue }
        defaults.append(SavedKernel.Pointer(offset: at, address: word))
      }
    }
    saved = SavedKernel(index: kernel, name: signature.name, defaults: defaults)
    self.ignored = ignored.sorted()
    self.defaults = defaults.map { kh_default_word(offset: UInt64($0.offset), word: $0.address) }
    isTrusted = signature.origin == "built-in"
  }
}

extension SavedCall {
  fileprivate init(_ raw: kh_saved_call) {
    self.init(
      number: Int(raw.number >> 16), attempt: Int32(raw.number & 0xffff), kernel: Int(raw.kernel),
      steps: Int64(clamping: raw.steps), nanoseconds: raw.own_ns, printed: raw.printed,
      isAsleep: raw.is_parked != 0)
  }
}
