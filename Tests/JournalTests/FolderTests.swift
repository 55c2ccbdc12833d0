import Foundation
import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// Journals' folders: begun, gone on with, refused.
struct FolderTests {
  /// The sentences of why a folder is refused; empty: it is not.
  private static func refusal(_ path: String, _ study: Study) -> String {
    do throws(JournalError) {
      _ = try JournalFolder.open(path, study.run)
      return ""
    } catch {
      return error.lines.joined(separator: "\n")
    }
  }

  @Test func theSameLineBeginsAndGoesOn() throws {
    let study = try Study(calls: 10)
    let folder = try TemporaryFolder()
    let path = folder.path("study.kh")
    for number in 1...3 {
      let opened = try JournalFolder.open(path, try Study(calls: 10, id: "\(number)").run)
      #expect(opened.head.number == number && opened.folder.run.id == "1" && opened.isLocked)
      #expect(opened.index.counts.total == number - 1)
      let file = try opened.newSegment()
      let writer = try JournalWriter(file, head: opened.head)
      var batch = JournalBatch()
      batch.add(JournalEnd(call: number, token: .ok(.number(1))))
      writer.append(batch)
      #expect(writer.close(isComplete: false) == nil)
    }
    let reading = try JournalFolder(reading: path)
    #expect(try reading.index().missing == [0..<1, 4..<10])
    #expect(reading.run.manifest.bytes == study.run.manifest.bytes)
    #expect(reading.run.tasks == study.run.tasks)
    #expect(reading.run.kernels.map { $0.content } == study.run.kernels.map { $0.content })
  }

