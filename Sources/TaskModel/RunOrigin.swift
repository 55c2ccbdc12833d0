/// What a run was made of, so that somebody who has its results can make a call again: stands in
/// the first record of the results, as "run".
public struct RunOrigin: Sendable, Hashable {
  /// The manifest's absolute path; nil: it was read from standard input.
  public var manifest: String?
  /// Of the manifest's bytes and those of its files of points, to see whether something has
  /// changed: 16 hexadecimal digits.
  public var fingerprint: String
  /// How the manifest was written.
  public var input: ManifestFormat
  /// Plugins of the command line: absolute paths.
  public var plugins: [String]
  /// When it began, in UTC as ISO 8601 has it; empty: not known.
  public var began: String

  public init(
    manifest: String?, contents: Manifest, input: ManifestFormat, plugins: [String],
    began: String = ""
  ) {
    self.manifest = manifest
    fingerprint = Self.fingerprint(of: contents)
    self.input = input
    self.plugins = plugins
    self.began = began
  }

  init(
    manifest: String?, fingerprint: String, input: ManifestFormat, plugins: [String],
    began: String
  ) {
    self.manifest = manifest
    self.fingerprint = fingerprint
    self.input = input
    self.plugins = plugins
    self.began = began
  }

  /// Two texts that differ have the same one by chance alone, once in 2^64; no protection
  /// against somebody who tries. O(bytes).
  public static func fingerprint(of manifest: Manifest) -> String {
    let bytes = manifest.source.bytes
    let hash = NameHash.of(bytes, bytes.indices, seed: manifest.pointsHash)
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Appends it as a JSON object. O(size).
  public func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"version\":1,\"manifest\":", to: &buffer)
    JSONWriter.value(manifest.map { .text($0) } ?? .null, to: &buffer)
    JSONWriter.raw(
      ",\"fingerprint\":\"\(fingerprint)\",\"input\":\"\(input.rawValue)\"", to: &buffer)
    JSONWriter.raw(",\"plugins\":[", to: &buffer)
    for (index, plugin) in plugins.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      JSONWriter.text(plugin, to: &buffer)
    }
    JSONWriter.raw("],\"began\":", to: &buffer)
    JSONWriter.value(began.isEmpty ? .null : .text(began), to: &buffer)
    buffer.append(UInt8(ascii: "}"))
  }
}
