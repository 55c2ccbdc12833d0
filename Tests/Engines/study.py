"""A study that engines run in shards, and what one process makes of it."""
import json
import os
import re
import select
import subprocess
import time


class Failure(Exception):
    pass


class Skipped(Exception):
    pass


def until(isSo, what, seconds=120):
    """Polls until something holds. Returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        found = isSo()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain: {what() if callable(what) else what}")
        select.select([], [], [], 0.02)


class Study:
    """The manifest, its journal and its results, in a folder of their own.

    The names have what shells and engines could take for something else.
    """
    WAITS = 997
    name = "it's a {} study"

    def __init__(self, host, library, folder, calls=100_000, waits=False):
        self.host, self.folder, self.calls = host, folder, calls
        os.makedirs(folder)
        self.gate = os.path.join(folder, "gate")
        self.manifest = self.name + ".json"
        self.journal = self.name + ".kh"
        self.results = self.name + ".results.jsonl"
        self.waits = self.WAITS if waits else 0
        points = {"from": 0, "to": calls - 1, "count": calls}
        tasks = [
            {"name": "map", "kernel": "shard_point",
             "args": {"gate": self.gate, "waits": self.waits, "fails": 97,
                      # With one process, a crash is confirmed when no call waits any more.
                      "crashes": 0 if waits else 19_999},
             "sweep": {"id": points}},
            {"name": "some", "kernel": "logistic_map", "args": {"n": 3},
             "sweep": {"r": {"from": 2.5, "to": 4, "count": 100}}},
            # It waits for others: no shard makes it.
            {"kernel": "moments", "args": {"values": {"results": "some"}}},
        ]
        with open(os.path.join(folder, self.manifest), "w") as file:
            json.dump({"plugins": [library], "tasks": tasks}, file)

    @property
    def waiting(self):
        return self.calls // self.waits if self.waits else 0

    def run(self, *words, codes=(0, 1), **options):
        """Runs host to its end."""
        end = subprocess.run([self.host, *words], cwd=self.folder, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, **options)
        if end.returncode not in codes:
            raise Failure(f"host {' '.join(words)} ended with {end.returncode}: {end.stderr}")
        return end

    def shard(self, *words, journal=None):
        """The words of a command that makes a shard."""
        return [self.host, "run", "--journal", journal or self.journal, "-j", "1", "-q", "--progress",
                "none", *words, self.manifest]

    def open_gate(self):
        open(self.gate, "w").close()

    def done(self):
        """Calls that have a record."""
        path = os.path.join(self.folder, self.journal)
        if not os.path.exists(os.path.join(path, "run.json")):
            return 0
        count = 0
        for name in os.listdir(path):
            if name.endswith(".jsonl"):
                with open(os.path.join(path, name), "rb") as file:
                    count += file.read().count(b'{"c":')
        return count

    def wait_for_gate(self):
        """Waits until only those calls are left that wait for the gate, or for others."""
        wanted = self.calls + 100 - self.waiting
        until(lambda: self.done() >= wanted, f"{wanted} records; there are {self.done()}")

    def script(self, engine, shards, *options):
        text = self.run("emit", engine, "--shards", str(shards), *options, self.manifest).stdout
        with open(os.path.join(self.folder, "job"), "w") as file:
            file.write(text)
        return text

    def reference(self):
        """What one process makes of it, in one go."""
        if self.waits:
            self.open_gate()
        journal = "whole.kh"
        self.run("run", "--journal", journal, "-q", "--format", "tokens", "-o", "whole.tokens",
                 self.manifest)
        if self.waits:
            os.remove(self.gate)
        self.run("results", journal, "--format", "jsonl", "-o", "whole.jsonl")

    def missing(self, journals=None):
        """The shards whose calls are missing, as host merge lists them."""
        end = self.run("merge", "--check", "--missing", "missing", *(journals or [self.journal]),
                       codes=(0, 1, 4))
        with open(os.path.join(self.folder, "missing")) as file:
            shards = file.read().split()
        if (end.returncode == 4) != bool(shards) and "wait" not in end.stderr:
            raise Failure(f"exit code {end.returncode} with missing shards {shards}: {end.stderr}")
        return shards

    def check(self, reference, journals=None):
        """The results are those of one process, byte for byte."""
        self.run("merge", *(journals or [self.journal]), "--format", "tokens", "-o", "tokens")
        if self.read("tokens") != reference.read("whole.tokens"):
            raise Failure("the tokens are not those of one process")
        if self.waits:
            # A call that waits has as many steps as it takes.
            return
        if not os.path.exists(os.path.join(self.folder, self.results)):
            self.run("merge", *(journals or [self.journal]), "-o", self.results)
        if self.plain(self.results) != reference.plain("whole.jsonl"):
            raise Failure("the records are not those of one process")

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def plain(self, name):
        """Records without what made them, times and numbers of attempts."""
        records = self.read(name).split(b"\n", 1)[1].replace(self.folder.encode(), b"")
        return re.sub(rb',"(?:seconds|attempts)":[^,}]*', b"", records)
