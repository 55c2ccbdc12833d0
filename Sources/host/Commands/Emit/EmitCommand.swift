import KernelBridge
import KernelHost
import KernelHostModel

/// `host emit ENGINE MANIFEST`: the script that gives the shards of a run to an engine.
enum EmitCommand: Subcommand {
  static let form = "emit ENGINE MANIFEST"
  static let summary = "print a job script for Slurm, MPI, Kubernetes"
  static let help = """
    host emit - print the job script that runs a study in shards

    usage: host emit ENGINE --shards N [options] MANIFEST

    Prints a script to be read, changed and submitted. All shards share one journal
    on a file system that all machines see. When they are done, the script runs the
    calls that wait for others (host finish), and writes the results (host merge).

      ENGINE        how the script is submitted       what shards get again
      slurm         sh JOB                            sh JOB 3,7,9-12
      mpi           sh JOB, or inside of a batch job  host emit ... --only 3,7,9-12
      k8s           kubectl apply -f JOB, then the    host emit ... --only 3,7,9-12
                    line at its top
      hyperqueue    sh JOB, while a server runs       sh JOB 3,7,9-12
      parallel      sh JOB; HOSTS=a,b for machines    sh JOB 3 7 9
                    that ssh reaches

      --shards N       deal the run to N shards; ten for each processor balance well
      --only LIST      only these shards, as in 3,7,9-12, which host merge lists
      -j, --jobs N     processors of a shard (default 1)
      --time DURATION  the limit of a shard, as in 90s or 1h30m: it stops in time,
                       exits with 75, and goes on when it is submitted again. Slurm
                       submits it again if slurm.conf has "RequeueExit=75"
      --journal DIR    the run's journal (default: the manifest's name with .kh)
      -o, --output FILE
                       the results (default: the name with .results.jsonl)
      --program PATH   the program on the machines (default: as it was called)
      --image NAME     Kubernetes: the image of the containers
      --claim NAME     Kubernetes: the volume that is mounted as this folder

    exit code 0: the script was printed; 2: the command line is wrong

    example: host emit slurm --shards 64 --time 1h study.json > job.sh; sh job.sh

    """

  static let options = [
    Option("shards", value: "N"),
    Option("only", value: "LIST"),
    Option("jobs", short: "j", value: "N"),
    Option("time", value: "DURATION"),
    Option("journal", value: "DIR"),
    Option("output", short: "o", value: "FILE"),
    Option("program", value: "PATH"),
    Option("image", value: "NAME"),
    Option("claim", value: "NAME"),
  ]
  static let operands = [Completion.words(Engine.allCases.map { $0.rawValue }), .manifest]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard parsed.operands.count == 2 else {
      throw .usage(Messages.engineAndManifest(parsed.operands))
    }
    guard let engine = Engine(rawValue: parsed.operands[0]) else {
      let known = Engine.allCases.map { $0.rawValue }
      throw .usage(
        Messages.wrongValue(
          "ENGINE", found: parsed.operands[0], expected: "one of \(known.joined(separator: ", "))",
          near: NearName.nearest(to: parsed.operands[0], among: known)))
    }
    let job = try JobScript(parsed, manifest: parsed.operands[1])
    if engine != .k8s, let name = ["image", "claim"].first(where: { parsed.values[$0] != nil }) {
      throw .usage(Messages.onlyKubernetes(name))
    }
    return console.show(job.text(engine), isData: true)
  }
}

/// What starts the shards of a run.
enum Engine: String, CaseIterable {
  case slurm, mpi, k8s, hyperqueue, parallel
}

/// What a job script is made of.
struct JobScript {
  let shards: Int
  /// Nil: all.
  let only: ShardSet?
  let jobs: Int
  /// Seconds; nil: as long as it takes.
  let time: Double?
  let manifest: String
  let journal: String
  let output: String
  let program: String
  let image: String
  let claim: String

