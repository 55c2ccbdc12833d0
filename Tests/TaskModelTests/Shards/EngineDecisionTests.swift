import Testing

@testable import KernelHostModel

/// Environments as engines make them, and what follows from each.
struct EngineDecisionTests {
  struct Row: Sendable {
    let engine: String
    let environment: [String: String]
    var asked: Int?
    var journal: Int?
    /// As "shard/count"; nil: refused.
    let shard: String?
    /// A part of the message.
    var says = ""
  }

  private static let slurmJob = ["SLURM_JOB_ID": "9", "SLURM_NTASKS": "4"]
  private static func with(_ some: [String: String], _ more: [String: String]) -> [String: String] {
    some.merging(more) { $1 }
  }
  /// Each rank of mpirun inside of a Slurm job.
  private static let mpirunInSlurm = [
    "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4", "PMIX_RANK": "3",
    "SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_STEP_NUM_TASKS": "1", "SLURM_STEP_ID": "0",
    "SLURM_JOB_ID": "9",
  ]
  private static let step = [
    "SLURM_PROCID": "2", "SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_ID": "0", "SLURM_JOB_ID": "9",
  ]
  /// A rerun of a part of an array.
  private static let rerun = [
    "SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_COUNT": "6", "SLURM_ARRAY_TASK_MIN": "3",
    "SLURM_ARRAY_TASK_MAX": "12", "SLURM_JOB_ID": "9", "SLURM_PROCID": "0", "SLURM_NTASKS": "1",
  ]

