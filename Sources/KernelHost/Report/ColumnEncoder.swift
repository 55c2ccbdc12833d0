import KernelHostModel

/// Writes a column of numbers as JSON in the shortest form that data.js reads: one value, an even
/// ramp, a dictionary, or an array of machine numbers in base64.
///
/// The page decodes the same bits, except for the signs of zeros and NaN.
enum ColumnEncoder {
  /// Appends a column, in which NaN is a missing value. O(values).
  static func write(_ values: [Double], to buffer: inout [UInt8]) {
    let first = values.first ?? .nan
    if values.allSatisfy({ $0 == first || $0.isNaN && first.isNaN }) {
      return JSONWriter.object(to: &buffer) { $0.value("v", finite(first)) }
    }
    if let step = ramp(values) {
      return JSONWriter.object(to: &buffer) { column in
        column.value("v", finite(first))
        column.value("step", finite(step))
      }
    }
    if let width = wholeWidth(values, scale: 1) {
      return array(values.map { UInt64($0) }, width, scale: nil, to: &buffer)
    }
    if let (distinct, indices) = dictionary(values) {
      return JSONWriter.object(to: &buffer) { column in
        column.write("values") { write(bits: distinct, to: &$0) }
        let width = distinct.count <= 256 ? 1 : 2
        column.write("index") { array(indices, width, scale: nil, to: &$0) }
      }
    }
    // Seconds have nine decimals.
    if let width = wholeWidth(values, scale: 1e9), width <= 4 {
      return array(values.map { UInt64(($0 * 1e9).rounded()) }, width, scale: 1e9, to: &buffer)
    }
    write(bits: values, to: &buffer)
  }

  /// Returns the difference between neighbours if it is constant.
  private static func ramp(_ values: [Double]) -> Double? {
    let step = values[1] - values[0]
    guard step.isFinite else { return nil }
    for (index, value) in values.enumerated() where value != values[0] + Double(index) * step {
      return nil
    }
    return step
  }

  /// Returns how many bytes each value times `scale` needs; nil for more than 4, or if bits would
  /// be lost.
  private static func wholeWidth(_ values: [Double], scale: Double) -> Int? {
    var most = 0.0
    for value in values {
      let whole = (value * scale).rounded()
      guard whole >= 0, whole < 4_294_967_296, whole / scale == value else { return nil }
      most = max(most, whole)
    }
    return most < 256 ? 1 : most < 65_536 ? 2 : 4
  }

  /// Returns the distinct values and the index of each value; nil if there are too many.
  private static func dictionary(_ values: [Double]) -> (distinct: [Double], indices: [UInt64])? {
    let most = min(values.count / 4, 65_536)
    var places: [UInt64: UInt64] = [:]
    var distinct: [Double] = []
    var indices: [UInt64] = []
    for value in values {
      let bits = value.isNaN ? Double.nan.bitPattern : value.bitPattern
      if let place = places[bits] {
        indices.append(place)
        continue
      }
      if distinct.count == most { return nil }
      places[bits] = UInt64(distinct.count)
      indices.append(UInt64(distinct.count))
      distinct.append(value)
    }
    return (distinct, indices)
  }

  private static func write(bits values: [Double], to buffer: inout [UInt8]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 8)
    for value in values { append(value.bitPattern, 8, to: &bytes) }
    JSONWriter.object(to: &buffer) { column in
      column.text("type", "f64")
      column.value("bytes", .bytes(bytes))
    }
  }

  private static func array(
    _ values: [UInt64], _ width: Int, scale: Double?, to buffer: inout [UInt8]
  ) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * width)
    for value in values { append(value, width, to: &bytes) }
    JSONWriter.object(to: &buffer) { column in
      column.text("type", "u\(width * 8)")
      column.value("bytes", .bytes(bytes))
      if let scale { column.value("scale", .number(scale)) }
    }
  }

  /// Little-endian.
  private static func append(_ value: UInt64, _ width: Int, to bytes: inout [UInt8]) {
    for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
  }

  private static func finite(_ value: Double) -> Value? {
    value.isFinite ? .number(value) : nil
  }
}
