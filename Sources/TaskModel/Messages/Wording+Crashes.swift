/// The sentences about deaths: of calls and of workers.
extension Wording {
  /// Where in its life a call was.
  public enum Place: Sendable, Hashable {
    case setup
    case start
    /// Counted from 0.
    case step(Int64)
    case finish
  }

  /// Why a worker died, where the signal alone does not tell.
  public enum DeathReason: Sendable, Hashable {
    case fullStack(bytes: UInt64)
    /// Of `limits.cpu`.
    case processorLimit(seconds: UInt64)
  }

  static func place(_ place: Place?) -> String {
    switch place {
    case nil: "between the steps of its calls"
    case .setup: "in the setup of its kernel"
    case .start: "in its start"
    case .step(let number): "in step \(grouped(Int(clamping: number)))"
    case .finish: "in its finish"
    }
  }

  /// "SIGSEGV" for 11.
  public static func signalName(_ signal: Int32) -> String { Signal.name(signal) }

  /// "died in step 3 of SIGSEGV at address 0x0, in f+0x12 (libx.so)". No place: the worker did,
  /// in no call.
  public static func died(
    _ place: Place?, signal: Int32, address: UInt64?, symbol: String, _ reason: DeathReason? = nil
  ) -> String {
    var text = "died \(Self.place(place)) of \(signalName(signal))"
    if let address { text += " at address 0x\(String(address, radix: 16))" }
    if !symbol.isEmpty { text += ", in \(Printable.plain(symbol))" }
    switch (reason, signal) {
    case (.fullStack(let size)?, _):
      text +=
        ": its stack was full (\(bytes(size))); take large arrays from kh_alloc, recurse less "
        + "deeply, or raise ulimit -s"
    case (.processorLimit(let seconds)?, _):
      text +=
        ": it has used up the \(counted(Int(clamping: seconds), "second")) of "
        + "processor time that limits.cpu allows to each call"
    case (nil, 9):
      text += ": the kernel itself, the system because memory ran out, or a person killed it"
    case (nil, 24): text += ": its worker has used up the processor time that it may take"
    default: break
    }
    return text
  }

  /// Behind a sentence about a crash: the last line that the call wrote in that step, as
  /// assertions, uncaught exceptions and libraries that give up leave one.
  public static func lastWords(_ output: [UInt8]) -> String {
    if let report = sanitizerReport(output) { return "; \(Printable.plain(report))" }
    let end = output.suffix(mostLastWords).split(separator: 10).last { line in
      line.contains { $0 > 32 }
    }
    guard let end else { return "" }
    let line = String(decoding: end, as: UTF8.self).unicodeScalars.drop { $0.value <= 32 }
    let shown = Printable.plain(String(line.prefix(300))) + (line.count > 300 ? "..." : "")
    return "; the last line that it wrote: \"\(shown)\""
  }

  /// "AddressSanitizer: heap-buffer-overflow on address 0x602000 at pc ...", from the first line
  /// of a sanitizer's report.
  private static func sanitizerReport(_ output: [UInt8]) -> String? {
    for line in output.suffix(mostReport).split(separator: 10) where line.starts(with: [61, 61]) {
      let text = String(decoding: line.prefix(300), as: UTF8.self)
      guard let mark = text.firstRange(of: "ERROR: "), text.contains("Sanitizer: ") else {
        continue
      }
      return String(text[mark.upperBound...])
    }
    return nil
  }

  private static let mostReport = 65_536
  private static let mostLastWords = 4096

  public static func exited(_ place: Place?, code: Int32) -> String {
    "ended its worker process with exit code \(code) \(Self.place(place)); a kernel must return "
      + "instead of calling exit"
  }

  /// `wasForged`: for something else spoke in its name.
  public static func tookForkServerAlong(_ place: Place?, wasForged: Bool = false) -> String {
    "\(Self.place(place)) the fork server, the parent process of all workers, ended"
      + (wasForged
        ? ": the host ended it, because code that a plugin ran while it was loaded wrote to the host "
          + "in its name" : "")
  }

  /// "64 KiB", "1,000 bytes".
  static func bytes(_ count: UInt64) -> String {
    for (size, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
    where count >= 1 << size && count & ((1 << size) - 1) == 0 {
      return "\(grouped(Int(clamping: count >> size))) \(unit)"
    }
    return counted(Int(clamping: count), "byte")
  }

  public static func outputCut(_ count: Int) -> String {
    "\(counted(count, "byte")) more that it wrote to standard output and error are not shown"
  }

  public static func moreWarnings(_ count: Int) -> String {
    "\(counted(count, "more call")) with a warning: see `warning` in the records of "
      + "`--format jsonl`"
  }

  /// A line of a kernel's own, with nothing in it that a terminal would obey.
  public static func plainLine(_ bytes: [UInt8]) -> String {
    Printable.plain(String(decoding: bytes, as: UTF8.self))
  }

  /// Of a parallel run whose other lanes do without one that there is no room for.
  public static func laneMissing(of lanes: Int, _ reason: String) -> String {
    "not all of the \(grouped(lanes)) lanes could be made, so fewer calls run at a time: \(reason)"
  }

  /// Of a call that was to get another token: each has one.
  public static let secondToken =
    "a second token came for this call and was dropped; this is a fault of the host, please report "
    + "it"

  /// Of a call that did not return when the host was to end.
  public static let abandoned =
    "cancelled: the host was told to end at once, and this call had not returned by then"

  /// Of a call that got no token.
  public static let missingToken =
    "the host has no record of how this call ended, and it may have run; this is a fault of the "
    + "host, please report it"

  public static func noWorker(_ reason: String) -> String {
    "\(reason), after several attempts; free memory or processes, and run the call again"
  }
}
