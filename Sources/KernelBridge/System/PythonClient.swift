import CKernelHostPython

/// The client of `host serve` for Python, as this executable was built with it.
public enum PythonClient {
  public static var text: [UInt8] {
    var length = 0
    guard let text = unsafe kh_python_client(&length) else { return [] }
    return unsafe text.withMemoryRebound(to: UInt8.self, capacity: length) {
      unsafe [UInt8](UnsafeBufferPointer(start: $0, count: length))
    }
  }
}
