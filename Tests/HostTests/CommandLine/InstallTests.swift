import Foundation
import KernelHostTestSupport
import Testing

/// The program under the name that it is installed by.
struct InstallTests {
  @Test func installedTextsHaveTheName() throws {
    let folder = try TemporaryFolder()
    let prefix = folder.path("prefix")
    let install = try HostBinary.run(["install", "--prefix", prefix])
    #expect(install.end == .exit(0), "\(install)")
    #expect(install.out.contains("PATH does not have \(prefix)/bin"), "\(install.out)")
    let program = prefix + "/bin/kernelhost"
    let run = { (words: [String]) in try Child(program, words, folder: folder.path).finish() }
    #expect(try run(["--version"]).out.hasPrefix("kernelhost "))
    #expect(try run(["call", "for_loop", "max=1", "-q"]).end == .exit(0))
    let wrong = try run(["chek"])
    #expect(wrong.err.hasPrefix("kernelhost: error: ") && wrong.err.contains("kernelhost check?"))
    let help = try run(["--help"]).out
    let commands = help.matches(of: #/kernelhost ([a-z]+) /#).map { String($0.1) }
    #expect(commands.count > 20, "\(commands)")
    for words in [["--help"], ["man"]] + commands.map({ [$0, "--help"] }) {
      let text = try run(words).out.replacing("\\-", with: "-").replacing("\\fR", with: "")
        .replacing("\\fB", with: "")
      // Also where the command stands on the next line.
      let own = text.matches(of: #/(?:^|[^a-z\/.\-])host\s+([a-z]+|--help|MANIFEST)(?![a-z])/#)
        .filter { (commands + ["--help", "MANIFEST"]).contains(String($0.1)) }
        .map { String($0.0) }
      #expect(own.isEmpty, "\(words)")
    }
    let header = try String(
      contentsOfFile: Repository.path + "/include/kernel_host.h", encoding: .utf8)
    #expect(try folder.read("prefix/include/kernel_host.h") == header)
    #expect(
      try folder.read("prefix/include/kh_test.h")
        == String(contentsOfFile: Repository.path + "/include/kh_test.h", encoding: .utf8))
    let remove = try run(["uninstall", "--prefix", prefix])
    #expect(remove.end == .exit(0) && remove.out.lines.count == 8, "\(remove)")
    #expect(!FileManager.default.fileExists(atPath: program))
    #expect(try HostBinary.run(["uninstall", "--prefix", prefix]).out.contains("nothing is"))
  }
}
