import KernelBridge

/// Writes printed text to the destination that the owner of the host chose. Guard: `uses` is locked
/// around every use of the files and of the handler.
final class Printer: @unchecked Sendable {
  private let uses = Locked(0)
  private let printing: CallHost.Printing
  private let output = OutputFile(descriptor: 1, name: "standard output")
  private let errors = OutputFile(descriptor: 2, name: "standard error")

  init(_ printing: CallHost.Printing) {
    self.printing = printing
  }

  func print(_ bytes: ArraySlice<UInt8>) {
    use {
      switch printing {
      case .standardOutput: try? output.write(bytes)
      case .discard: break
      case .handler(let handle): handle(Array(bytes))
      }
    }
  }

  /// Writes to standard error.
  func complain(_ bytes: ArraySlice<UInt8>) {
    guard case .standardOutput = printing else { return }
    use {
      try? errors.write(bytes)
      try? errors.flush()
    }
  }

  func flush() { use { try? output.flush() } }

  private func use(_ body: () -> Void) {
    uses.withLock { uses in
      uses &+= 1
      body()
    }
  }
}
