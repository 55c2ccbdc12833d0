import KernelHost
import KernelHostModel
import Testing

/// Each built-in kernel against values from elsewhere: published vectors, closed
/// forms, and CPython's floats of the same formula.
@Suite struct KernelTests {
  private func value(
    _ kernel: String, _ arguments: KeyValuePairs<String, Value> = [:]
  ) async throws -> Value {
    let call = try CallHost.shared.kernel(kernel).call(arguments)
    let token = await gather(call)[0]
    if let error = token.error { throw error }
    return try #require(token.result)
  }

  private func error(
    _ kernel: String, _ arguments: KeyValuePairs<String, Value> = [:]
  ) async throws -> CallError? {
    await gather(try CallHost.shared.kernel(kernel).call(arguments))[0].error
  }

  /// FIPS 180-4's examples, and a million times "a".
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func sha256OfText(text: String, digest: String) async throws {
    #expect(try await value("sha256", ["text": .text(text)]) == .text(digest))
  }

  @Test func sha256SaysWhyAFileCannotBeRead() async throws {
    #expect(try await error("sha256", ["path": "/nonexistent/file"])?.name == "ENOENT")
    #expect(try await error("sha256", ["path": "/"])?.name == "EISDIR")
    #expect(try await error("sha256", ["path": "a\0b"])?.name == "EINVAL")
    #expect(try await error("sha256", ["text": "a", "path": "b"])?.name == "EINVAL")
  }

  /// The counts of primes are pi(10^n), the largest ones from tables.
  @Test(
    arguments: [
      (0, 0, 0), (1, 0, 0), (2, 1, 2), (3, 2, 3), (4, 2, 3), (10, 4, 7), (100, 25, 97),
      (65_537, 6_543, 65_537), (65_538, 6_543, 65_537), (1_000_000, 78_498, 999_983),
      (10_000_000, 664_579, 9_999_991),
    ] as [(Int64, Int64, Int64)])
  func primes(limit: Int64, count: Int64, largest: Int64) async throws {
    let result = try await value("primes", ["limit": .integer(limit)])
    #expect(result["count"] == .integer(count))
    #expect(result["largest"] == .integer(largest))
  }

  /// CPython: a loop of `x = r*x*(1.0-x)`.
  @Test(
    arguments: [
      (3.5, 0.5, 100, 0.5008842103072179), (4, 0.1, 1000, 0.20004954041436226),
      (2.5, 0.3, 0, 0.3), (3.999, 0.123, 500, 0.241342172520072),
    ] as [(Double, Double, Int64, Double)])
  func logisticMap(r: Double, x0: Double, n: Int64, x: Double) async throws {
    let result = try await value(
      "logistic_map", ["r": .number(r), "x0": .number(x0), "n": .integer(n)])
    #expect(result == .number(x))
  }

  /// The same SplitMix64 in CPython's integers.
  @Test(
    arguments: [
      (1, 1, 1), (4_096, 1, 3_265), (4_097, 2, 3_237), (100_000, 42, 78_516), (10_000, -5, 7_824),
    ] as [(Int64, Int64, Int64)])
  func monteCarloPi(samples: Int64, seed: Int64, inside: Int64) async throws {
    let result = try await value(
      "monte_carlo_pi", ["samples": .integer(samples), "seed": .integer(seed)])
    #expect(result["inside"] == .integer(inside))
    #expect(result["pi"] == .number(4 * Double(inside) / Double(samples)))
  }

  /// Sums of an independent loop in CPython; one step a row and one that ends.
  @Test func mandelbrot() async throws {
    let token = await gather(try CallHost.shared.kernel("mandelbrot").call())[0]
    guard case .integers(let times)? = token.result else { throw CancellationError() }
    #expect(times.count == 64 * 48 && times.reduce(0, +) == 83_656 && token.steps == 49)
    let part = try await value(
      "mandelbrot",
      [
        "width": 13, "height": 7, "max_iterations": 500, "center_x": -0.7436, "center_y": 0.1318,
        "scale": 0.01,
      ])
    guard case .integers(let close) = part else { throw CancellationError() }
    #expect(close.reduce(0, +) == 11_618)
  }

  @Test func matmul() async throws {
    let product = try await value(
      "matmul",
      [
        "a": .numbers([1, 2, 3, 4, 5, 6]), "b": .numbers([7, 8, 9, 10, 11, 12]), "rows": 2,
        "inner": 3, "columns": 2,
      ])
    #expect(product == .numbers([58, 64, 139, 154]))
    let wrong = try await error(
      "matmul", ["a": .numbers([1, 2]), "b": .numbers([1]), "rows": 1, "inner": 1, "columns": 1])
    #expect(wrong?.name == "EINVAL" && wrong?.message.contains("2 elements") == true)
    let huge = try await error(
      "matmul",
      [
        "a": .numbers([]), "b": .numbers([]), "rows": .integer(1 << 40), "inner": 1,
        "columns": .integer(1 << 40),
      ])
    #expect(huge?.name == "EINVAL")
  }

