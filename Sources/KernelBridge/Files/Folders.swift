import CKernelHostLanes
import Glibc

/// Folders, and the files in them.
public enum Folders {
  /// Makes a folder and its parents. Does nothing if it exists. Only the user can access new ones.
  public static func make(_ path: String) throws(SystemError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
      if unsafe mkdir(made, 0o700) != 0, errno != EEXIST {
        // It may exist even if it must not be made.
        let error = SystemError.last("make the folder", path: made)
        if FileFacts(made)?.isFolder != true { throw error }
      }
    }
    guard FileFacts(path)?.isFolder == true else {
      throw SystemError("make the folder", path: path, code: ENOTDIR)
    }
  }

  public static func rename(_ old: String, to new: String) throws(SystemError) {
    _ = try checked("rename", old) { unsafe Glibc.rename(old, new) }
  }

  /// Writes a file for all users, and makes its folders. A file of that name is replaced at once.
  /// O(bytes).
  public static func install(
    _ bytes: [UInt8], at path: String, rights: UInt32
  ) throws(SystemError) {
    var folder = ""
    for part in path.split(separator: "/").dropLast() {
      folder += "/" + part
      if unsafe mkdir(folder, 0o755) != 0, errno != EEXIST {
        throw SystemError.last("make the folder", path: folder)
      }
    }
    let temporary = path + "." + randomDigits()
    let descriptor = try checked("write", temporary) {
      unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    }
    let output = OutputFile(descriptor: descriptor, name: path, action: "write")
    do throws(SystemError) {
      defer { close(descriptor) }
      try output.write(bytes[...])
      try output.flush()
      _ = try checked("write", path) { fchmod(descriptor, rights) }
    } catch {
      remove(temporary)
      throw error
    }
    try rename(temporary, to: path)
  }

  /// Removes a file, if it exists.
  public static func remove(_ path: String) { _ = unsafe unlink(path) }

  /// Returns the path of a file without links; the path itself if it leads nowhere.
  public static func real(_ path: String) -> String { OutputFile.resolved(path) }

  /// Returns the names in a folder; an empty list if it cannot be read.
  public static func names(_ path: String) -> [String] { (try? list(path)) ?? [] }

  /// Returns the names in a folder: all of them, or an error.
  public static func list(_ path: String) throws(SystemError) -> [String] {
    guard let folder = unsafe opendir(path) else { throw .last("list the folder", path: path) }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(folder) else {
        if errno != 0 { throw .last("list the folder", path: path) }
        return names
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  /// Returns the file of a program, searched as a shell does; nil: absent.
  public static func program(_ name: String) -> String? {
    if name.contains("/") { return unsafe access(name, X_OK) == 0 ? name : nil }
    for folder in (environmentVariable("PATH") ?? "/usr/bin:/bin").split(separator: ":") {
      let path = "\(folder)/\(name)"
      if unsafe access(path, X_OK) == 0, FileFacts(path)?.isFolder == false { return path }
    }
    return nil
  }
}

/// What is known of a file without reading it.
public struct FileFacts: Hashable, Sendable {
  public let isFolder: Bool
  public let isRegular: Bool
  public let size: Int
  /// Nanoseconds since 1970.
  public let changed: Int
  /// When its bytes, name or rights changed, in nanoseconds since 1970. Programs cannot set this
  /// back.
  public let touched: Int
  public let owner: UInt32
  /// The bits that chmod sets.
  public let rights: UInt32
  /// The same for two names of one file.
  public let identity: Identity

  public struct Identity: Hashable, Sendable {
    let device: UInt
    /// In its file system.
    public let number: UInt
  }

  /// Nil: it does not exist, or may not be examined.
  public init?(_ path: String) {
    var information = stat()
    guard unsafe stat(path, &information) == 0 else { return nil }
    isFolder = information.st_mode & S_IFMT == S_IFDIR
    isRegular = information.st_mode & S_IFMT == S_IFREG
    size = Int(information.st_size)
    identity = Identity(
      device: UInt(information.st_dev), number: UInt(information.st_ino))
    changed = information.st_mtim.tv_sec * 1_000_000_000 + information.st_mtim.tv_nsec
    touched = information.st_ctim.tv_sec * 1_000_000_000 + information.st_ctim.tv_nsec
    owner = information.st_uid
    rights = information.st_mode & 0o7777
  }
}

extension FileFacts {
  /// Whether the name does not exist. A name that may not be examined may exist.
  public static func isMissing(_ path: String) -> Bool { problem(path)?.code == ENOENT }

  /// Why a path cannot be examined; nil: it can.
  public static func problem(_ path: String) -> SystemError? {
    var information = stat()
    return unsafe stat(path, &information) == 0 ? nil : .last("look at", path: path)
  }

  /// The folder that a file is in, or will be: where its links lead.
  public static func folder(ofFile path: String) -> String {
    OutputFile.folder(of: OutputFile.resolved(path))
  }

  /// Returns the same text for two paths of the same file, even if it does not exist yet. Nil for
  /// devices, which may have several writers, and for folders that do not exist.
  public static func identity(_ path: String) -> String? {
    let path = OutputFile.resolved(path)
    var information = stat()
    if unsafe stat(path, &information) == 0 {
      if information.st_mode & S_IFMT == S_IFCHR { return nil }
      return "\(information.st_dev):\(information.st_ino)"
    }
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard let real = unsafe realpath(folder, nil) else { return nil }
    defer { unsafe free(real) }
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    return unsafe String(cString: real) + "/" + name
  }
}

/// The text of the public header that this executable was built with.
public let kernelHeader: [UInt8] = {
  var length = 0
  guard let text = unsafe kh_header_text(&length) else { return [] }
  return unsafe bytes(text, length)
}()

/// The same of kh_test.h, with which a kernel is tested without the host.
public let kernelTestHeader: [UInt8] = {
  var length = 0
  guard let text = unsafe kh_test_header_text(&length) else { return [] }
  return unsafe bytes(text, length)
}()

@unsafe private func bytes(_ text: UnsafePointer<CChar>, _ length: Int) -> [UInt8] {
  unsafe text.withMemoryRebound(to: UInt8.self, capacity: length) {
    unsafe [UInt8](UnsafeBufferPointer(start: $0, count: length))
  }
}
