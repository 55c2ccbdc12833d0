import KernelHostModel

/// The scripts, each as it is submitted.
extension JobScript {
  func text(_ engine: Engine) -> String {
    switch engine {
    case .slurm: slurm
    case .mpi: mpi
    case .k8s: kubernetes
    case .hyperqueue: hyperQueue
    case .parallel: parallel
    }
  }

  /// Two jobs: an array of shards, and what follows it. `exec` brings Slurm's signals to host.
  private var slurm: String {
    let limit = time.map { " --time=\(max(Int(($0 / 60).rounded(.up)), 1))" } ?? ""
    let warning = time.map { " --signal=B:USR1@\(min(60, max(Int($0) / 2, 1)))" } ?? ""
    let shard =
      """
      #!/bin/sh
      #SBATCH --job-name=\(name) --cpus-per-task=\(jobs)\(limit)
      #SBATCH --requeue --open-mode=append\(warning)
      exec \(line(words(shard: "auto/\(shards)", hasTime: false)))

      """
    let end =
      """
      #!/bin/sh
      #SBATCH --job-name=\(name)-end --requeue
      \(finish)
      exec \(merge)

      """
    return "#!/bin/sh\n"
      + title("Slurm", "Submit: sh THIS, or sh THIS 3,7,9-12 for some of them.")
      + "array=$(sbatch --parsable --array=\"${1:-\(list)}\" " + document(shard)
      + ") &&\nsbatch --dependency=afterany:\"${array%%;*}\" " + document(end)
  }

  /// A text that a shell hands to a program as it is.
  private func document(_ text: String) -> String {
    var mark = "END"
    // No line of it ends the text.
    while text.contains(mark) { mark += "_" }
    return "<< '\(mark)'\n\(text)\(mark)\n"
  }

  private var mpi: String {
    var start = line(words(shard: "auto/\(shards)"))
    if let only {
      // A rank is a place in the list.
      start = line(
        ["sh", "-c", chosen(only, by: "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-$PMIX_RANK}}")])
    }
    return "#!/bin/sh\n"
      + title("MPI", "Run: sh THIS; MPIRUN has the launcher and its options.")
        + """
        # Exit code 75 of a shard: it was stopped in time, and goes on when this runs again.
        ${MPIRUN:-mpirun} -n \(count) \(start) || exit
        \(finish)
        exec \(merge)

        """
  }

  /// A script that makes one shard of a list, by a place in it that a variable has.
  func chosen(_ only: ShardSet, by place: String) -> String {
    let shards = only.ranges.flatMap { $0.map { "\($0)" } }.joined(separator: " ")
    let (before, after) = words()
    return "set -- \(shards); shift \"\(place)\"; exec \(line(before)) \"$1/\(self.shards)\" "
      + line(after)
  }

  private var hyperQueue: String {
    let limit = time.map { " --time-limit=\(Int($0) + 60)s" } ?? ""
    return "#!/bin/sh\n"
      + title("HyperQueue", "Run while a server runs: sh THIS, or sh THIS 3,7,9-12 for some.")
        + """
        hq submit --wait --name=\(name) --array="${1:-\(list)}" --cpus=\(jobs)\(limit) \\
          \(line(words(shard: "auto/\(shards)"))) || exit
        \(finish)
        exec \(merge)

        """
  }

  /// GNU parallel hands the command to a shell, behind its own replacement of `{}`.
  private var parallel: String {
    let (before, after) = words()
    let command = "exec \(lineWithoutBraces(before)) {}/\(shards) \(lineWithoutBraces(after))"
    let all = only.map { set in set.ranges.flatMap { $0.map { "\($0)" } }.joined(separator: " ") }
    return "#!/bin/sh\n"
      + title(
        "GNU parallel", "Run: sh THIS, or sh THIS 3 7 9 for some. HOSTS=a,b: on machines by ssh.")
        + """
        [ $# -gt 0 ] || set -- \(all ?? "$(seq 0 \(shards - 1))")
        parallel --sshlogin "${HOSTS:-:}" --workdir "$PWD" --retries 3 \(jobs > 1 ? "--jobs 1 " : "")\\
          \(Messages.shellWord(command)) ::: "$@" || exit
        \(finish)
        exec \(merge)

        """
  }

  /// Braces of names are not to be replaced.
  private func lineWithoutBraces(_ words: [String]) -> String {
    words.map { word in
      word.split(separator: "{", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "" : Messages.shellWord(String($0)) }
        .joined(separator: "\"$(printf '\\173')\"")
    }.joined(separator: " ")
  }
}