  init(_ parsed: OptionParser, manifest: String) throws(CommandError) {
    guard let shards = try parsed.number("shards", 1...Deal.mostShards - 1) else {
      throw .usage(Messages.shardsMissing)
    }
    if manifest == "-" { throw .usage(Messages.manifestOfJob) }
    // A shard would say so, but hours later.
    if FileFacts.isMissing(manifest) { throw .usage(Messages.noManifest(manifest)) }
    self.shards = shards
    if let text = parsed.values["only"] {
      guard let set = ShardSet(text), let last = set.last, last < shards else {
        throw .usage(
          Messages.wrongValue(
            "--only", found: text, expected: "shards from 0 to \(shards - 1), like 3,7,9-12"))
      }
      only = set
    } else {
      only = nil
    }
    jobs = try parsed.number("jobs", 1...1024) ?? 1
    time = try parsed.values["time"].map { text throws(CommandError) in
      guard let seconds = StopOptions.duration(text), seconds >= 1 else {
        throw .usage(
          Messages.wrongValue(
            "--time", found: text, expected: "a duration like 90, 90s, 1h30m, 2d or 1:30:00"))
      }
      return seconds
    }
    self.manifest = manifest
    let stem = Self.stem(manifest)
    journal = parsed.values["journal"] ?? stem + ".kh"
    output = parsed.values["output"] ?? stem + ".results.jsonl"
    program = parsed.values["program"] ?? Self.ownProgram
    image = parsed.values["image"] ?? "IMAGE"
    claim = parsed.values["claim"] ?? "CLAIM"
  }

  /// The name without its ending.
  private static func stem(_ manifest: String) -> String {
    for ending in [".json", ".jsonl"] where manifest.hasSuffix(ending) && manifest != ending {
      return String(manifest.dropLast(ending.count))
    }
    return manifest
  }

  /// As it was called, if that leads there from everywhere.
  private static var ownProgram: String {
    let name = HostProcess.name
    return name.contains("/") ? Paths.absolute(name, in: Paths.current) : name
  }

  /// The manifest's name as it can be the name of a job: of the letters that all engines take.
  var name: String {
    let file = Self.stem(manifest).split(separator: "/").last.map(String.init) ?? ""
    var name = ""
    for byte in file.utf8.prefix(40) {
      switch byte {
      case 0x30...0x39, 0x61...0x7A: name.unicodeScalars.append(.init(byte))
      case 0x41...0x5A: name.unicodeScalars.append(.init(byte + 0x20))
      default: if !name.isEmpty, name.last != "-" { name += "-" }
      }
    }
    while name.last == "-" { name.removeLast() }
    if name.isEmpty { return "study" }
    return name.first!.isNumber ? "study-" + name : name
  }

  /// The shards that are run, as "0-63".
  var list: String { only?.description ?? (shards == 1 ? "0" : "0-\(shards - 1)") }
  var count: Int { only?.count ?? shards }

  /// The words of the command that makes one shard. `hasTime`: the engine does not warn it.
  func words(shard: String, hasTime: Bool = true) -> [String] {
    let (before, after) = words(hasTime: hasTime)
    return before + [shard] + after
  }

  /// Those before and behind the shard.
  func words(hasTime: Bool = true) -> (before: [String], after: [String]) {
    var after = ["-j", "\(jobs)"]
    if hasTime, let time { after += ["--time", "\(Int(time))s"] }
    return (
      [program, "run", "--journal", operand(journal), "--shard"],
      after + ["--progress", "none", "-q", operand(manifest)]
    )
  }

  /// What follows when all shards are done.
  var finish: String {
    line([program, "finish", "-q", operand(journal)]) + " > /dev/null"
  }
  var merge: String {
    line([program, "merge", operand(journal), "-o", operand(output)])
  }

  func line(_ words: [String]) -> String {
    words.map(Messages.shellWord).joined(separator: " ")
  }

  /// A path that is not taken for an option.
  func operand(_ path: String) -> String { path.hasPrefix("-") ? "./" + path : path }

  /// The first lines: how it is used.
  func title(_ engine: String, _ use: String) -> String {
    "# \(Wording.grouped(count)) of \(Wording.grouped(shards)) shards of "
      + "\(Wording.plain(manifest)) with \(engine). \(use)\n"
  }
}

extension Messages {
  fileprivate static let shardsMissing =
    "host emit needs the number of shards: --shards N; ten for each processor balance well"
  fileprivate static let manifestOfJob =
    "the shards read the manifest when they start, so standard input cannot be it; give a file"

  fileprivate static func noManifest(_ path: String) -> String {
    "there is no manifest \(quoted(path)); the script would run host with it"
  }

  fileprivate static func engineAndManifest(_ found: [String]) -> String {
    "\(found.count) words found, expected two: host emit ENGINE MANIFEST; engines are "
      + Engine.allCases.map { $0.rawValue }.joined(separator: ", ")
  }

  fileprivate static func onlyKubernetes(_ name: String) -> String {
    "option --\(name) is for k8s alone; remove it"
  }
}
