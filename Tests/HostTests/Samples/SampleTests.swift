import Foundation
import KernelHostTestSupport
import Testing

/// The sample plugins over libraries that others wrote, against what others say of the same
/// input: CPython's modules, the built-in kernels, or a few lines of Swift.
@Suite struct SampleTests {
  // MARK: All of them

  /// A newcomer reads one at a glance.
  @Test(arguments: PluginSample.all) func isShort(_ sample: PluginSample) throws {
    let text = try String(contentsOfFile: sample.path, encoding: .utf8)
    #expect(text.lines.count <= 60)
    #expect(text.lines.allSatisfy { $0.count <= 100 })
  }

  static let available = PluginSample.all.filter { $0.isAvailable }

  /// Both compilers take it without a warning.
  @Test(.enabled(if: !available.isEmpty, "no sample's library is there"), arguments: available)
  func isClean(_ sample: PluginSample) throws {
    for compiler in sample.compilers {
      _ = try sample.build(in: try TemporaryFolder(), compiler: compiler)
    }
  }

  struct Shipped: Sendable, CustomTestStringConvertible {
    let manifest: String
    let sample: PluginSample
    var testDescription: String { manifest }
  }

  static let shipped: [Shipped] = [
    .init(manifest: "zlib.json", sample: .zlib), .init(manifest: "sqlite.json", sample: .sqlite),
    .init(manifest: "fftw.json", sample: .fftw),
    .init(manifest: "openblas.json", sample: .openblas),
    .init(manifest: "counter.json", sample: .counter),
    .init(manifest: "collatz.json", sample: .collatz),
  ].filter { $0.sample.isAvailable }

  /// The manifests as they are, from the root; what Rust makes is put where they look for it.
  @Test(.enabled(if: !shipped.isEmpty, "no sample's library is there"), arguments: shipped)
  func manifestRuns(_ shipped: Shipped) throws {
    let folder = try TemporaryFolder()
    var path = Repository.path + "/Sources/Manifests/" + shipped.manifest
    if shipped.sample.source.hasSuffix(".rs") {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let library = try shipped.sample.build(in: folder)
      try folder.write(
        text.replacingOccurrences(of: "../../.build/libcollatz.so", with: library), to: "m.json")
      path = folder.path("m.json")
    }
    let run = try HostBinary.run(
      [path], environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: Repository.path)
    #expect(run.end == .exit(0), "\(run.err)")
    // OpenBLAS starts its threads at once, and again after a fork.
    #expect(run.err.lines.allSatisfy { $0.contains("it started threads while it was loaded") })
  }

  // MARK: FFTW and OpenBLAS

  private func numbers(_ count: Int) -> [Double] {
    (0..<count).map { _ in Double.random(in: -1...1) }
  }

  @Test(.enabled(if: PluginSample.fftw.isAvailable, Comment(rawValue: PluginSample.fftw.why)))
  func fftwAgreesWithFFT() throws {
    let run = try SampleRun(.fftw)
    for length in [1, 2, 8, 1024, 4096] {
      for inverse in [false, true] {
        let args: [Any] = [numbers(length), numbers(length), inverse]
        let pair = try run.objects([("fft", args), ("fftw_transform", args)])
        for part in ["real", "imag"] {
          #expect(isNear(pair[1][part], try #require(pair[0][part] as? [Double])))
        }
      }
    }
    let halves = try run.objects([("fft", [numbers(64)]), ("fftw_transform", [[Double]()])])
    #expect(halves[1]["real"] as? [Double] == [])
    // A length that the built-in kernel does not take, by the definition of the transform.
    let (real, imag) = (numbers(21), numbers(21))
    let odd = try #require(try run.objects([("fftw_transform", [real, imag])]).first)
    var (wantedReal, wantedImag) = ([Double](), [Double]())
    for k in 0..<21 {
      var (sumReal, sumImag) = (0.0, 0.0)
      for n in 0..<21 {
        let angle = -2 * Double.pi * Double(k * n % 21) / 21
        sumReal += real[n] * cos(angle) - imag[n] * sin(angle)
        sumImag += real[n] * sin(angle) + imag[n] * cos(angle)
      }
      wantedReal.append(sumReal)
      wantedImag.append(sumImag)
    }
    #expect(isNear(odd["real"], wantedReal) && isNear(odd["imag"], wantedImag))
    let wrong = try run.failure("fftw_transform", [[1, 2, 3], [1]])
    #expect(wrong.name == "EINVAL")
    #expect(wrong.message == "real has 3 elements and imag 1")
    #expect(try run.failure("fftw_transform", [[], [1]] as [[Int]]).name == "EINVAL")
  }

