/// Whether a record that calls begin may be missing, as the numbers of those tell that are there.
struct BeginCount: Sendable {
  /// A segment is damaged where such a record may have been.
  private(set) var mayBeHidden = false {
    didSet { if mayBeHidden { certain = RangeSet() } }
  }
  /// Calls of which it was written down after the damage that they have not begun.
  var certain = RangeSet<Int>()
  /// There is damage behind the last number.
  var isDamaged = false
  /// Of the segment: the highest number.
  private var last = 0

  /// Another segment follows.
  mutating func begin() { (isDamaged, last) = (false, 0) }

  /// A record was read that knows how many there are up to it. `before`: that many must be there.
  mutating func count(upTo before: Int, of number: Int) {
    if before > last { mayBeHidden = true }
    isDamaged = false
    last = max(last, number)
  }

  /// The segment has ended.
  mutating func end() {
    if isDamaged { mayBeHidden = true }
    isDamaged = false
  }
}
