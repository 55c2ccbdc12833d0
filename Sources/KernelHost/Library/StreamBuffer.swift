import Dispatch
import KernelBridge

/// Elements on their way from threads of the host to one Swift task.
final class StreamBuffer<Element: Sendable>: Sendable {
  private struct State {
    var pending: Queue<Element> = Queue()
    var waiter: CheckedContinuation<Element?, any Error>?
    /// No element comes any more.
    var isEnded = false
    var failure: (any Error)?
    /// The reader has gone.
    var isLeft = false
    /// The writer waits for room.
    var isFull = false
  }

  private let state = Locked(State())
  private let room = DispatchSemaphore(value: 0)

  /// Adds an element. It is dropped if the reader has gone. O(1).
  func put(_ element: Element) {
    let waiter = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
      guard let waiter = state.waiter else {
        if !state.isLeft { state.pending.append(element) }
        return nil
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume(returning: element)
  }

  /// Waits until less than `limit` elements are pending, or the reader has gone. For one writer.
  func waitForRoom(_ limit: Int) {
    while true {
      let isFull = state.withLock { state in
        state.isFull = state.pending.count >= limit && !state.isLeft
        return state.isFull
      }
      if !isFull { return }
      room.wait()
    }
  }

  /// Ends the sequence behind the elements that are pending.
  func end(_ failure: (any Error)? = nil) {
    let waiter = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
      state.isEnded = true
      state.failure = failure
      defer { state.waiter = nil }
      if state.waiter != nil { state.failure = nil }
      return state.waiter
    }
    if let failure { waiter?.resume(throwing: failure) } else { waiter?.resume(returning: nil) }
  }

  /// The reader goes: a read that waits returns nil, and nothing is kept any more.
  func leave() {
    let (waiter, isFull) = state.withLock { state in
      state.isLeft = true
      state.pending = Queue()
      defer {
        state.waiter = nil
        state.isFull = false
      }
      return (state.waiter, state.isFull)
    }
    if isFull { room.signal() }
    waiter?.resume(returning: nil)
  }

  /// Returns the next element; nil: the stream has ended. For one task. `onCancel`: the task is
  /// cancelled; this ends the wait, with nil.
  func next(onCancel: @escaping @Sendable () -> Void) async throws -> Element? {
    if Task.isCancelled { onCancel() }
    switch take(nil) {
    case .element(let element): return element
    case .end: return nil
    case .failure(let failure): throw failure
    case .wait: break
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        switch take(continuation) {
        case .element(let element): continuation.resume(returning: element)
        case .end: continuation.resume(returning: nil)
        case .failure(let failure): continuation.resume(throwing: failure)
        case .wait: break
        }
      }
    } onCancel: {
      onCancel()
      leave()
    }
  }

  private enum Taken {
    case element(Element)
    case end, wait
    case failure(any Error)
  }

  /// Takes an element, or notes who waits for one.
  private func take(_ waiter: CheckedContinuation<Element?, any Error>?) -> Taken {
    let (taken, hasRoom) = state.withLock { state -> (Taken, Bool) in
      if let element = state.pending.popFirst() {
        defer { state.isFull = false }
        return (.element(element), state.isFull)
      }
      if let failure = state.failure {
        state.failure = nil
        return (.failure(failure), false)
      }
      if state.isEnded || state.isLeft { return (.end, false) }
      state.waiter = waiter
      return (.wait, false)
    }
    if hasRoom { room.signal() }
    return taken
  }
}

/// Runs a closure when the last reader of a sequence goes.
final class StreamReader: Sendable {
  private let leave: @Sendable () -> Void

  init(_ leave: @escaping @Sendable () -> Void) { self.leave = leave }

  deinit { leave() }
}
