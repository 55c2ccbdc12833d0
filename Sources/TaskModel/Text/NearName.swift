/// Spelling suggestions for unknown names.
public enum NearName {
  /// The name nearest to `name`; nil: no name is near enough. A third of the
  /// letters may differ, and at least one. Of several equally near names it is the first
  /// in alphabetical order. O(names x length x length); names of more than 64
  /// characters are near to nothing.
  public static func nearest(to name: String, among names: some Sequence<String>) -> String? {
    let wanted = folded(name)
    guard !wanted.isEmpty, wanted.count <= longest else { return nil }
    var best: (distance: Int, name: String)?
    for candidate in names {
      let letters = folded(candidate)
      let allowed = max(1, max(wanted.count, letters.count) / 3)
      guard letters.count <= longest, abs(letters.count - wanted.count) <= allowed else { continue }
      let found = distance(wanted, letters)
      // A name that shares no letter is no slip of the finger.
      guard found <= allowed, found < max(wanted.count, letters.count) else { continue }
      if let known = best, (known.distance, known.name) <= (found, candidate) { continue }
      best = (found, candidate)
    }
    return best?.name ?? continued(wanted, among: names)
  }

  /// "max" for "maximum", and the other way round, where that can be only one.
  private static func continued(
    _ wanted: [Unicode.Scalar], among names: some Sequence<String>
  ) -> String? {
    var found: String?
    for candidate in names {
      let letters = folded(candidate)
      let shared = min(letters.count, wanted.count)
      guard shared >= 3, letters.count <= longest, letters[..<shared] == wanted[..<shared] else {
        continue
      }
      if found != nil, found != candidate { return nil }
      found = candidate
    }
    return found
  }

  private static let longest = 64

  /// Case, and `-` for `_`, are never what distinguishes two names.
  private static func folded(_ name: String) -> [Unicode.Scalar] {
    if name.utf8.count > longest * 4 { return [] }
    return name.lowercased().unicodeScalars.map { $0 == "-" || $0 == " " ? "_" : $0 }
  }

  /// The number of insertions, deletions, replacements and swaps of neighbours
  /// that make one of the other (optimal string alignment).
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    var current = beforeLast
    for row in 0..<left.count {
      current[0] = row + 1
      for column in 0..<right.count {
        let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
        var least = min(replaced, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          least = min(least, beforeLast[column - 1] + 1)
        }
        current[column + 1] = least
      }
      (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[right.count]
  }
}
