"""The progress of a notebook's cell, by callback, and with tqdm where that is installed."""

from kernelhost import Host

with Host() as host:
    r = [2.5 + n / 10_000 for n in range(10_000)]
    seen = []
    values = list(host.map("logistic_map", r=r, n=100, progress=seen.append))
    assert seen[-1] == len(values) == 10_000
    print(f"{seen[-1]} of {len(r)} calls")
    try:
        from tqdm import tqdm
    except ImportError:
        pass
    else:
        assert sum(1 for _ in tqdm(host.map("logistic_map", r=r), total=len(r))) == 10_000
