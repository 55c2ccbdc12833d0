/// The messages of the Swift library about wrong input.
extension Wording {
  package static func wrongTimeout(_ found: String) -> String {
    "a timeout must be above 0 seconds; found \(found); leave it out for no limit"
  }

  package static func wrongNumber(_ name: String, _ found: Int, least: Int, most: Int?) -> String {
    let range =
      most.map { "from \(grouped(least)) to \(grouped($0))" } ?? "at least \(grouped(least))"
    return "\(quoted(name)) must be \(range); found \(grouped(found))"
  }

  package static func otherHost(kernel: String, call: Int) -> String {
    "call \(grouped(call)) of kernel \(quoted(kernel)) belongs to another host; "
      + "take the kernel from the host that runs the calls"
  }

  package static func noSuchResult(_ name: String, kernel: String, known: [String]) -> String {
    let start = "kernel \(quoted(kernel)) has no result \(quoted(name))"
    if let near = NearName.nearest(to: name, among: known) { return start + didYouMean(near) }
    return start
      + (known.isEmpty ? "; it returns nothing" : "; its results are \(list(known))")
  }

  package static func severalResults(kernel: String, known: [String]) -> String {
    "kernel \(quoted(kernel)) returns \(counted(known.count, "result")), not one; "
      + (known.isEmpty
        ? "call it without `as`" : "name one of \(list(known)) in `as(_:result:)`")
  }

  package static func wrongResultType(
    _ name: String, kernel: String, declared: ValueType, wanted: String
  ) -> String {
    "result \(quoted(name)) of kernel \(quoted(kernel)) is \(declared.rawValue); "
      + "it cannot be read as \(wanted)"
  }

  package static func resultDoesNotFit(kernel: String, kind: String, wanted: String) -> String {
    "kernel \(quoted(kernel)) returned a value of type \(kind) that does not fit in \(wanted); "
      + "call it without `as` to get the value"
  }

  package static func wrongPosition(_ position: Int, kernel: String, count: Int) -> String {
    "kernel \(quoted(kernel)) has no parameter at position \(grouped(position)); "
      + (count == 0 ? "it takes no arguments" : "its positions are 0 to \(count - 1)")
  }

  package static func argumentsDiffer(kernel: String) -> String {
    "the closure set arguments of other sizes when it ran a second time for this call of kernel "
      + "\(quoted(kernel)); it must set the same arguments each time"
  }

  package static func wrongPatience(_ found: Double) -> String {
    "the patience of a worker's set-up must be above 0 seconds; found \(found)"
  }

  package static func strictMisses(library part: String) -> String {
    "the sandbox level strict needs what this machine's kernel does not have: no \(part)"
  }
}
