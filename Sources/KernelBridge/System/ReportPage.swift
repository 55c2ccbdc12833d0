import CReport

/// The parts of the HTML report's page, as this executable was built with them.
public enum ReportPage {
  /// HTML with marks, `<!--style-->`, for the other parts.
  public static var page: [UInt8] { part(KH_REPORT_PAGE) }
  public static var style: [UInt8] { part(KH_REPORT_STYLE) }
  public static var script: [UInt8] { part(KH_REPORT_SCRIPT) }

  private static func part(_ part: Int) -> [UInt8] {
    var length = 0
    guard let text = unsafe kh_report_part(Int32(part), &length) else { return [] }
    return unsafe text.withMemoryRebound(to: UInt8.self, capacity: length) {
      unsafe [UInt8](UnsafeBufferPointer(start: $0, count: length))
    }
  }
}
