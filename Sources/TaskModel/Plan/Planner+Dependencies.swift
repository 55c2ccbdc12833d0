/// Tasks that wait for others, against the tasks and kernels that there are.
extension Planner {
  /// An argument that takes other tasks' results: looked at when all kernels are known.
  struct ResultUse {
    let task: Int
    let argument: Int
    let kernel: Int
    let parameter: Int
  }

  /// Names of tasks that are looked through for a near one.
  private static var mostNames: Int { 10_000 }
  /// Results of one task that an argument takes: an array of them is kept, and handed on.
  private static var mostResults: Int { 100_000_000 }
  /// Tasks of a cycle that a message names.
  private static var mostLinks: Int { 8 }

  /// Finds the tasks behind all names. Reports unknown names, results that do not
  /// fit, and tasks that wait for themselves. O(tasks + names).
  mutating func bindDependencies(_ kernelOfTask: [UInt32]) -> Dependencies? {
    if manifest.after.isEmpty, resultUses.isEmpty { return nil }
    let mistakes = diagnostics.total
    var edges: [TaskGraph.Edge] = []
    edges.reserveCapacity(manifest.after.count + resultUses.count)
    for entry in manifest.after {
      if let target = task(named: entry.name.indices) {
        edges.append(.init(waiting: entry.task, target: UInt32(target), place: entry.place))
      } else {
        reportUnknownTask(manifest.pools.text[entry.name.indices], at: entry.place)
      }
    }
    var columns = Columns(referenceCount: manifest.references.count)
    for use in resultUses { bind(use, kernelOfTask, &edges, &columns) }
    let graph = TaskGraph(taskCount: manifest.tasks.count, edges: edges)
    reportCycles(graph, edges)
    manifest.taskNames = TaskNames()
    guard diagnostics.total == mistakes else { return nil }
    var columnsOfTask: [Int: [Int]] = [:]
    for (index, column) in columns.all.enumerated() {
      columnsOfTask[column.task, default: []].append(index)
    }
    return Dependencies(
      graph: graph, columns: columns.all, columnOfReference: columns.ofReference,
      columnsOfTask: columnsOfTask, readers: Set(resultUses.map { $0.task }))
  }

  private func task(named name: Range<Int>) -> Int? {
    manifest.taskNames.find(name, manifest.tasks, manifest.pools.text)
  }

  private mutating func reportUnknownTask(_ name: ArraySlice<UInt8>, at place: UInt32) {
    // It may stand behind the mistake that ended the reading.
    if !isComplete { return }
    var near: String?
    let text = String(decoding: name, as: UTF8.self)
    if diagnostics.wants(Int(place)) {
      let names = manifest.tasks.lazy.compactMap { [manifest] in manifest.name(of: $0) }
      near = NearName.nearest(to: text, among: names.prefix(Self.mostNames))
    }
    diagnostics.add(.waiting(.unknownTask(text, near: near)), at: Int(place))
  }

  // MARK: Results as arguments

  private struct Columns {
    var all: [ResultColumn] = []
    var ofReference: [UInt32]
    private var known: [ResultColumn: UInt32] = [:]

    init(referenceCount: Int) { ofReference = [UInt32](repeating: 0, count: referenceCount) }

    mutating func set(_ column: ResultColumn, of reference: Int) {
      if let number = known[column] {
        ofReference[reference] = number
      } else {
        let number = UInt32(all.count)
        known[column] = number
        all.append(column)
        ofReference[reference] = number
      }
    }
  }

  private mutating func bind(
    _ use: ResultUse, _ kernelOfTask: [UInt32], _ edges: inout [TaskGraph.Edge],
    _ columns: inout Columns
  ) {
    switch manifest.arguments[use.argument].value {
    case .reference(let index):
      bind(Int(index), use, isElement: false, kernelOfTask, &edges, &columns)
    case .mixed(let range):
      let rule = rules[firstRule[use.kernel] + use.parameter]
      var isAllowed = rule.type.isArray && rule.allows(count: Int(range.count))
      for position in range.indices where isAllowed {
        switch manifest.elements[position] {
        case .reference(let index):
          bind(Int(index), use, isElement: true, kernelOfTask, &edges, &columns)
        case let element: isAllowed = rule.allows(element: .init(element))
        }
      }
      if !isAllowed {
        check(
          manifest.arguments[use.argument].value, use.kernel, use.parameter,
          at: .argument(
            task: use.task,
            position: use.argument - manifest.argumentIndices(ofTask: use.task).lowerBound))
      }
    default: break
    }
  }