  /// A journal is not gone on with by kernels of other code or of another ABI, nor with another
  /// manifest, each for itself.
  @Test func otherInputsAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("study.kh")
    _ = try JournalFolder.open(path, try Study().run)
    #expect(Self.refusal(path, try Study(id: "00000000000000bb")).isEmpty)
    let others = [
      try Study { $0.build = "b2" }, try Study { $0.abi = "9.9" },
      try Study(Study.manifest + " "),
    ]
    for other in others {
      let sentence = Self.refusal(path, other)
      #expect(sentence.contains("is of other inputs"), "\(sentence)")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
        "holder", "lock", "run.json",
      ])
  }

  /// Whatever is not ours stays as it is.
  @Test func nothingIsWrittenIntoAForeignFolder() throws {
    let study = try Study(calls: 10)
    let folder = try TemporaryFolder()
    try folder.write("x", to: "notes.txt")
    let sentence = Self.refusal(folder.path, study)
    #expect(sentence.contains("is not a journal") && sentence.contains("\"notes.txt\""))
    #expect(try folder.names == ["notes.txt"])
    let file = Self.refusal(folder.path("notes.txt"), study)
    #expect(file.contains("is a file, and a journal is a folder"))
    #expect(try folder.read("notes.txt") == "x")
  }

  @Test(arguments: ["{\"name\": \"mine\"}", "{}", "[1]", "hello"])
  func anotherProgramsRunFileIsNotTaken(_ text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "run.json")
    let sentence = Self.refusal(folder.path, try Study(calls: 10))
    #expect(sentence.contains("is not that of a journal"))
    #expect(try folder.names == ["run.json"] && folder.read("run.json") == text)
  }

  @Test func halfARunFileIsRefusedAndStaysAsItIs() throws {
    let study = try Study(calls: 10)
    let whole = try TemporaryFolder()
    _ = try JournalFolder.open(whole.path, study.run)
    let bytes = Array(try whole.read("run.json").utf8)
    for cut in [0, 1, 10, 25, bytes.count / 2, bytes.count - 2, bytes.count - 1] {
      let folder = try TemporaryFolder()
      try folder.write(Array(bytes[..<cut]), to: "run.json")
      #expect(Self.refusal(folder.path, study).contains("is damaged"), "cut at \(cut)")
      #expect(try folder.names == ["run.json"])
      #expect(throws: JournalError.self) { try JournalFolder(reading: folder.path) }
    }
    var flipped = bytes
    flipped[bytes.count / 2] ^= 1
    try whole.write(flipped, to: "run.json")
    #expect(Self.refusal(whole.path, study).contains("is damaged"))
  }

  @Test func aNewerFormatIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"kernelhost_journal\":\"2.3\",\"later\":1}\n", to: "run.json")
    let sentence = Self.refusal(folder.path, try Study(calls: 10))
    #expect(sentence.contains("version 2.3") && sentence.contains("newer"))
    #expect(try folder.names == ["run.json"])
  }

  /// A host that died before it had written run.json leaves a part of it behind.
  @Test func leftoversOfABeginningAreNoHindrance() throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"kernel", to: "run.json.partial-0123456789abcdef")
    try folder.write("", to: "lock")
    #expect(Self.refusal(folder.path, try Study(calls: 10)) == "")
  }

  @Test func aSecondHostIsToldWhoHasIt() throws {
    let study = try Study(calls: 10)
    let folder = try TemporaryFolder()
    let path = folder.path("study.kh")
    do {
      let first = try JournalFolder.open(path, study.run)
      let sentence = Self.refusal(path, study)
      #expect(sentence.contains("is in use by process \(processNumber()) on \(Machine.hostName())"))
      #expect(sentence.contains("since \(first.head.began)"))
      #expect(try JournalStatus(first.folder, now: 0).holder?.process == Int(processNumber()))
    }
    #expect(Self.refusal(path, study) == "")
    #expect(try JournalStatus(try JournalFolder(reading: path), now: 0).holder == nil)
  }

  /// No file of a dead process has to be removed by hand.
  @Test(.enabled(if: Python.path != nil, Comment(rawValue: Python.why)))
  func theLockEndsWithItsProcess() throws {
    let study = try Study(calls: 10)
    let folder = try TemporaryFolder()
    let path = folder.path("study.kh")
    _ = try JournalFolder.open(path, study.run)
    let script = """
      import fcntl, sys
      file = open(sys.argv[1], "w")
      fcntl.lockf(file, fcntl.LOCK_EX)
      print("locked", flush=True)
      sys.stdin.read()
      while True: pass
      """
    let other = try Child(try #require(Python.path), ["-c", script, path + "/lock"])
    try other.read { $0.standardOutput.starts(with: "locked".utf8) }
    #expect(Self.refusal(path, study).contains("is in use by process"))
    other.send(SIGKILL)
    #expect(try other.finish().end == .signal(SIGKILL))
    #expect(Self.refusal(path, study) == "")
  }

  @Test func whatIsNoFileIsNotWaitedFor() throws {
    let folder = try TemporaryFolder()
    let study = try Study(calls: 10)
    unsafe mkfifo(folder.path("run.json"), 0o600)
    #expect(Self.refusal(folder.path, study).contains("is not that of a journal"))
    let other = try TemporaryFolder()
    _ = try JournalFolder.open(other.path, study.run)
    unsafe mkfifo(other.path(Study.name(1)), 0o600)
    // Nor is it taken for an empty segment.
    let journal = try JournalFolder(reading: other.path)
    #expect(throws: JournalError.self) { try journal.index() }
  }

  @Test(.enabled(if: currentUser() != 0, "root may write everywhere"))
  func aReadOnlyFolderIsSaid() throws {
    let folder = try TemporaryFolder()
    unsafe chmod(folder.path, 0o500)
    defer { unsafe chmod(folder.path, 0o700) }
    #expect(Self.refusal(folder.path, try Study(calls: 10)).contains("Permission denied"))
    #expect(try folder.names.isEmpty)
  }

  @Test func aFolderThatCannotBeMadeIsSaid() throws {
    let sentence = Self.refusal("/proc/study.kh", try Study(calls: 10))
    #expect(sentence.contains("cannot make the journal's folder /proc/study.kh"))
    #expect(Self.refusal("/no/such/folder/study.kh", try Study(calls: 10)).contains("No such file"))
  }

  @Test func aFolderWithoutAJournalIsSaid() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path, folder.path("none")] {
      do throws(JournalError) {
        _ = try JournalFolder(reading: path)
        Issue.record("\(path) was read")
      } catch {
        #expect(error == .missing(path))
      }
    }
  }
}
