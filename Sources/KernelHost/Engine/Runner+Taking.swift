import KernelBridge
import TaskModel

/// What has ended: completions become tokens, which go to the sinks of their jobs.
extension Runner {
  /// Takes what a lane has; answers how many calls ended.
  func take(_ lane: any Lane, number: Int32? = nil) -> Int {
    let number = number ?? settings.number
    return lane.take(
      text: { piece in
        guard let job = jobs[piece.tag >> Self.callBits] else { return }
        if piece.isOutput {
          job.sink.wrote(call: Self.call(piece.tag), piece.bytes)
        } else {
          job.sink.printed(call: Self.call(piece.tag), piece.bytes)
        }
      },
      completions: { complete($0, number) })
  }

  /// Makes tokens and hands them on, as many at a time as belong to one job.
  func complete(_ completions: borrowing Completions, _ laneNumber: Int32) {
    if laneNumber == settings.number, lane.isIsolated { history.note(completions) }
    let hasDamage = completions.haveDamage
    var index = 0
    while index < completions.count {
      let number = completions.tag(index) >> Self.callBits
      guard let job = jobs[number] else {
        index += 1
        continue
      }
      if job.source.hasLimits || !cares.isEmpty || hasDamage {
        completeOne(completions[index], job, laneNumber)
        index += 1
        continue
      }
      let first = index
      while index < completions.count, completions.tag(index) >> Self.callBits == number {
        index += 1
      }
      var doubtful: [Int] = []
      end(job, index - first) { offset in
        let completion = completions[first + offset]
        let call = Self.call(completion.tag)
        let timeout = completion.status == .timeout ? job.source.timeout(ofCall: call) : 0
        let token = tokens.token(completion, timeout: timeout)
        // Behind the reading of its results: a neighbour may have written over them meanwhile.
        guard completion.overrunsNow.isEmpty else {
          doubtful.append(first + offset)
          return nil
        }
        return EndedCall(
          call: call, token: token,
          ran: Ran(
            began: completion.began, lane: laneNumber, elapsed: Float(completion.elapsed)))
      }
      for position in doubtful { completeOne(completions[position], job, laneNumber) }
    }
  }

  func completeOne(_ completion: Completion, _ job: Job, _ laneNumber: Int32) {
    let call = Self.call(completion.tag)
    let care = cares[completion.tag]
    if !completion.changes.isEmpty { tell(completion.changes, of: completion.kernel, job) }
    let limits = job.source.hasLimits ? job.source.limits(ofCall: call) : .standard
    var token = tokens.token(
      completion, timeout: job.source.timeout(ofCall: call), earlierStarts: care?.starts ?? 0,
      limits: limits)
    let overruns = completion.overrunsNow  // behind the reading of its results
    if !overruns.isEmpty {
      if laneNumber == settings.number, doubts(completion, overruns) { return }
      token =
        isStopping && !completion.wasStarted
        ? tokens.cancelled(starts: care?.starts ?? 0) : tokens.overrun(token, overruns)
    } else if let verification = care?.verification, completion.status != .cancelled {
      acquit(completion.tag, verification)
    }
    finish(
      completion.tag, token,
      Ran(began: completion.began, lane: laneNumber, elapsed: Float(completion.elapsed)))
  }

  /// Once for each kernel.
  func tell(_ changes: ProcessChanges, of kernel: Int, _ job: Job) {
    guard toldChanges.insert(kernel).inserted else { return }
    job.sink.warned(
      call: nil,
      Wording.changed(
        lane.catalogue.signatures[kernel].name, changes.parts, isSure: !changes.contains(.perhaps)))
  }

  /// The call's token, unless it is to be tried again.
  func finish(_ tag: UInt64, _ token: Token<Value>, _ ran: Ran = .never) {
    guard let job = jobs[tag >> Self.callBits] else { return }
    let call = Self.call(tag)
    let care = cares[tag]
    if let error = token.error, job.source.hasLimits, !isStopping, !isGivingUp, !job.isCancelled,
      let retries = job.source.limits(ofCall: call).retries,
      care?.retries ?? 0 < retries.times, retries.covers(status: error.status, name: error.name),
      !verdicts.isBroken(job.source.kernel(ofCall: call))
    {
      var next = care ?? Care()
      next.retry(after: token, ran)
      cares[tag] = next
      job.sink.noted(.retried(call: call, token, ran, delay: retries.delay))
      delay(tag, seconds: retries.delay)
      return
    }
    cares[tag] = nil
    let last = care.map { tokens.explained(token, $0) } ?? token
    end(job, 1) { _ in EndedCall(call: call, token: last, ran: ran) }
  }

  func delay(_ tag: UInt64, seconds: Double) {
    let due = provider.now + UInt64(min(seconds, 9e9) * 1e9)
    delayed.insert(Delayed(due: due, number: delayedCount, tag: tag))
    delayedCount += 1
  }

  func end(_ job: Job, _ count: Int, _ call: (_ index: Int) -> EndedCall?) {
    lose(job.sink.ended(count, call), of: job)
  }

  /// So many calls of a job are no more this runner's.
  func lose(_ count: Int, of job: Job) {
    job.remaining -= count
    if job.remaining == 0, count > 0 {
      jobs[job.number] = nil
      if job.source.hasTimeouts { timedJobs -= 1 }
      job.sink.finished()
    }
  }
}
