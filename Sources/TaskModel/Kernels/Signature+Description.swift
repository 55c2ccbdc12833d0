/// A kernel as JSON for programs: all that a person can read of it.
extension KernelSignature {
  /// Appends it as one object. O(size).
  public func writeDescription(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { object in
      object.text("name", name)
      object.text("summary", summary)
      object.array("parameters", parameters) { $0.writeDescription(isParameter: true, to: &$1) }
      object.array("results", results) { $0.writeDescription(isParameter: false, to: &$1) }
      object.array("errors", errors) { error, buffer in
        JSONWriter.object(to: &buffer) { object in
          object.text("name", error.name)
          object.integer("code", error.code)
          object.text("text", error.text)
        }
      }
      object.bool("pure", isPure)
      object.bool("flat", isFlat)
      object.text("origin", origin)
    }
  }
}

extension FieldSignature {
  /// Appends it as one object; what it takes, too, if it is a parameter. O(size).
  public func writeDescription(isParameter: Bool, to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { object in
      object.text("name", name)
      object.text("type", type.rawValue)
      object.text("doc", doc)
      object.text("unit", unit)
      if let count { object.integer("count", count) }
      if !isParameter { return }
      object.bool("required", isRequired)
      if !isRequired { object.value("default", defaultValue) }
      if type == .i64 {
        object.integer("minimum", integerLimits.lowerBound)
        let above = unsignedLimits.map { Value.unsigned($0.upperBound) }
        object.value("maximum", above ?? .integer(integerLimits.upperBound))
      } else if let range {
        object.value(isLowOpen ? "above" : "minimum", .number(range.lowerBound))
        object.value(isHighOpen ? "below" : "maximum", .number(range.upperBound))
      }
      if isPath { object.bool("path", true) }
      if !choices.isEmpty { object.texts("choices", choices) }
    }
  }
}
