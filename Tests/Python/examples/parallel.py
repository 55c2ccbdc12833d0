"""joblib calls a kernel: from threads with one server, from processes with one server each."""

from joblib import Parallel, delayed
from kernelhost import Host

if __name__ == "__main__":
    with Host(jobs=2) as host:
        counts = Parallel(n_jobs=4, prefer="threads")(
            delayed(host.primes)(limit=n) for n in range(0, 1000, 100))
        again = Parallel(n_jobs=2)(delayed(host.primes)(limit=n) for n in range(0, 1000, 100))
    assert counts == again and counts[1]["count"] == 25
    print(f"{len(counts)} calls, twice")
