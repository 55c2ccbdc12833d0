import KernelBridge
import KernelHost

extension Run {
  /// Ends the run when its results have no reader any more, also while no call ends: a client that
  /// was killed leaves no calls. With a journal the run goes on, as its records are kept there.
  func endsWithReader(_ options: Run.Options) {
    guard options.outputPath == nil, options.journal == nil,
      let descriptor = options.outputDescriptor
    else { return }
    HostThread.start { [self] in
      if PipeWatch.waitUntilBroken(descriptor) { stop() }
    }
  }
}
