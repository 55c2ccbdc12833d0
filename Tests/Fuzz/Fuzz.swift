import Glibc

/// The reader that is fuzzed: "manifest", "lines", "points", "records" or "descriptions".
private let reader = unsafe getenv("FUZZ_READER").map { unsafe String(cString: $0) } ?? "manifest"

/// What libFuzzer calls with each text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(unsafe UnsafeBufferPointer(start: start, count: count))
  let problems =
    switch reader {
    case "records": Exercise.records(bytes)
    case "points": Exercise.points(bytes)
    case "descriptions": DescriptionExercise.problems(bytes)
    case "lines": Exercise.manifest(bytes, .jsonl)
    default: Exercise.manifest(bytes, .json)
    }
  if !problems.isEmpty { fatalError("\(problems)") }
  return 0
}
