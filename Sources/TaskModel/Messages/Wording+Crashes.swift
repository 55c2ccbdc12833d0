/// The messages about deaths of calls and of workers.
extension Wording {
  /// The phase of a call.
  public enum Place: Sendable, Hashable {
    case setup
    case start
    /// A step, counted from 0.
    case step(Int64)
    case finish
  }

  /// Why a worker died, if the signal alone does not tell it.
  public enum DeathReason: Sendable, Hashable {
    case fullStack(bytes: UInt64)
    /// The worker has used up `limits.cpu`.
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

  /// Returns the name of a signal, "SIGSEGV" for 11.
  public static func signalName(_ signal: Int32) -> String { Signal.name(signal) }

  /// The message about a crash: "died in step 3 of SIGSEGV at address 0x0, in f+0x12 (libx.so)".
  /// Without a place, the worker died outside the code of calls.
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
      text += ": killed by the kernel itself, by the system because memory ran out, or by a user"
    case (nil, 24): text += ": its worker has used up its processor time"
    default: break
    }
    return text
  }

  /// Follows the message about a crash: the last line that the call wrote in that step. Assertions,
  /// uncaught exceptions and some libraries write one.
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

  /// Returns the first line of a sanitizer's report, like "AddressSanitizer: heap-buffer-overflow
  /// on address 0x602000 at pc ...".
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

  /// The message of a call that ended the fork server. `wasForged`: other code wrote messages in
  /// the fork server's name.
  public static func tookForkServerAlong(_ place: Place?, wasForged: Bool = false) -> String {
    "\(Self.place(place)) the fork server, the parent process of all workers, ended"
      + (wasForged
        ? ": the host ended it, because code that a plugin ran while it was loaded wrote to the host "
          + "in its name" : "")
  }

  /// Returns a size: "64 KiB", "1,000 bytes".
  static func bytes(_ count: UInt64) -> String {
    for (size, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
    where count >= 1 << size && count & ((1 << size) - 1) == 0 {
      return "\(grouped(Int(clamping: count >> size))) \(unit)"
    }
    return counted(Int(clamping: count), "byte")
  }

  public static func outputCut(_ count: Int) -> String {
    "\(counted(count, "more byte")) of its standard output and error are not shown"
  }

  public static func moreWarnings(_ count: Int) -> String {
    "\(counted(count, "more call")) with a warning: see `warning` in the records of "
      + "`--format jsonl`"
  }

  /// Returns a line that a kernel wrote, without characters that control a terminal.
  public static func plainLine(_ bytes: [UInt8]) -> String {
    Printable.plain(String(decoding: bytes, as: UTF8.self))
  }

  /// The warning of a parallel run that has fewer lanes than it should have.
  public static func laneMissing(of lanes: Int, _ reason: String) -> String {
    "not all of the \(grouped(lanes)) lanes could be made, so fewer calls run at a time: \(reason)"
  }

  /// The warning about a call that got a second token.
  public static let secondToken =
    "a second token came for this call and was dropped; this is a fault of the host, please report "
    + "it"

  /// The message of a call that had not returned when the host had to end.
  public static let abandoned =
    "cancelled: the host was told to end at once, and this call had not returned by then"

  /// The message of a call without a token.
  public static let missingToken =
    "the host has no record of how this call ended, and it may have run; this is a fault of the "
    + "host, please report it"

  public static func noWorker(_ reason: String) -> String {
    "\(reason), after several attempts; free memory or processes, and run the call again"
  }
}
