import KernelBridge
import KernelHostModel

/// Reads what the client writes, and does what it asks. On a thread of its own.
final class RequestIntake {
  /// Bytes of a line. Longer ones are refused.
  static let longestLine = 64 << 20

  private let server: Server
  private let file: InputFile
  /// The beginning of a line whose end has not come.
  private var rest: [UInt8] = []
  /// Lines that came before.
  private var lines = 0
  /// Whether the line that comes was refused for its length.
  private var isSkipping = false
  /// Refusals on their way out: many bad lines cost few turns of the thread that writes.
  private var refusals: [UInt8] = []

  init(_ server: Server) throws(SystemError) {
    self.server = server
    file = try InputFile(path: nil)
  }

  /// Reads until there is nothing more to read, or nothing more is wanted.
  func run() {
    // While a server drains, its client may still cancel calls and end it at once.
    while server.waitForRoom() {
      var chunk: [UInt8] = []
      do throws(SystemError) {
        chunk = try file.read(most: Pipe.roomy)
      } catch {
        server.inputFailed(error)
      }
      if chunk.isEmpty {
        // A file need not end with a line feed.
        if !rest.isEmpty, !isSkipping { admit(rest) }
        sendRefusals()
        server.drain(.eof)
        return
      }
      take(chunk)
      sendRefusals()
    }
  }

  private func take(_ chunk: [UInt8]) {
    guard let last = chunk.lastIndex(of: UInt8(ascii: "\n")) else {
      rest += isSkipping ? [] : chunk
      if rest.count > Self.longestLine { refuseLongLine() }
      return
    }
    var whole = chunk[...last]
    if isSkipping, let end = whole.firstIndex(of: UInt8(ascii: "\n")) {
      whole = whole[(end + 1)...]
      lines += 1
      isSkipping = false
    }
    let bytes = rest.isEmpty ? Array(whole) : rest + whole
    rest = Array(chunk[(last + 1)...])
    if !bytes.isEmpty { admit(bytes) }
  }

  private func refuseLongLine() {
    rest = []
    isSkipping = true
    var diagnostics = Diagnostics()
    diagnostics.report(.request(.tooLong(most: Self.longestLine)), at: 0)
    refuse(nil, diagnostics, SourceText(name: "", bytes: []))
  }

  /// Takes whole lines. What is wrong with one of them is no harm to the others: they are parted
  /// until it is alone.
  private func admit(_ bytes: [UInt8]) {
    if server.queue.isClosed { return }
    let source = SourceText(name: "<stdin>", bytes: bytes)
    var reading = RequestReader.read(source)
    server.prepare(&reading.manifest)
    let diagnostics: Diagnostics
    switch Planner.plan(requests: reading.manifest, catalogue: server.kernels) {
    case .success(let plan):
      carryOut(reading.lines, plan, source)
      lines += bytes.count { $0 == UInt8(ascii: "\n") }
      return
    case .failure(let found): diagnostics = found
    }
    if reading.lines.count < 2 {
      refuse(reading.lines.first?.id, diagnostics, source)
      lines += bytes.count { $0 == UInt8(ascii: "\n") }
      return
    }
    let middle = reading.lines[reading.lines.count / 2].place
    admit(Array(bytes[..<middle]))
    admit(Array(bytes[middle...]))
  }

  /// `linesBefore`: those before the source; nil: those of earlier sources.
  private func refuse(
    _ id: RequestID?, _ diagnostics: Diagnostics, _ source: SourceText, linesBefore: Int? = nil
  ) {
    diagnostics.writeRefusal(
      of: id, in: source, linesBefore: linesBefore ?? lines, to: &refusals)
    server.queue.noteRefused()
    if refusals.count >= 1 << 16 { sendRefusals() }
  }

  private func sendRefusals() {
    server.output.append(refusals)
    refusals.removeAll(keepingCapacity: true)
  }

  private func carryOut(_ requests: [RequestLine], _ plan: Plan, _ source: SourceText) {
    var ids: [RequestID] = []
    var places: [Int] = []
    var compact: Set<Int> = []
    for case let request in requests {
      guard case .task = request.kind, let id = request.id else { continue }
      if request.isCompact { compact.insert(ids.count) }
      ids.append(id)
      places.append(request.place)
    }
    let batch = RequestBatch(
      plan, ids: ids, compact: compact, size: source.bytes.count)
    if !ids.isEmpty { server.queue.note(batch: batch) }
    var next = 0
    // The place of the last refused line, and the number of lines before it.
    var (known, before) = (0, lines)
    let open = { [server] (end: Int) in
      let inUse = server.queue.open(batch, tasks: next..<end)
      if inUse.count < end - next { server.wake() }
      next = end
      for task in inUse {
        let problem: RequestProblem =
          server.queue.isEnding ? .closed : .idInUse(Self.text(ids[task]))
        var diagnostics = Diagnostics()
        diagnostics.report(.request(problem), at: 0)
        before += source.bytes[known..<places[task]].count { $0 == UInt8(ascii: "\n") }
        known = places[task]
        // Without the other lines, in which the place would be looked for.
        self.refuse(ids[task], diagnostics, SourceText(name: "", bytes: []), linesBefore: before)
        if batch.drop() { server.queue.forget(batch: batch) }
      }
    }
    for request in requests {
      switch request.kind {
      case .task(let task):
        if task + 1 == ids.count { open(ids.count) }
        continue
      case .broken: continue
      default: break
      }
      // An order is about what came before it.
      let count = places[next...].prefix { $0 < request.place }.count
      if count > 0 { open(next + count) }
      // The order may be the last one.
      sendRefusals()
      server.follow(request.kind)
    }
  }

  private static func text(_ id: RequestID) -> String {
    var buffer: [UInt8] = []
    id.write(to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }
}
