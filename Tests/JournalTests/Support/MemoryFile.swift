import KernelBridge
import KernelHost

/// A segment in memory that knows what a death of the host, and what a loss of power would leave,
/// and that fails when it is told to.
final class MemoryFile: JournalFile {
  struct State: Sendable {
    var bytes: [UInt8] = []
    var durable = 0
    var writes = 0
    var syncs = 0
    /// The write and the sync, from 1, that fail with these codes.
    var failingWrite: (number: Int, code: Int32)?
    var failingSync: (number: Int, code: Int32)?
  }

  let path = "segment"
  private let state: Locked<State>

  init(
    failingWrite: (number: Int, code: Int32)? = nil, failingSync: (number: Int, code: Int32)? = nil
  ) {
    state = Locked(State(failingWrite: failingWrite, failingSync: failingSync))
  }

  var now: State { state.withLock { $0 } }
  var survivesPowerLoss: [UInt8] { state.withLock { Array($0.bytes[..<$0.durable]) } }

  func write(_ bytes: [UInt8], action: String) throws(SystemError) {
    let code = state.withLock { state -> Int32? in
      state.writes += 1
      if let failure = state.failingWrite, failure.number <= state.writes {
        // As a full disk does, it takes a part.
        state.bytes += bytes[..<(bytes.count / 2)]
        return failure.code
      }
      state.bytes += bytes
      return nil
    }
    if let code { throw SystemError(action, path: path, code: code) }
  }

  func sync(action: String) throws(SystemError) {
    let code = state.withLock { state -> Int32? in
      state.syncs += 1
      if let failure = state.failingSync, failure.number == state.syncs { return failure.code }
      state.durable = state.bytes.count
      return nil
    }
    if let code { throw SystemError(action, path: path, code: code) }
  }
}
