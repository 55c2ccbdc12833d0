/// How a call ended. To add a status, add a case and its row here: the outputs are built from the
/// rows, so that no output can forget one.
public enum Status: String, Sendable, Hashable, CaseIterable {
  case ok, error, crash, timeout, memory, cancelled, skipped, lost

  /// What the outputs show of the status.
  public var row: StatusRow {
    switch self {
    case .ok:
      StatusRow(
        meaning: "the call returned its result",
        page: .init(light: "#4477aa", dark: "#6ca0d8"), picture: "#8db8dd",
        shape: "M-.8 0A.8.8 0 1 0 .8 0A.8.8 0 1 0 -.8 0Z",
        junit: .passed, tap: .ok)
    case .error:
      StatusRow(
        meaning: "the kernel returned an error",
        page: .init(light: "#cc3311", dark: "#ff7a5c"), picture: "#e8a33d",
        shape: "M-.8 -.8H.8V.8H-.8Z",
        junit: .failure, tap: .notOK, isRetriable: true)
    case .crash:
      StatusRow(
        meaning: "the process of the call died in the code of the call",
        page: .init(light: "#882255", dark: "#e07bb0"), picture: "#c8362c",
        shape: "M0 -1L1 .85H-1Z",
        junit: .error, tap: .notOK, isRetriable: true)
    case .timeout:
      StatusRow(
        meaning: "the call did not end within its time",
        page: .init(light: "#e07b00", dark: "#ffb454"), picture: "#8a63b8",
        shape: "M0 -1.05L1.05 0L0 1.05L-1.05 0Z",
        junit: .error, tap: .notOK, isRetriable: true, isMarkedInTrace: true)
    case .memory:
      StatusRow(
        meaning: "the call needed more memory than it may use",
        page: .init(light: "#b08900", dark: "#e3cb4a"), picture: "#b84f92",
        shape: "M-.35 -1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z",
        junit: .error, tap: .notOK, isRetriable: true)
    case .cancelled:
      StatusRow(
        meaning: "the run was stopped before the call ended",
        page: .init(light: "#6b7280", dark: "#9aa2ad", forced: "GrayText"), picture: "#aaa",
        shape: "M-.9 0A.9.9 0 1 0 .9 0A.9.9 0 1 0 -.9 0ZM-.5 0A.5.5 0 1 1 .5 0A.5.5 0 1 1 -.5 0Z",
        junit: .skipped, tap: .notOK, isDerived: true,
        isWorthRepeating: false)
    case .skipped:
      StatusRow(
        meaning: "the call was not started, because of calls that failed",
        page: .init(light: "#9aa2ad", dark: "#6f7883", forced: "GrayText"), picture: "#aaa",
        shape: "M-1 -.3H1V.3H-1Z",
        junit: .skipped, tap: .skip, isDerived: true,
        isWorthRepeating: false)
    case .lost:
      StatusRow(
        meaning: "unknown: the worker is gone, and the call must not run twice",
        page: .init(light: "#000", dark: "#fff"), picture: "#555",
        shape: "M-.95 -.55L-.55 -.95L0 -.4L.55 -.95L.95 -.55L.4 0L.95 .55L.55 .95L0 .4L-.55 .95"
          + "L-.95 .55L-.4 0Z",
        junit: .error, tap: .notOK, isRetriable: true)
    }
  }

  /// The position in `allCases`. O(statuses).
  public var index: Int {
    var index = 0
    for status in Self.allCases {
      if status == self { break }
      index += 1
    }
    return index
  }
}

/// What the outputs show of a status.
public struct StatusRow: Sendable {
  /// For people, a phrase without a full stop.
  public let meaning: String
  /// Its colours on the page of a report.
  public let page: Palette
  /// Its colour in the picture of a timeline; text on it must be readable.
  public let picture: String
  /// Its sign beside the colour: an SVG path in a box of 2 by 2 around 0.
  public let shape: String
  public let junit: JUnitResult
  public let tap: TAPResult
  /// Whether "on" of "retries" takes it.
  public var isRetriable = false
  /// Whether a trace has a mark where a call ended so.
  public var isMarkedInTrace = false
  /// Whether a call ends so only because of other calls, or of a stop.
  public var isDerived = false
  /// Whether one who looks for the cause should run the call again.
  public var isWorthRepeating = true

  /// Colours of CSS.
  public struct Palette: Sendable {
    /// On white, also on paper.
    public let light: String
    public let dark: String
    /// A system colour, for readers who choose the colours themselves.
    public var forced = "CanvasText"

    init(light: String, dark: String, forced: String = "CanvasText") {
      self.light = light
      self.dark = dark
      self.forced = forced
    }
  }

  /// The element of a test case in JUnit XML.
  public enum JUnitResult: Sendable {
    /// No element.
    case passed
    case failure, error, skipped
  }

  /// The first words of a test point in TAP.
  public enum TAPResult: Sendable {
    case ok, notOK
    /// `ok` with the directive SKIP.
    case skip
  }
}