  private mutating func bind(
    _ index: Int, _ use: ResultUse, isElement: Bool, _ kernelOfTask: [UInt32],
    _ edges: inout [TaskGraph.Edge], _ columns: inout Columns
  ) {
    let reference = manifest.references[index]
    let place = Int(reference.place)
    if isElement, reference.isAll {
      return diagnostics.add(.waiting(.resultsInArray), at: place)
    }
    guard let (target, field) = find(reference) else { return }
    edges.append(
      .init(waiting: UInt32(use.task), target: UInt32(target), place: reference.place))
    // What is wrong with its kernel has been reported.
    guard kernelOfTask[target] < Self.unknown else { return }
    let kernel = catalogue[Int(kernelOfTask[target])]
    let name = manifest.name(of: manifest.tasks[target]) ?? ""
    let count = manifest.sweeps[target].map { $0.callCount ?? .max } ?? 1
    if !reference.isAll, count > 1 {
      let result = field ?? (kernel.results.count > 1 ? kernel.results[0].name : nil)
      return diagnostics.add(
        .waiting(
          .severalCalls(
            task: name, written: name + (result.map { "." + $0 } ?? ""), count: count)), at: place)
    }
    if reference.isAll, count > Self.mostResults {
      return diagnostics.add(
        .waiting(.tooManyResults(task: name, count: count, most: Self.mostResults)), at: place)
    }
    guard let result = findResult(field, of: kernel, task: name, at: place) else { return }
    let parameter = catalogue[use.kernel].parameters[use.parameter]
    let type = kernel.results[result].type
    let fits =
      reference.isAll || isElement
      ? parameter.type.takes(elements: type) : parameter.type.takes(type)
    guard fits else {
      return diagnostics.add(
        .waiting(
          .wrongType(
            parameter: parameter.name, kernel: catalogue[use.kernel].name,
            expected: parameter.type, isElement: isElement, found: type,
            isAll: reference.isAll, task: name)), at: place)
    }
    columns.set(
      ResultColumn(task: target, field: result, isAll: reference.isAll), of: index)
  }

  /// The task of a reference, and the name of the field behind a point, if there is one. A
  /// task's name may have points itself: the longest that there is counts.
  private mutating func find(_ reference: Manifest.Reference) -> (task: Int, field: String?)? {
    let name = manifest.pools.text[reference.name.indices]
    if let task = task(named: name.indices) { return (task, nil) }
    var end = name.endIndex
    while let point = name[..<end].lastIndex(of: UInt8(ascii: ".")) {
      if let task = task(named: name.startIndex..<point) {
        return (task, String(decoding: name[(point + 1)...], as: UTF8.self))
      }
      end = point
    }
    reportUnknownTask(name, at: reference.place)
    return nil
  }

  private mutating func findResult(
    _ field: String?, of kernel: KernelSignature, task: String, at place: Int
  ) -> Int? {
    if kernel.results.isEmpty {
      diagnostics.add(.waiting(.noResult(task: task, kernel: kernel.name)), at: place)
      return nil
    }
    if field == nil, kernel.results.count == 1 { return 0 }
    let names = kernel.results.map { $0.name }
    if let field, let index = names.firstIndex(where: { $0.hasBytes(of: field) }) { return index }
    diagnostics.add(
      .waiting(
        .whichResult(
          task: task, kernel: kernel.name, field: field,
          near: field.flatMap { NearName.nearest(to: $0, among: names) }, known: names)),
      at: place)
    return nil
  }

  // MARK: Cycles

  private mutating func reportCycles(_ graph: TaskGraph, _ edges: [TaskGraph.Edge]) {
    let cycles = graph.cycles(taskCount: manifest.tasks.count, most: Diagnostics.limit)
    if cycles.isEmpty { return }
    // Where each task of a cycle says that it waits for the next.
    var places: [UInt64: Int] = [:]
    for edge in edges {
      let id = UInt64(edge.waiting) << 32 | UInt64(edge.target)
      if places[id] == nil { places[id] = Int(edge.place) }
    }
    for cycle in cycles {
      let links = cycle.indices.map { index in
        let next = cycle[(index + 1) % cycle.count]
        return WaitingProblem.Link(
          task: manifest.name(of: manifest.tasks[cycle[index]]) ?? "",
          place: places[UInt64(cycle[index]) << 32 | UInt64(next)] ?? 0)
      }
      diagnostics.add(
        .waiting(.cycle(Array(links.prefix(Self.mostLinks)), count: links.count)),
        at: links[0].place)
    }
  }
}
