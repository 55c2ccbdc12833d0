import KernelBridge
import KernelHostModel

/// What has ended: completions become tokens, which go to the sinks of their jobs.
extension LaneDriver {
  /// Takes what a lane has. Returns how many calls ended.
  func take(_ lane: any Lane, number: Int32) -> Int {
    let count = lane.take(
      text: { piece in
        guard let port = ports[CallTag.job(piece.tag)] else { return }
        if piece.isOutput {
          port.sink.wrote(call: CallTag.call(piece.tag), piece.bytes)
        } else {
          port.sink.printed(call: CallTag.call(piece.tag), piece.bytes)
        }
      },
      completions: { complete($0, number) })
    perform()
    return count
  }

  /// Makes tokens and hands them on, as many at a time as belong to one job.
  private func complete(_ completions: borrowing Completions, _ laneNumber: Int32) {
    if laneNumber == settings.number, lane.isIsolated { scheduler.history.note(completions) }
    // What ends now may be in the lane's last copy: then the next process continues it.
    if scheduler.isStopping, laneNumber == settings.number { takeSnapshots(isTaking: true) }
    let isPlain = scheduler.attempts.isEmpty && !completions.haveDamage
    var index = 0
    while index < completions.count {
      let number = CallTag.job(completions.tag(index))
      guard let port = ports[number] else {
        index += 1
        continue
      }
      if port.source.hasLimits || !isPlain || !scheduler.attempts.isEmpty {
        completeOne(completions[index], port, laneNumber)
        index += 1
        continue
      }
      let first = index
      while index < completions.count, CallTag.job(completions.tag(index)) == number {
        index += 1
      }
      var doubtful: [Int] = []
      give(number, index - first) { offset in
        let completion = completions[first + offset]
        let call = CallTag.call(completion.tag)
        let timeout = completion.status == .timeout ? port.source.timeout(ofCall: call) : 0
        let token = tokens.token(completion, timeout: timeout)
        // Behind the reading of its results: a neighbour may have written over them meanwhile.
        guard completion.overrunsNow.isEmpty else {
          doubtful.append(first + offset)
          return nil
        }
        return EndedCall(
          call: call, token: token, start: seconds(completion.began),
          elapsed: completion.elapsed, lane: laneNumber)
      }
      for position in doubtful { completeOne(completions[position], port, laneNumber) }
    }
  }

  private func completeOne(_ completion: Completion, _ port: JobPort, _ laneNumber: Int32) {
    let tag = completion.tag
    let call = CallTag.call(tag)
    let state = scheduler.attempts[tag]
    if !completion.changes.isEmpty { tell(completion.changes, of: completion.kernel, port) }
    var token = tokens.token(
      completion, timeout: port.source.timeout(ofCall: call), earlierStarts: state?.starts ?? 0,
      limits: scheduler.limits(ofCall: tag))
    let overruns = completion.overrunsNow  // behind the reading of its results
    if !overruns.isEmpty {
      if laneNumber == settings.number, scheduler.confirms(completion, overruns) { return }
      token =
        scheduler.isStopping && !completion.wasStarted
        ? tokens.token(.cancelled(starts: state?.starts ?? 0)) : tokens.overrun(token, overruns)
    } else if let check = state?.check, completion.status != .cancelled {
      scheduler.clear(tag, check)
      perform()
    }
    end(
      tag, token, Placement(began: completion.began, lane: laneNumber, elapsed: completion.elapsed)
    )
  }

  /// Tells once for each kernel that it changes its process.
  private func tell(_ changes: ProcessChanges, of kernel: Int, _ port: JobPort) {
    guard toldChanges.insert(kernel).inserted else { return }
    port.sink.warned(
      call: nil,
      Wording.changed(
        lane.catalogue.signatures[kernel].name, changes.parts, isSure: !changes.contains(.perhaps)))
  }

  /// Hands a call's token on, unless the call is to be tried again.
  func end(_ tag: UInt64, _ token: Token<Value>, _ place: Placement) {
    let number = CallTag.job(tag)
    guard let port = ports[number] else { return }
    let call = CallTag.call(tag)
    let state = scheduler.attempts[tag]
    if let retries = scheduler.retries(tag, after: token, place, now: provider.now) {
      return port.sink.saw(.retried(CallRecord(ended(call, token, place)), delay: retries.delay))
    }
    scheduler.attempts[tag] = nil
    let last = state.map { tokens.explained(token, $0) } ?? token
    give(number, 1) { _ in ended(call, last, place) }
  }

  /// Gives tokens to the sink of a job.
  func give(_ job: UInt64, _ count: Int, _ call: (_ index: Int) -> EndedCall?) {
    guard let port = ports[job] else { return }
    scheduler.ended(port.sink.ended(count, call), ofJob: job)
  }
}
