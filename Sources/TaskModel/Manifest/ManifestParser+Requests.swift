/// What a request has beside its task.
extension ManifestParser {
  /// Reads a line as one request. Nil: it is blank.
  mutating func parseRequest(_ line: Range<Int>) -> RequestLine? {
    json.beginLine(line)
    request = RequestLine(place: line.lowerBound)
    let count = manifest.tasks.count
    do throws(JSONError) {
      if json.next() == nil { return nil }
      if try json.kind() == .object {
        try readTask()
      } else {
        try refuse { .request(.notObject($0)) }
      }
      try json.finish()
      if manifest.tasks.count > count { request?.kind = .task(count) }
    } catch {
      dropUnfinishedTask()
      isWhole = false
      diagnostics.add(.json(error.problem), at: error.place)
      request?.kind = .broken
    }
    return request
  }

  /// The object of the request has ended. Returns true if it is an order, which has no task.
  mutating func endRequest(_ seen: ManifestKeySet, at place: Int) throws(JSONError) -> Bool {
    let orders = ManifestKey.orders.filter { seen.contains($0) }
    guard let order = orders.first else {
      if seen.misses(.id) { diagnostics.add(.request(.missingID), at: place) }
      return false
    }
    dropUnfinishedTask()
    if !seen.isOnly(order) { diagnostics.add(.request(.orderWithOthers(order.text)), at: place) }
    return true
  }

  mutating func readID() throws(JSONError) {
    let id = try readID(of: .id)
    request?.id = id
  }

  mutating func readCompact() throws(JSONError) {
    if try expect(.bool, .bool, of: .compact) { request?.isCompact = try json.readBool() }
  }

  mutating func readCancel() throws(JSONError) {
    if let id = try readID(of: .cancel) { request?.kind = .cancel(id) }
  }

  private mutating func readID(of key: ManifestKey) throws(JSONError) -> RequestID? {
    let place = valuePlace()
    switch try json.kind() {
    case .text:
      let text = try json.readText()
      if text.range.count <= RequestID.longest { return .text(json.string(text)) }
      diagnostics.add(.request(.longID(most: RequestID.longest)), at: place)
    case .number:
      if case .integer(let number) = try json.readNumber() { return .number(number) }
      diagnostics.add(
        .request(.wrongID(key: key.text, manifest.source.found(at: place))), at: place)
    default: try refuse { .request(.wrongID(key: key.text, $0)) }
    }
    return nil
  }

  /// `"stats": true`.
  mutating func readFlagOrder(
    _ key: ManifestKey, _ kind: RequestLine.Kind
  ) throws(JSONError) {
    let place = valuePlace()
    if try json.kind() == .bool {
      if try json.readBool() {
        request?.kind = kind
      } else {
        diagnostics.add(.request(.wrongOrder(key.text, .bool(false))), at: place)
      }
    } else {
      try refuse { .request(.wrongOrder(key.text, $0)) }
    }
  }

  mutating func readShutdown() throws(JSONError) {
    if let word = try readWord(of: .shutdown, Shutdown.init(rawValue:), Shutdown.allCases) {
      request?.kind = .shutdown(word)
    }
  }

  /// `after` in a request.
  mutating func refuseWaiting() throws(JSONError) {
    diagnostics.add(.waiting(.inRequest), at: valuePlace())
    _ = try json.skipValue()
  }
}

extension ManifestKeySet {
  /// Whether no other key is there.
  func isOnly(_ key: ManifestKey) -> Bool {
    ManifestKey.allCases.allSatisfy { $0 == key || !contains($0) }
  }
}
