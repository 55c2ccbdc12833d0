import Foundation

/// Versions of kernel_host.h, to build libraries with.
public enum Headers {
  /// The folder of version 1.0, as it was.
  public static let old = Repository.path + "/Tests/Headers/1.0"
  /// The folder of this host's version.
  public static let current = Repository.path + "/include"

  /// Writes a header of a minor version to come, whose structs have all grown, into the folder
  /// `future` of `folder`; returns its path.
  public static func future(in folder: TemporaryFolder) throws -> String {
    var text = try String(contentsOfFile: current + "/kernel_host.h", encoding: .utf8)
    for (old, new) in [
      ("#define KH_ABI_MINOR 1\n", "#define KH_ABI_MINOR 2\n"),
      ("} kh_field;", "const char *later KH_OPTIONAL_; uint64_t more KH_OPTIONAL_; } kh_field;"),
      ("} kh_error;", "const char *later KH_OPTIONAL_; } kh_error;"),
      ("} kh_kernel;", "const char *later KH_OPTIONAL_; } kh_kernel;"),
      ("} kh_library;", "uint64_t later; } kh_library;"),
      ("} kh_services;", "int (*later)(kh_call *call); } kh_services;"),
    ] {
      guard text.components(separatedBy: old).count == 2 else {
        throw Plugins.Failure(description: "not once in kernel_host.h: \(old)")
      }
      text = text.replacingOccurrences(of: old, with: new)
    }
    let path = folder.path("future")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try folder.write(text, to: "future/kernel_host.h")
    return path
  }

  /// Links C files into `name` of `folder`, each compiled with a header of its own.
  public static func library(
    _ name: String, of files: [(source: String, header: String)], in folder: TemporaryFolder
  ) throws {
    var objects: [String] = []
    for (index, file) in files.enumerated() {
      let source = "\(name).\(index).c"
      try folder.write(file.source, to: source)
      objects.append(folder.path(source) + ".o")
      try compile(["-c", "-I", file.header, folder.path(source), "-o", objects[index]])
    }
    try compile(["-shared"] + objects + ["-o", folder.path(name)])
  }

  private static func compile(_ options: [String]) throws {
    let command = [Plugins.compiler ?? "cc", "-std=c11", "-Wall", "-fPIC"] + options
    let build = try Child("/usr/bin/env", command).finish()
    guard build.end == .exit(0), build.err.isEmpty else {
      throw Plugins.Failure(description: build.err)
    }
  }
}
