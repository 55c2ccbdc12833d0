/// The numbers that JSON cannot write, and the texts that stand for them in manifests and
/// records.
package enum NonFiniteName {
  /// The texts, in the order in which messages and the schema list them.
  static let all = ["NaN", "Infinity", "-Infinity"]
  /// Bytes of the longest.
  static let longest = 9

  /// The number that UTF-8 bytes stand for; nil: they are not one of the texts.
  package static func value(_ text: some Collection<UInt8>) -> Double? {
    if text.count > longest { return nil }
    if text.elementsEqual("NaN".utf8) { return .nan }
    if text.elementsEqual("Infinity".utf8) { return .infinity }
    return text.elementsEqual("-Infinity".utf8) ? -.infinity : nil
  }

  package static func value(_ text: String) -> Double? { value(text.utf8) }

  /// The text for a number that is not finite.
  static func name(_ value: Double) -> String {
    value.isNaN ? all[0] : value < 0 ? all[2] : all[1]
  }
}
