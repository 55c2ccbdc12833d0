import Testing

@testable import KernelBridge

/// Quotas of control groups, by the texts that the system has of them.
@Suite struct ProcessorsTests {
  private func share(_ files: [String: String]) -> Int? { Processors.share { files[$0] } }

  private let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"

  @Test func theOwnGroupCounts() {
    var files = ["/proc/self/cgroup": "0::/user.slice/job\n", "/proc/self/mountinfo": unified]
    #expect(share(files) == nil)
    files["/sys/fs/cgroup/user.slice/job/cpu.max"] = "250000 100000\n"
    #expect(share(files) == 3)
    // Those above it as well; without a limit they set none.
    files["/sys/fs/cgroup/user.slice/cpu.max"] = "max 100000\n"
    #expect(share(files) == 3)
    files["/sys/fs/cgroup/user.slice/cpu.max"] = "50000 100000\n"
    #expect(share(files) == 1)
  }

  /// In a container the group is seen as the root, or the mount shows a part of the tree.
  @Test func whatAContainerSees() {
    let files = [
      "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": unified,
      "/sys/fs/cgroup/cpu.max": "400000 100000\n",
    ]
    #expect(share(files) == 4)
    let older = [
      "/proc/self/cgroup": "3:memory:/docker/x\n2:cpu,cpuacct:/docker/x/job\n",
      "/proc/self/mountinfo":
        "40 30 0:30 /docker/x /sys/fs/cgroup/c\\040d ro - cgroup cgroup rw,cpu,cpuacct\n"
        + "41 30 0:31 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
      "/sys/fs/cgroup/c d/job/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/c d/job/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/c d/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/c d/cpu.cfs_period_us": "100000\n",
    ]
    #expect(share(older) == 2)
  }

  @Test func nothingIsKnown() {
    #expect(share([:]) == nil)
    #expect(share(["/proc/self/cgroup": "0::/../x\n", "/proc/self/mountinfo": unified]) == nil)
    #expect(share(["/proc/self/cgroup": "nonsense", "/proc/self/mountinfo": "a - b\n"]) == nil)
  }

  /// What engines say. A task of Slurm, a job of SGE or LSF, a list of HyperQueue.
  @Test func whatEnginesGrant() {
    func granted(_ variables: [String: String]) -> Int? { Processors.granted { variables[$0] } }
    #expect(granted([:]) == nil)
    #expect(granted(["SLURM_CPUS_PER_TASK": "3"]) == 3)
    #expect(granted(["NSLOTS": "4", "LSB_DJOB_NUMPROC": "2"]) == 2)
    #expect(granted(["HQ_CPUS": "0,2,5"]) == 3 && granted(["HQ_CPUS": "1"]) == 1)
    #expect(granted(["NSLOTS": "", "HQ_CPUS": "", "SLURM_CPUS_PER_TASK": "x"]) == nil)
  }
}
