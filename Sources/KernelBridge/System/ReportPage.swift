import CKernelHostReport

/// The files of the HTML report's page, as this executable was built with them.
public enum ReportPage {
  /// HTML with marks, `<!--style-->`, where the other parts go.
  public static var page: [UInt8] { files["page.html"] ?? [] }
  public static var style: [UInt8] { files["page.css"] ?? [] }
  /// The scripts, which are ES modules, by their names.
  public static var scripts: [String: [UInt8]] { files.filter { $0.key.hasSuffix(".js") } }

  private static let files: [String: [UInt8]] = {
    var files: [String: [UInt8]] = [:]
    var file = unsafe kh_report_file()
    var index: Int32 = 0
    while unsafe kh_report_get(index, &file) != 0 {
      let name = unsafe String(cString: file.name)
      files[name] = unsafe file.text.withMemoryRebound(to: UInt8.self, capacity: file.length) {
        unsafe [UInt8](UnsafeBufferPointer(start: $0, count: file.length))
      }
      index += 1
    }
    return files
  }()
}
