/// What made the results of a run. With it another person can make them again, and be told where
/// that is not possible. JSON Lines have it as their first record, `{"run":{...}}`.
///
/// It names no person and no machine, only what numbers can depend on.
public struct RunOrigin: Sendable, Hashable {
  /// Of the form of records. 1 had it inside the first call's record, and less of it.
  public static let version = 2

  public var version = Self.version
  /// The host's version; "": not known.
  public var host = ""
  /// Of the executable: another one where it was built of other sources, so for built-in
  /// kernels what a library's hash is for its own. "": not known.
  public var build = ""
  /// Major and minor of the ABI that the host was built with; "": not known.
  public var abi = ""
  /// The command line, with the program's name; empty: the run had no command line.
  public var command: [String] = []
  /// The folder that relative paths of the command line mean.
  public var folder = ""
  /// When it began, in UTC as ISO 8601 has it; "": not known.
  public var began = ""
  /// The manifest's absolute path; nil: it was read from standard input.
  public var manifest: String?
  /// Of the manifest's bytes and those of its files of points, to see whether something has
  /// changed: 16 hexadecimal digits.
  public var fingerprint: String
  /// Values that the command line gave in place of the manifest's.
  public var settings: [Setting] = []
  /// How the manifest was written.
  public var input: ManifestFormat
  /// The manifest's `metadata` as JSON without white space; empty: it has no such key.
  public var metadata: [UInt8] = []
  public var mode = ""
  /// 0: not known.
  public var lanes = 0
  public var isolation = ""
  public var sandbox = ""
  public var machine = MachineFacts()
  public var plugins: [PluginOrigin] = []
  /// The kernels of the run, so that readers of the results know names and units.
  public var kernels: [KernelFields] = []

  /// Of a run of a manifest; the rest is added where it is known.
  public init(
    manifest: String?, source: SourceText, points: UInt64 = 0, input: ManifestFormat
  ) {
    self.manifest = manifest
    fingerprint = Self.fingerprint(of: source, points: points)
    self.input = input
  }

  init(manifest: String?, fingerprint: String, input: ManifestFormat) {
    self.manifest = manifest
    self.fingerprint = fingerprint
    self.input = input
  }

  /// Two texts that differ have the same one by chance alone, once in 2^64; no protection
  /// against an attacker. O(bytes).
  /// `points`: the hash of the files of points that a manifest has.
  public static func fingerprint(of source: SourceText, points: UInt64 = 0) -> String {
    let hash = NameHash.of(source.bytes, source.bytes.indices, seed: points)
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The plugins of the command line: absolute paths.
  public var commandPlugins: [String] { plugins.filter { $0.isOfCommand }.map { $0.path } }
}

/// A value that the command line gives a parameter in all tasks: `--set NAME=VALUE`.
public struct Setting: Sendable, Hashable {
  public var name: String
  /// One JSON value, as a manifest has it.
  public var json: String

  public init(name: String, json: String) {
    self.name = name
    self.json = json
  }

  /// As it is written on a command line.
  public var text: String { "\(name)=\(json)" }
}

/// The parameters and results of a kernel, as readers of results need them.
public struct KernelFields: Sendable, Hashable {
  public struct Field: Sendable, Hashable {
    public var name: String
    /// Nil: the kernel declares no unit.
    public var unit: String?

    public init(name: String, unit: String? = nil) {
      self.name = name
      self.unit = unit
    }
  }

  public var name: String
  public var parameters: [Field] = []
  public var results: [Field] = []

  init(name: String) { self.name = name }

  public init(_ signature: KernelSignature) {
    self.init(name: signature.name)
    parameters = signature.parameters.map { Field(name: $0.name, unit: $0.unit) }
    results = signature.results.map { Field(name: $0.name, unit: $0.unit) }
  }
}

/// The machine that a run was made on, as far as numbers can depend on it.
public struct MachineFacts: Sendable, Hashable {
  /// As `uname` says it: "Linux", its release, "x86_64".
  public var system = ""
  public var release = ""
  public var machine = ""
  /// The processor's model; "": the system does not tell.
  public var processor = ""
  /// Those that the run could use; 0: not known.
  public var processors = 0

  public init() {}
}

/// What a plugin was, when it was loaded.
public struct PluginOrigin: Sendable, Hashable {
  /// A file, with its content.
  public struct File: Sendable, Hashable {
    /// A larger file is known by its size alone, for a run would wait for it to be read.
    package static let largestRead = 1 << 28

    public var path: String
    /// Its size; -1: not known.
    public var bytes: Int
    /// SHA-256 in hexadecimal digits; "": not known.
    public var sha256: String

    public init(path: String, bytes: Int = -1, sha256: String = "") {
      self.path = path
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// As it was given, absolute; of a plain library, its name for the loader.
  public var path: String
  /// The command line named it, and not the manifest.
  public var isOfCommand: Bool
  public var kernels: [String] = []
  /// Of a plain library: the declarations that its kernels were made of.
  public var functions: [String] = []
  /// The library that was loaded; nil: not known.
  public var library: File?
  /// What it was compiled of: its sources, and the headers that are not the system's.
  public var sources: [File] = []
  /// The first line of what the compiler says of its version; "": it was not compiled.
  public var compiler = ""
  public var flags: [String] = []

  public init(path: String, isOfCommand: Bool) {
    self.path = path
    self.isOfCommand = isOfCommand
  }
}
