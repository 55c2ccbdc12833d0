import Glibc

/// A terminal of the test's own, with a program at its other end, and what it shows.
public final class PseudoTerminal {
  private let descriptor: Int32
  /// The path of the program's end.
  public let name: String
  /// All that was written to it.
  public private(set) var bytes: [UInt8] = []
  public private(set) var screen: Screen
  private var isOver = false

  public init(columns: Int, rows: Int) throws {
    // posix_openpt and the functions that go with it are not imported.
    descriptor = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (unlocked, number): (Int32, Int32) = (0, 0)
    let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    let answers = unsafe [
      ioctl(descriptor, setLock, &unlocked), ioctl(descriptor, getNumber, &number),
    ]
    guard descriptor >= 0, answers == [0, 0] else {
      throw Child.Failure(description: "no terminal to be had: errno \(errno)")
    }
    name = "/dev/pts/\(number)"
    screen = Screen(columns: columns, rows: rows)
    resize(columns: columns, rows: rows)
  }

  deinit { close(descriptor) }

  /// Changes the size that the program sees from now on. The shown text stays.
  public func resize(columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(descriptor, UInt(TIOCSWINSZ), &size)
  }

  /// Runs `host` with its standard error here, and its standard output too if there is no
  /// place named for it.
  public func start(
    _ arguments: [String], folder: String, environment: [String: String] = [:],
    output: String? = nil
  ) throws -> Child {
    let script = "exec \"$@\" > \"$OUT\" 2> \"$TTY\""
    var all = ["TTY": name, "OUT": output ?? name, "TERM": "xterm", "NO_COLOR": ""]
    for (key, value) in environment { all[key] = value }
    return try Child(
      "/bin/sh", ["-c", script, "sh", HostBinary.path] + arguments, environment: all,
      folder: folder)
  }

  /// Reads what the program writes until `condition` holds. Without a condition, reads until no
  /// process has the terminal open.
  public func read(until condition: ((PseudoTerminal) -> Bool)? = nil) throws {
    var silent = 0
    while true {
      if let condition, condition(self) { return }
      if isOver {
        if condition == nil { return }
        throw Child.Failure(description: "ended before what was waited for:\n\(screen.text)")
      }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      silent = unsafe poll(&wait, 1, 1000) == 0 ? silent + 1 : 0
      if silent > 60 { throw Child.Failure(description: "nothing came:\n\(screen.text)") }
      guard wait.revents != 0 else { continue }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
        for byte in buffer[..<count] { screen.take(byte) }
      } else if wait.revents & Int16(POLLIN) == 0 || errno == EIO {
        // No process has it open: not yet, or no more.
        if bytes.isEmpty { _ = poll(nil, 0, 1) } else { isOver = true }
      }
    }
  }
}

/// Emulates the screen of a terminal for a program that prints lines and moves the cursor. Lines
/// that scroll out at the top are kept.
public struct Screen {
  public private(set) var lines: [[Character]] = [[]]
  public private(set) var row = 0
  public private(set) var column = 0
  /// How often a line was too long and went on in the next.
  public private(set) var wraps = 0
  /// Control characters and sequences that it does not know.
  public private(set) var unknown: [String] = []
  private let columns: Int
  private let rows: Int
  private var escape: [UInt8]?
  private var partial: [UInt8] = []

  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  /// All lines without the blanks at their ends, and without empty ones at the end.
  public var text: String {
    var shown = lines.map { line -> String in
      var line = line
      while line.last == " " { line.removeLast() }
      return String(line)
    }
    while shown.last == "" { shown.removeLast() }
    return shown.joined(separator: "\n")
  }

  public mutating func take(_ byte: UInt8) {
    if let so = escape { return inEscape(so + [byte]) }
    switch byte {
    case 0x1B: escape = []
    case 0x0D: column = 0
    case 0x0A: lineFeed()
    case 0..<0x20, 0x7F: unknown.append("\(byte)")
    default:
      partial.append(byte)
      let need = partial[0] < 0x80 ? 1 : partial[0] < 0xE0 ? 2 : partial[0] < 0xF0 ? 3 : 4
      if partial.count < need { return }
      put(Character(String(decoding: partial, as: UTF8.self)))
      partial = []
    }
  }

  private mutating func inEscape(_ sequence: [UInt8]) {
    if sequence.count == 1, sequence[0] == UInt8(ascii: "[") {
      escape = sequence
      return
    }
    guard let last = sequence.last, (0x40...0x7E).contains(last) else {
      escape = sequence
      return
    }
    escape = nil
    let number = Int(String(decoding: sequence.dropFirst().dropLast(), as: UTF8.self))
    switch Character(Unicode.Scalar(last)) {
    case "m": break
    case "A": row = max(row - (number ?? 1), max(lines.count - rows, 0))
    case "K" where number ?? 0 == 0: cutLine()
    case "J" where number ?? 0 == 0:
      cutLine()
      lines.removeSubrange((row + 1)...)
    default: unknown.append(String(decoding: sequence, as: UTF8.self))
    }
  }

  private mutating func cutLine() {
    if lines[row].count > column { lines[row].removeSubrange(column...) }
  }

  private mutating func lineFeed() {
    row += 1
    while lines.count <= row { lines.append([]) }
  }

  private mutating func put(_ character: Character) {
    if column >= columns {
      wraps += 1
      column = 0
      lineFeed()
    }
    while lines[row].count <= column { lines[row].append(" ") }
    lines[row][column] = character
    column += 1
  }
}