  /// A cosine of k periods has its whole weight in bins k and n - k; there and back
  /// is where it was.
  @Test(arguments: [1, 2, 8, 256, 4_096])
  func fft(n: Int) async throws {
    let k = n / 4
    let wave = (0..<n).map { cosine(2 * .pi * Double(k * $0) / Double(n)) }
    let there = try await value("fft", ["real": .numbers(wave)])
    guard case .numbers(let real)? = there["real"], case .numbers(let imag)? = there["imag"] else {
      throw CancellationError()
    }
    for bin in 0..<n {
      let isPeak = bin == k || bin == (n - k) % n
      let height = k == 0 || 2 * k == n ? Double(n) : Double(n) / 2
      #expect(abs(real[bin] - (isPeak ? height : 0)) < 1e-9 * Double(n))
      #expect(abs(imag[bin]) < 1e-9 * Double(n))
    }
    let back = try await value(
      "fft", ["real": .numbers(real), "imag": .numbers(imag), "inverse": true])
    guard case .numbers(let again)? = back["real"] else { throw CancellationError() }
    #expect(zip(again, wave).allSatisfy { abs($0 - $1) < 1e-12 * Double(n) })
  }

  /// A Taylor series, so that the test needs no other library.
  private func cosine(_ angle: Double) -> Double {
    let turns = (angle / (2 * .pi)).rounded()
    let x = angle - turns * 2 * .pi
    var term = 1.0
    var sum = 1.0
    for n in 1..<20 {
      term *= -x * x / Double((2 * n - 1) * (2 * n))
      sum += term
    }
    return sum
  }

  @Test func fftRefusesWhatItCannotDo() async throws {
    #expect(try await error("fft", ["real": .numbers([1, 2, 3])])?.name == "EINVAL")
    #expect(
      try await error("fft", ["real": .numbers([1, 2]), "imag": .numbers([1])])?.name == "EINVAL")
    let nothing = try await value("fft", ["real": .numbers([])])
    #expect(nothing["real"] == .numbers([]))
  }

  /// By symmetry the middle has the mean of the four edges.
  @Test func heat() async throws {
    let result = try await value(
      "heat", ["n": 15, "top": 100, "left": 20, "tolerance": 1e-11])
    guard case .number(let center)? = result["center"] else { throw CancellationError() }
    #expect(abs(center - 30) < 1e-7)
    let late = try await error("heat", ["max_sweeps": 3])
    #expect(late?.name == "HEAT_NO_CONVERGENCE" && late?.code == -4097)
    let never = try await error("heat", ["top": .number(.nan), "max_sweeps": 3])
    #expect(never?.name == "HEAT_NO_CONVERGENCE")
  }

  @Test func moments() async throws {
    let result = try await value("moments", ["values": .numbers([2, 4, 4, 4, 5, 5, 7, 9])])
    #expect(result["count"] == 8 && result["mean"] == 5.0)
    #expect(result["variance"] == .number(32.0 / 7))
    #expect(result["min"] == 2.0 && result["max"] == 9.0)
    // The first 10,000 numbers: n(n+1)/12 is the sample variance of 1...n.
    let many = try await value("moments", ["values": .numbers((1...10_000).map { Double($0) })])
    guard case .number(let variance)? = many["variance"] else { throw CancellationError() }
    #expect(abs(variance / (10_000.0 * 10_001 / 12) - 1) < 1e-12)
    #expect(try await error("moments", ["values": .numbers([])])?.name == "EINVAL")
    let spoiled = try await value("moments", ["values": .numbers([.nan, 1])])
    guard case .number(let least)? = spoiled["min"] else { throw CancellationError() }
    #expect(least.isNaN)
  }

  @Test func loopsStopAtTheEndOfTheirIntegers() async throws {
    let quiet = try CallHost(printing: .discard)
    let up = try quiet.kernel("for_loop").call([
      "min": .integer(.max - 2), "increment": 5, "max": .integer(.max),
    ])
    let down = try quiet.kernel("for_loop").call([
      "min": .integer(.min + 2), "increment": -5, "max": .integer(.min),
    ])
    let tokens = await gather([up, down])
    #expect(tokens.allSatisfy { $0.ok && $0.steps == 2 })
    let below = try quiet.kernel("while_loop_increment").call([
      "min": .integer(.min + 1), "incr": -2, "max": 0,
    ])
    #expect(await gather(below)[0].error?.name == "EOVERFLOW")
  }
}
