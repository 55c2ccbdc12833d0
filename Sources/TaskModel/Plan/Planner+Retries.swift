extension Planner {
  /// Names in `on` of `retries` that only a kernel can give to an error: the task's own kernel,
  /// or, in `defaults`, any.
  mutating func checkRetryNames(_ kernelOfTask: [UInt32]) {
    for entry in manifest.retryNames {
      var kernels = Array(catalogue)
      if let task = entry.task {
        let kernel = kernelOfTask[task]
        // Of a kernel that is not known nothing can be said.
        if kernel >= Self.unknown { continue }
        kernels = [catalogue[Int(kernel)]]
      } else if lacksKernels {
        continue
      }
      let declared = kernels.flatMap { $0.errors.map { $0.name } }
      if declared.contains(where: { $0.hasBytes(of: entry.name) }) { continue }
      diagnostics.add(
        .unknownCause(
          entry.name, near: ManifestParser.nearCause(entry.name, declared), declared: declared),
        at: entry.place)
    }
  }
}