  @Test(
    .enabled(if: PluginSample.openblas.isAvailable, Comment(rawValue: PluginSample.openblas.why)))
  func openblasAgreesWithMatmul() throws {
    let run = try SampleRun(.openblas)
    // A block is 64 rows.
    for (rows, inner, columns) in [(1, 1, 1), (3, 5, 2), (64, 10, 3), (65, 7, 9), (130, 70, 33)] {
      let args: [Any] = [numbers(rows * inner), numbers(inner * columns), rows, inner, columns]
      let records = try run.records([("matmul", args), ("openblas_dgemm", args)])
      #expect(isNear(records[1]["result"], try #require(records[0]["result"] as? [Double])))
      #expect(records[1]["steps"] as? Int == (rows + 63) / 64)
    }
    let wrong = try run.failure("openblas_dgemm", [[1, 2], [1], 2, 2, 1])
    #expect(wrong.name == "EINVAL")
    #expect(wrong.message == "expected 4 elements of a and 2 of b, found 2 and 1")
    let most = Int(Int32.max)
    #expect(try run.failure("openblas_dgemm", [[1], [1], most, most, most]).name == "EINVAL")
    #expect(try run.refusal("openblas_dgemm", [[1], [1], 0, 1, 1]).contains("rows"))
  }

  // MARK: C++ and Rust

  @Test(.enabled(if: PluginSample.counter.isAvailable, Comment(rawValue: PluginSample.counter.why)))
  func counterAgreesWithADictionary() throws {
    let run = try SampleRun(.counter)
    let readme = try String(contentsOfFile: Repository.path + "/README.md", encoding: .utf8)
    let texts = [readme, "", " \n ", "b a a b", "x\0y z x\0y", "ä ö ä"]
    for (text, result) in zip(texts, try run.objects(texts.map { ("counter", [$0]) })) {
      var counts: [String: Int] = [:]
      for word in text.utf8.split(whereSeparator: { [9, 10, 13, 32].contains($0) }) {
        counts[String(decoding: word, as: UTF8.self), default: 0] += 1
      }
      let most = counts.values.max() ?? 0
      #expect(result["words"] as? Int == counts.values.reduce(0, +))
      #expect(result["distinct"] as? Int == counts.count)
      #expect(result["most"] as? Int == most)
      #expect(result["word"] as? String == counts.filter { $0.value == most }.keys.min() ?? "")
    }
    // An exception of the container is the call's error, and the worker lives.
    let text = (0..<500_000).map { "word\($0)" }.joined(separator: " ")
    let record = try run.records(
      [("counter", [text]), ("counter", ["a b a"])],
      manifest: ["limits": ["address_space": "32 MiB"]])
    let error = record[0]["error"] as? [String: Any]
    #expect(error?["message"] as? String == "no memory to count in", "\(record[0])")
    #expect(record[1]["ok"] as? Bool == true)
    #expect(record[1]["attempts"] as? Int == 1)
  }

  @Test(.enabled(if: PluginSample.collatz.isAvailable, Comment(rawValue: PluginSample.collatz.why)))
  func collatzAgreesWithSwift() throws {
    let run = try SampleRun(.collatz)
    let starts = Array(1...300) + [837_799]
    for (start, result) in zip(starts, try run.objects(starts.map { ("collatz", [$0]) })) {
      var (n, steps, highest) = (start, 0, start)
      while n != 1 {
        n = n % 2 == 0 ? n / 2 : 3 * n + 1
        steps += 1
        highest = max(highest, n)
      }
      #expect(result["steps"] as? Int == steps)
      #expect(result["highest"] as? Int == highest)
    }
    #expect(try run.failure("collatz", [Int.max]).name == "EOVERFLOW")
    #expect(try run.refusal("collatz", [0]).contains("at least 1"))
    let kernels = try HostBinary.run(["kernels", "collatz", "--plugin", run.library])
    #expect(kernels.out.contains("n: i64 (required), at least 1"))
    #expect(kernels.out.contains("pure, flat"))
  }
}
