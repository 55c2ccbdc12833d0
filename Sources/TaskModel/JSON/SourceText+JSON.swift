/// Parts of a source that are read again, for a message: nothing of them is kept
/// while a manifest is read.
extension SourceText {
  /// The value at a place, as a message shows it.
  func found(at place: Int) -> Found {
    var json = JSONReader(bytes, from: place)
    do throws(JSONError) {
      switch try json.kind() {
      case .null, .broken: return .null
      case .bool: return .bool(try json.readBool())
      case .text: return .text(json.string(try json.readText()))
      case .array: return .array
      case .object: return .object
      case .integer, .number:
        return switch try json.readNumber() {
        case .integer, .unsigned, .minusZero, .bigInteger: .integer(written(at: place))
        case .number, .outOfRange: .number(written(at: place))
        }
      }
    } catch {
      return .null
    }
  }

  /// The number or word at a place as it is written.
  func written(at place: Int) -> String {
    var end = place
    while end < bytes.count, JSONReader.isWordByte(bytes[end]) { end += 1 }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }

  /// The text at a place; "" if something else stands there.
  func text(at place: Int) -> String {
    if case .text(let text) = found(at: place) { return text }
    return ""
  }

  /// The first key of the object at a place. O(key).
  func firstKey(inObject place: Int) -> String? {
    var json = JSONReader(bytes, from: place)
    do throws(JSONError) {
      try json.enter()
      var isFirst = true
      return try json.nextMember(&isFirst).map { json.string($0) }
    } catch {
      return nil
    }
  }

  /// Whether the value at a place is another task's result, by its first key.
  func isReference(at place: Int) -> Bool {
    guard place < bytes.count, bytes[place] == UInt8(ascii: "{") else { return false }
    let first = firstKey(inObject: place)
    return first == ManifestKey.result.text || first == ManifestKey.results.text
  }

  /// Where a key stands first in the object at a place. O(object).
  func firstKey(_ name: String, inObject place: Int) -> Int? {
    var json = JSONReader(bytes, from: place)
    do throws(JSONError) {
      try json.enter()
      var isFirst = true
      while let text = try json.nextMember(&isFirst) {
        if json.string(text).hasBytes(of: name) { return text.place }
        _ = try json.skipValue()
      }
    } catch {}
    return nil
  }

  /// Where the value of a key stands that is first in the object at a place. O(object).
  func valuePlace(of name: String, inObject place: Int) -> Int? {
    guard let key = firstKey(name, inObject: place) else { return nil }
    var json = JSONReader(bytes, from: key)
    do throws(JSONError) {
      _ = try json.readText()
      // The colon.
      _ = json.next()
      json.at += 1
      _ = json.next()
      return json.at
    } catch {
      return nil
    }
  }

  /// The places of an argument's key and of its value, which are one where it has no key.
  typealias ArgumentPlace = (key: Int, value: Int)

  /// Those of all arguments of the task at a place. A key that is there twice counts once. O(task).
  func argumentPlaces(inTask place: Int) -> [ArgumentPlace] {
    guard let start = valuePlace(of: ManifestKey.args.text, inObject: place) else { return [] }
    var places: [ArgumentPlace] = []
    var json = JSONReader(bytes, from: start)
    do throws(JSONError) {
      guard try json.kind() == .object else {
        forEachElement(inArray: start) { _, place in
          places.append((place, place))
          return true
        }
        return places
      }
      var known: Set<ExactText> = []
      try json.enter()
      var isFirst = true
      while let text = try json.nextMember(&isFirst) {
        _ = json.next()
        let value = json.at
        if known.insert(ExactText(json.string(text))).inserted {
          places.append((text.place, value))
        }
        _ = try json.skipValue()
      }
    } catch {}
    return places
  }

  /// The places of the elements of the array at a place, one by one, as long as
  /// `body` returns true. O(array).
  func forEachElement(inArray place: Int, _ body: (_ index: Int, _ place: Int) -> Bool) {
    var json = JSONReader(bytes, from: place)
    do throws(JSONError) {
      try json.enter()
      var isFirst = true
      var index = 0
      while try json.nextElement(&isFirst) {
        _ = json.next()
        if !body(index, json.at) { return }
        _ = try json.skipValue()
        index += 1
      }
    } catch {}
  }
}
