import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Mutated records, all the way to a page and a picture.
struct ReportFuzzTests {
  @Test func anyRecordsCanBeReported() throws {
    let effort = "KERNELHOST_FUZZ"
    var mutator = try Mutator(corpus: "records", seed: Effort.seed(2))
    Effort.repeated(300, environment: effort) { round in
      var options = ReportBuilder.Options(title: "t")
      options.rowLimit = 16
      var (page, picture) = (ReportBuilder(options), TimelinePicture(title: "t"))
      var count = 0
      // Several texts in one report: rows are left out, lanes and columns are too many.
      for part in 0..<(round % 10 == 0 ? 20 : 2) {
        var reader = RecordReader(name: "r")
        try? reader.read(mutator.next(round + part), isLast: true, run: { page.add($0) }) {
          record in
          count += 1
          page.add(record)
          picture.add(record)
        }
      }
      let svg = picture.svg()
      #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n") && !svg.contains("nan"))
      #expect(page.counts.total == count)
      // The page's own parts are large.
      if round % 25 > 0 { return }
      #expect(throws: Never.self) {
        try page.write(to: OutputFile(inPlace: "/dev/null", action: "write"))
      }
    }
  }
}
