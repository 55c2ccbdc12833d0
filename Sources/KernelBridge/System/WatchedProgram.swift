import CKernelHostLanes
import Glibc

/// A program that ran to its end, and the files that it and its children accessed.
public struct WatchedProgram: Sendable {
  /// What was done with a path.
  public enum Look: UInt8, Sendable {
    /// "r": it was accessed, whether it exists or not.
    case looked = 114
    /// "d": it was read as a folder.
    case listed = 100
    /// "w": it was written, made, renamed or removed.
    case written = 119
  }

  /// Its exit code; 128 + the signal that ended it, as in a shell.
  public let code: Int32
  public let output: [UInt8]
  /// By absolute paths. Nil: the machine does not allow watching, or the list is incomplete.
  public let looks: [String: Look]?

  /// Runs `command` in a folder, without input. Waits; O(output + system calls).
  public static func run(
    _ command: [String], in folder: String
  ) throws(SystemError) -> WatchedProgram {
    guard let name = command.first, let program = Folders.program(name) else {
      throw SystemError("run", path: command.first, code: ENOENT)
    }
    var ends: [Int32] = [-1, -1]
    _ = try checked("make a pipe for", name) { unsafe kh_pipe(&ends) }
    defer { close(ends[0]) }
    let words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: command.count + 1)
    unsafe words.initialize(repeating: nil, count: command.count + 1)
    for (index, word) in command.enumerated() { unsafe words[index] = strdup(word) }
    let path = unsafe strdup(program)
    let place = unsafe strdup(folder)
    defer {
      for index in command.indices { unsafe free(words[index]) }
      unsafe words.deallocate()
      unsafe free(path)
      unsafe free(place)
    }
    let watched = unsafe kh_watched_start(path, words, place, ends[1])
    let failure = errno
    close(ends[1])
    guard let watched = unsafe watched else {
      throw SystemError("run", path: name, code: failure)
    }
    let output = Result { () throws(SystemError) in
      try FileReader.readAll(ends[0], name, limit: 1 << 30, expected: 0)
    }
    var status: Int32 = 0
    var notes: UnsafePointer<CChar>?
    var length = 0
    let error = unsafe kh_watched_end(watched, &status, &notes, &length)
    let bytes = unsafe notes.map {
      unsafe [UInt8](UnsafeRawBufferPointer(start: $0, count: length))
    }
    unsafe kh_watched_free(watched)
    if error != 0 { throw SystemError("run", path: name, code: error) }
    let signal = status & 0x7f
    return WatchedProgram(
      code: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: try output.get(),
      looks: bytes.flatMap(looks))
  }

  /// Nil: a path is not a text.
  private static func looks(_ notes: [UInt8]) -> [String: Look]? {
    var looks: [String: Look] = [:]
    for note in notes.split(separator: 0) {
      guard let kind = note.first.flatMap({ Look(rawValue: $0) }),
        let path = String(validating: note.dropFirst(), as: UTF8.self)
      else { return nil }
      if kind == .looked, looks[path] != nil { continue }
      if looks[path] != .written { looks[path] = kind }
    }
    return looks
  }
}
