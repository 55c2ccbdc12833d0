"""scipy.optimize.minimize over a kernel that crashes for some arguments."""

import math
import os

import scipy.optimize
from kernelhost import Host

PLUGIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pendulum.c")

with Host([PLUGIN]) as host:
    crashes = 0

    def energy(x):
        global crashes
        token = host.token("pendulum", damping=x[0], drive=x[1])
        crashes += token.status == "crash"
        return token.result if token.ok else math.inf

    # The first simplex has a corner where the code crashes.
    simplex = [[0.5, 0.3], [-0.2, 0.3], [0.5, 0.0]]
    found = scipy.optimize.minimize(
        energy, [0.5, 0.3], method="Nelder-Mead", options={"initial_simplex": simplex})

print(f"damping {found.x[0]:.2f}, drive {found.x[1]:.2f}, {crashes} crashes")
assert found.success and crashes > 0 and found.fun < 2