  static let rows: [Row] = [
    Row(
      engine: "Open MPI",
      environment: ["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"], shard: "1/4"),
    Row(engine: "Open MPI in Slurm", environment: mpirunInSlurm, shard: "3/4"),
    Row(
      engine: "Open MPI, another count", environment: mpirunInSlurm, journal: 64, shard: nil,
      says: "Open MPI has started 4 processes, and there are 64 shards"),
    Row(
      engine: "Open MPI, dealt anew", environment: mpirunInSlurm, asked: 4, journal: 64,
      shard: "3/4"),
    Row(
      engine: "Open MPI without a size", environment: ["OMPI_COMM_WORLD_RANK": "1"], shard: nil,
      says: "auto/n"),
    Row(
      engine: "Open MPI, beyond",
      environment: ["OMPI_COMM_WORLD_RANK": "4", "OMPI_COMM_WORLD_SIZE": "4"], shard: nil,
      says: "expected less than 4"),
    Row(engine: "MPICH", environment: ["PMI_RANK": "1", "PMI_SIZE": "2"], shard: "1/2"),
    Row(
      engine: "srun --mpi=pmi2", environment: with(step, ["PMI_RANK": "2", "PMI_SIZE": "4"]),
      shard: "2/4"),
    Row(engine: "srun", environment: step, shard: "2/4"),
    Row(engine: "srun, the same count", environment: step, journal: 4, shard: "2/4"),
    Row(
      engine: "srun, another count", environment: step, asked: 8, shard: nil, says: "--reshard 4"),
    Row(
      engine: "srun of one task, perhaps one of several",
      environment: with(step, ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"]), shard: nil,
      says: "auto/n"),
    Row(
      engine: "srun of one task, and so asked",
      environment: with(step, ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"]), asked: 1,
      shard: "0/1"),
    Row(
      engine: "sbatch -n4 without srun", environment: with(slurmJob, ["SLURM_PROCID": "0"]),
      asked: 4, shard: nil, says: "write srun host run"),
    Row(
      engine: "the shell of salloc",
      environment: with(
        slurmJob,
        ["SLURM_PROCID": "0", "SLURM_STEP_ID": "4294967290", "SLURM_STEP_NUM_TASKS": "1"]),
      asked: 4, shard: nil, says: "write srun host run"),
    Row(
      engine: "a Slurm array without a count", environment: rerun, shard: nil,
      says: "shard 9, but neither the journal nor the engine says of how many"),
    Row(engine: "a Slurm array", environment: rerun, asked: 64, shard: "9/64"),
    Row(engine: "a Slurm array, by its journal", environment: rerun, journal: 64, shard: "9/64"),
    Row(
      engine: "a Slurm array from 1", environment: ["SLURM_ARRAY_TASK_ID": "4"], asked: 4,
      shard: nil, says: "begin the array with 0"),
    Row(
      engine: "GNU parallel with too many", environment: ["PARALLEL_SEQ": "5"], asked: 4,
      shard: nil, says: "start 4 of them at most"),
    Row(
      engine: "srun in an array", environment: with(step, ["SLURM_ARRAY_TASK_ID": "3"]), asked: 16,
      shard: "14/16"),
    Row(
      engine: "srun in an array without a count",
      environment: with(step, ["SLURM_ARRAY_TASK_ID": "3"]), shard: nil, says: "shard 14"),
    Row(
      engine: "mpirun in an array", environment: with(mpirunInSlurm, ["SLURM_ARRAY_TASK_ID": "1"]),
      journal: 8, shard: "7/8"),
    Row(engine: "SGE", environment: ["SGE_TASK_ID": "1"], asked: 4, shard: "0/4"),
    Row(
      engine: "SGE, a rerun of a part",
      environment: [
        "SGE_TASK_ID": "7", "SGE_TASK_FIRST": "3", "SGE_TASK_LAST": "9", "SGE_TASK_STEPSIZE": "2",
      ], journal: 64, shard: "6/64"),
    Row(
      engine: "SGE outside of arrays", environment: ["SGE_TASK_ID": "undefined"], asked: 4,
      shard: nil, says: "no engine"),
    Row(engine: "PBS Pro", environment: ["PBS_ARRAY_INDEX": "3"], asked: 4, shard: "3/4"),
    Row(engine: "Torque", environment: ["PBS_ARRAYID": "0"], asked: 4, shard: "0/4"),
    Row(engine: "LSF", environment: ["LSB_JOBINDEX": "4"], asked: 4, shard: "3/4"),
    Row(
      engine: "LSF outside of arrays", environment: ["LSB_JOBINDEX": "0"], asked: 4, shard: nil,
      says: "no engine"),
    Row(engine: "HyperQueue", environment: ["HQ_TASK_ID": "5"], asked: 8, shard: "5/8"),
    Row(
      engine: "HyperQueue with workers in a Slurm array",
      environment: with(with(rerun, step), ["HQ_TASK_ID": "5"]), asked: 8, shard: "5/8"),
    Row(
      engine: "AWS Batch",
      environment: ["AWS_BATCH_JOB_ARRAY_INDEX": "2", "AWS_BATCH_JOB_ARRAY_SIZE": "10"],
      shard: "2/10"),
    Row(
      engine: "Google Batch", environment: ["BATCH_TASK_INDEX": "2", "BATCH_TASK_COUNT": "10"],
      shard: "2/10"),
    Row(engine: "Kubernetes", environment: ["JOB_COMPLETION_INDEX": "6"], journal: 8, shard: "6/8"),
    Row(
      engine: "Kubernetes without a count", environment: ["JOB_COMPLETION_INDEX": "6"], shard: nil,
      says: "auto/n"),
    Row(
      engine: "Kubernetes and AWS, the same index",
      environment: [
        "JOB_COMPLETION_INDEX": "2", "AWS_BATCH_JOB_ARRAY_INDEX": "2",
        "AWS_BATCH_JOB_ARRAY_SIZE": "10",
      ], shard: "2/10"),
    Row(
      engine: "GitLab CI", environment: ["CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "3"],
      shard: "0/3"),
    Row(engine: "GNU parallel", environment: ["PARALLEL_SEQ": "1"], asked: 4, shard: "0/4"),
    Row(
      engine: "GNU parallel in the script of a Slurm job",
      environment: with(with(slurmJob, ["SLURM_PROCID": "0"]), ["PARALLEL_SEQ": "2"]), asked: 4,
      shard: "1/4"),
    Row(
      engine: "srun by GNU parallel", environment: with(step, ["PARALLEL_SEQ": "2"]), asked: 8,
      shard: "6/8"),
    Row(
      engine: "GNU parallel in an array",
      environment: ["PARALLEL_SEQ": "2", "SLURM_ARRAY_TASK_ID": "3"], asked: 8, shard: nil,
      says: "SLURM_ARRAY_TASK_ID and PARALLEL_SEQ are both set"),
    Row(
      engine: "two arrays", environment: ["SLURM_ARRAY_TASK_ID": "3", "SGE_TASK_ID": "3"], asked: 8,
      shard: nil, says: "both set"),
    Row(
      engine: "Flux", environment: ["FLUX_TASK_RANK": "2", "FLUX_JOB_SIZE": "4", "PMI_RANK": "2"],
      shard: "2/4"),
    Row(engine: "PMIx alone", environment: ["PMIX_RANK": "2"], asked: 4, shard: "2/4"),
    Row(
      engine: "PMIx in an array", environment: ["PMIX_RANK": "2", "SLURM_ARRAY_TASK_ID": "1"],
      asked: 4, shard: nil, says: "both set"),
    Row(engine: "no engine", environment: [:], asked: 4, shard: nil, says: "--shard i/n"),
    Row(
      engine: "a word", environment: ["SLURM_ARRAY_TASK_ID": "x"], asked: 4, shard: nil,
      says: "expected a whole number"),
    Row(
      engine: "an empty value", environment: ["JOB_COMPLETION_INDEX": ""], asked: 4, shard: nil,
      says: "expected a whole number"),
    Row(
      engine: "a number below the first", environment: ["PARALLEL_SEQ": "0"], asked: 4, shard: nil,
      says: "expected a whole number"),
  ]

  @Test(arguments: rows.indices)
  func anEnvironment(_ index: Int) {
    let row = Self.rows[index]
    let decision = EngineDecision(row.environment)
    do throws(EngineDecision.Refusal) {
      let (shard, count) = try decision.shard(asked: row.asked, journal: row.journal)
      #expect("\(shard)/\(count)" == row.shard, "\(row.engine)")
    } catch {
      let text = Wording.noShard(error)
      #expect(row.shard == nil && text.contains(row.says), "\(row.engine): \(text)")
    }
    #expect(!Wording.seenVariables(decision).isEmpty)
  }

  /// Each variable is asked for by the host, or it would never be seen.
  @Test func allVariablesAreNamed() {
    let names = Set(EngineDecision.names)
    let known = Set(Self.rows.flatMap { $0.environment.keys }).subtracting(names)
    #expect(
      known.allSatisfy {
        $0.hasPrefix("SLURM_ARRAY_TASK_") || $0.hasPrefix("SGE_TASK_") || $0 == "SLURM_NTASKS"
      })
    for row in EngineVariables.all {
      #expect(Self.rows.contains { $0.environment[row.index] != nil }, "\(row.name)")
    }
  }
}
