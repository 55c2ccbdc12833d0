import KernelBridge
import KernelHostModel

/// The files in which a run was dealt anew: `deal-000001.json`, and so on. The newest counts.
enum JournalDeals {
  private static let write = "write the new deal of the run to"

  /// The newest deal; nil: the run was not dealt anew. O(size of its file).
  static func newest(in folder: String, of run: JournalRun) throws(JournalError) -> JournalDeal? {
    guard let (number, name) = try names(in: folder).last else { return nil }
    return try read(folder + "/" + name, number, run)
  }

  private static func read(
    _ path: String, _ number: Int, _ run: JournalRun
  ) throws(JournalError) -> JournalDeal {
    let found: [UInt8]?
    do throws(SystemError) {
      found = try FileReader.readRegular(path: path, limit: 1 << 33)
    } catch {
      throw .unreadable(error)
    }
    guard let bytes = found, bytes.last == 10,
      JournalLines.state(of: bytes, 0..<bytes.count - 1) == .whole,
      let deal = JournalDeal(reading: bytes), deal.number == number, deal.run == run.id
    else { throw .damagedDeal(path) }
    return deal
  }

  /// Writes a deal, unless another process was quicker. Returns the one that counts.
  static func make(
    _ deal: JournalDeal, in folder: String, of run: JournalRun
  ) throws(JournalError) -> JournalDeal {
    var bytes: [UInt8] = []
    deal.write(to: &bytes)
    JournalFrame.close(from: 0, in: &bytes)
    let name = name(deal.number)
    do throws(SystemError) {
      if try Folders.writeOnce(name, in: folder, bytes, action: write) { return deal }
    } catch {
      throw .system(error)
    }
    return try read(folder + "/" + name, deal.number, run)
  }

  private static func name(_ number: Int) -> String {
    let digits = String(number)
    return "deal-" + String(repeating: "0", count: max(6 - digits.count, 0)) + digits + ".json"
  }

  private static func names(
    in folder: String
  ) throws(JournalError) -> [(number: Int, name: String)] {
    let names: [String]
    do throws(SystemError) { names = try Folders.list(folder) } catch { throw .unreadable(error) }
    return names.compactMap { name in
      guard name.hasPrefix("deal-"), name.hasSuffix(".json"),
        let number = Int(name.dropFirst(5).dropLast(5)), number > 0
      else { return nil }
      return (number, name)
    }.sorted { $0.number < $1.number }
  }
}
