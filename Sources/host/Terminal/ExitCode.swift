/// The exit code of the process.
struct ExitCode: RawRepresentable, Equatable {
  let rawValue: Int32

  /// Every call's token is ok.
  static let ok = ExitCode(rawValue: 0)
  /// Every call has its token, and some are not ok.
  static let notOK = ExitCode(rawValue: 1)
  /// The command line or the manifest is wrong; nothing ran.
  static let usage = ExitCode(rawValue: 2)
  /// A result could not be written.
  static let notWritten = ExitCode(rawValue: 3)

  /// A replayed call ended otherwise than its record says.
  static let differs = ExitCode(rawValue: 4)
  /// Calls of merged journals have no record.
  static let incomplete = ExitCode(rawValue: 4)
  /// Two records of one call contradict each other.
  static let conflict = ExitCode(rawValue: 5)

  /// The run was stopped before its end, and can go on: EX_TEMPFAIL of sysexits.h.
  static let stopped = ExitCode(rawValue: 75)

  /// The reader of standard output has gone, as after `| head`. It is what a shell reports of other
  /// programs then: 128 and the number of SIGPIPE.
  static let readerGone = ExitCode(rawValue: 141)

  /// A signal ended the run early. As in shells, an interrupt is 130.
  static func signal(_ number: Int32) -> ExitCode { ExitCode(rawValue: 128 + number) }
}
