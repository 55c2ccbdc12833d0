/// How many elements the longest array has that a parameter gets.
enum ArrayLength: Equatable {
  case known(Int)
  /// Another task's result decides it.
  case unknown

  func longest(_ other: ArrayLength) -> ArrayLength {
    if case .known(let one) = self, case .known(let two) = other { return .known(max(one, two)) }
    return .unknown
  }
}

extension Value {
  /// The number of an array's elements; 0 for anything else.
  var count: Int {
    switch self {
    case .integers(let values): values.count
    case .numbers(let values): values.count
    default: 0
    }
  }
}

extension Plan {
  /// The kernels that are called, in the order in which the manifest names them first. O(tasks).
  package var kernelsInOrder: [Int] {
    var isKnown = [Bool](repeating: false, count: signatures.count)
    var kernels: [Int] = []
    for kernel in kernelOfTask where !isKnown[Int(kernel)] {
      isKnown[Int(kernel)] = true
      kernels.append(Int(kernel))
    }
    return kernels
  }

  /// By kernel and parameter, of those that get an array. O(arguments + swept arrays).
  var longestArrays: [Int: [Int: ArrayLength]] {
    var longest: [Int: [Int: ArrayLength]] = [:]
    guard signatures.contains(where: { $0.parameters.contains { $0.type.isArray } }) else {
      return longest
    }
    func note(_ kernel: Int, _ parameter: Int, _ cell: Manifest.Cell) {
      guard let length = length(of: cell) else { return }
      let known = longest[kernel, default: [:]][parameter] ?? .known(0)
      longest[kernel, default: [:]][parameter] = known.longest(length)
    }
    for number in manifest.tasks.indices {
      let kernel = Int(kernelOfTask[number])
      for index in manifest.argumentIndices(ofTask: number) {
        note(kernel, Int(parameterOfArgument[index]), manifest.arguments[index].value)
      }
      for axis in manifest.sweeps.isEmpty ? [] : manifest.sweeps[number]?.axes ?? [] {
        let type = signatures[kernel].parameters[Int(axis.parameter)].type
        guard type.isArray else { continue }
        for index in 0..<axis.count {
          note(kernel, Int(axis.parameter), manifest.value(index, of: axis))
        }
      }
    }
    return longest
  }

  /// Nil: it is no array.
  private func length(of cell: Manifest.Cell) -> ArrayLength? {
    switch cell {
    case .integers(let range), .numbers(let range), .mixed(let range): .known(Int(range.count))
    case .reference(let index):
      dependencies.flatMap { calls(takenBy: Int(index), $0) }.map { .known($0) } ?? .unknown
    default: nil
    }
  }

  /// How many results a reference takes, if it takes those of all calls of a task.
  private func calls(takenBy reference: Int, _ dependencies: Dependencies) -> Int? {
    guard manifest.references[reference].isAll else { return nil }
    let column = dependencies.columns[Int(dependencies.columnOfReference[reference])]
    return calls(ofTask: column.task).count
  }
}
