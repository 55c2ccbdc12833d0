import KernelBridge
import TaskModel

/// The lock of a journal's folder, and who has it. It ends with its process, however that ends.
struct JournalHolder: Sendable {
  static let lockName = "lock"
  static let holderName = "holder"

  /// Nil: the file system has no locks.
  let lock: FileLock?

  /// Takes the lock of a folder and writes down who has it, or says who else does. Waits for
  /// nothing. `head`: this process, as its segment will have it.
  init(_ folder: String, _ head: JournalSegmentHead) throws(JournalError) {
    let attempt: FileLock.Attempt
    do throws(SystemError) {
      attempt = try FileLock.attempt(folder + "/" + Self.lockName, action: "lock the journal with")
    } catch {
      throw .system(error)
    }
    switch attempt {
    case .held: throw .held(folder, by: Self.holder(folder))
    case .unavailable: lock = nil
    case .taken(let lock): self.lock = lock
    }
    Self.note(folder, head)
  }

  /// That it fails is no harm: then the next one is told less.
  private static func note(_ folder: String, _ head: JournalSegmentHead) {
    var text: [UInt8] = []
    JournalFrame.append(.segment(head), to: &text)
    guard let file = try? OutputFile(path: folder + "/" + holderName, action: "write") else {
      return
    }
    try? file.write(text[...])
    try? file.commit()
  }

  static func holder(_ folder: String) -> JournalSegmentHead? {
    guard let bytes = try? FileReader.read(path: folder + "/" + holderName, limit: 1 << 12),
      case .segment(let head)? = JournalRecord(reading: bytes, bytes.indices)
    else { return nil }
    return head
  }
}
