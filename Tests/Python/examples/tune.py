"""Optuna's ask and tell, with a batch of trials at a time."""

import os

import optuna
from kernelhost import Host

PLUGIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pendulum.c")
optuna.logging.set_verbosity(optuna.logging.WARNING)

with Host([PLUGIN], jobs=2) as host:
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    for _ in range(10):
        trials = [study.ask() for _ in range(8)]
        damping = [trial.suggest_float("damping", -0.2, 3) for trial in trials]
        drive = [trial.suggest_float("drive", -1, 1) for trial in trials]
        tokens = host.map("pendulum", damping=damping, drive=drive, tokens=True)
        for trial, token in zip(trials, tokens):
            if token.ok:
                study.tell(trial, token.result)
            else:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)

print(f"best {study.best_value:.3f} at {study.best_params}")
assert len(study.trials) == 80
