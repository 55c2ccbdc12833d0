import Foundation
import KernelHostTestSupport

/// The command lines of the program in a text: whether it has such commands and options.
struct ShownCommands {
  /// Options of each command, as completion offers them: no second list.
  private let options: [String: Set<String>]

  /// Options of hostbench, and of commands that other programs have.
  private static let foreign: Set<String> = ["--quick", "--plot", "--array", "--wrap"]

  init() throws {
    var options: [String: Set<String>] = [:]
    for command in try OfferedCompletions([""]).texts {
      options[command] = Set(try OfferedCompletions([command, "-"]).texts)
    }
    self.options = options
  }

  /// Returns what is wrong with the calls of the program in a line.
  func faults(_ line: String) -> [String] {
    let words = line.split { " '\"`()".contains($0) }.map(String.init)
    return words.indices.filter { ["host", "kernelhost"].contains(words[$0]) }.flatMap {
      faults(of: words[($0 + 1)...].prefix { !["|", ";", ">", "&&", "#", ":::"].contains($0) })
    }
  }

  /// Returns what is wrong with an option that stands alone.
  func faults(option: String) -> [String] {
    let name = String(option.prefix { $0 != " " && $0 != "=" })
    let isKnown = Self.foreign.contains(name) || options.values.contains { $0.contains(name) }
    return isKnown ? [] : ["there is no option \(name)"]
  }

  private func faults(of words: ArraySlice<String>) -> [String] {
    guard let first = words.first?.split(separator: ";").first.map(String.init) else { return [] }
    let isManifest = first.hasPrefix("-") || first.contains(".") || first.first?.isUppercase == true
    let command = isManifest ? "run" : first
    guard let known = options[command] else {
      return ["there is no command \(command)"]
    }
    return words.filter { $0.hasPrefix("-") && $0.count > 1 }.compactMap { word in
      let name = String(word.prefix { $0 != "=" && $0 != ";" })
      return known.contains(name) || ["--help", "-h"].contains(name)
        ? nil : "host \(command) has no option \(name)"
    }
  }
}
