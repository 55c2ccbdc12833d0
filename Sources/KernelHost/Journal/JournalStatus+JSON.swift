import KernelBridge
import KernelHostModel

extension JournalStatus {
  /// One JSON object, for programs; what is not known is null.
  package var json: String {
    var text = Array("{\"run\":".utf8)
    JSONWriter.text(run.id, to: &text)
    func member(_ name: String, _ value: Value) {
      JSONWriter.raw(",\"\(name)\":", to: &text)
      JSONWriter.value(value, to: &text)
    }
    member("calls", .integer(Int64(run.callCount)))
    member("done", .integer(Int64(done)))
    member("left", .integer(Int64(left)))
    JSONWriter.raw(",\"counts\":", to: &text)
    counts.write(to: &text)
    member("half_done", .integer(Int64(halfDone)))
    member(
      "state",
      .text(
        isRunning ? "running" : isComplete ? "complete" : wasStopped ? "stopped" : "died"))
    member("rate", rate.map { .number($0) } ?? .null)
    member("eta", eta.map { .number($0) } ?? .null)
    member("age", age.map { .number($0) } ?? .null)
    member("segments", .integer(Int64(segments)))
    member("bytes", .integer(Int64(bytes)))
    JSONWriter.raw(",\"unreadable\":[", to: &text)
    for (index, segment) in unreadable.enumerated() {
      if index > 0 { JSONWriter.raw(",", to: &text) }
      JSONWriter.text(segment.name, to: &text)
    }
    JSONWriter.raw("],\"holder\":", to: &text)
    Self.write(holder, to: &text)
    if let shardCount {
      member("shard_count", .integer(Int64(shardCount)))
      JSONWriter.raw(",\"shards\":[", to: &text)
      for (index, shard) in shards.enumerated() {
        if index > 0 { JSONWriter.raw(",", to: &text) }
        shard.write(to: &text)
      }
      JSONWriter.raw("]", to: &text)
    }
    JSONWriter.raw("}", to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  fileprivate static func write(_ holder: JournalSegmentHead?, to text: inout [UInt8]) {
    guard let holder else { return JSONWriter.raw("null", to: &text) }
    JSONWriter.value(
      .record([
        .init(name: "process", value: .integer(Int64(holder.process))),
        .init(name: "host", value: .text(holder.host)),
        .init(name: "since", value: .text(holder.began)),
      ]), to: &text)
  }
}

extension ShardStatus {
  fileprivate func write(to text: inout [UInt8]) {
    JSONWriter.raw("{\"shards\":", to: &text)
    JSONWriter.text(shards.description, to: &text)
    func member(_ name: String, _ value: Value) {
      JSONWriter.raw(",\"\(name)\":", to: &text)
      JSONWriter.value(value, to: &text)
    }
    member("calls", .integer(Int64(planned)))
    member("done", .integer(Int64(counts.total)))
    JSONWriter.raw(",\"counts\":", to: &text)
    counts.write(to: &text)
    member("state", .text(state.rawValue))
    member("rate", rate.map { .number($0) } ?? .null)
    member("eta", eta.map { .number($0) } ?? .null)
    member("age", .number(age))
    JSONWriter.raw(",\"holder\":", to: &text)
    JournalStatus.write(holder, to: &text)
    JSONWriter.raw("}", to: &text)
  }
}
