/// The messages about lines that clients write to `host serve`.
extension Wording {
  static func request(_ problem: RequestProblem) -> String {
    switch problem {
    case .notObject(let found):
      "a request is an object like {\"id\": 1, \"kernel\": \"for_loop\"}; found \(shown(found))"
    case .missingID:
      "the request has no \"id\"; add \"id\": 1, or another number or string that no open request "
        + "has"
    case .wrongID(let key, let found):
      "\(quoted(key)) takes an integer of 64 bits, or a string; found \(shown(found))"
    case .longID(let most):
      "this \"id\" has more than \(grouped(most)) bytes; give a shorter one"
    case .idInUse(let id):
      "the id \(id) belongs to a request that has not ended; give each open request an id of its "
        + "own"
    case .orderWithOthers(let order):
      "\(quoted(order)) stands alone in its line; write the rest in a line of its own"
    case .wrongOrder(let order, let found):
      "\(quoted(order)) takes true; found \(shown(found))"
    case .tooLong(let most):
      "the line has more than \(grouped(most)) bytes; write a shorter one, with long values in a "
        + "file of points"
    case .closed:
      "the server is shutting down and takes no more requests; start another one"
    }
  }
}
