"""The lines of `host serve`, by a client that knows nothing but the protocol.

    KERNELHOST=path/of/host PLUGINS=folder python3 serve_test.py

Each line that goes either way is held against `host schema serve`, where jsonschema is installed.
"""

import array
import collections
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import termios
import threading
import unittest

HOST = os.environ.get("KERNELHOST", "host")
PLUGINS = os.environ.get("PLUGINS", "")
NEIGHBOURS = os.path.join(PLUGINS, "libneighbours.so")

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None


class Server:
    """A server, and what it has written."""

    validators = {}

    def __init__(self, *words, plugins=()):
        for plugin in plugins:
            words += ("--plugin", plugin)
        self.process = subprocess.Popen(
            [HOST, "serve", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0)
        self.rest = b""
        self.lines = []
        self.validator = self.make_validator(plugins)
        self.hello = self.line()

    @classmethod
    def make_validator(cls, plugins):
        if Draft202012Validator is None:
            return None
        if plugins not in cls.validators:
            words = [word for plugin in plugins for word in ("--plugin", plugin)]
            text = subprocess.run(
                [HOST, "schema", *words, "serve"], stdout=subprocess.PIPE, check=True).stdout
            schema = json.loads(text)
            Draft202012Validator.check_schema(schema)
            parts = [
                Draft202012Validator({"$defs": schema["$defs"], "$ref": f"#/$defs/{name}"})
                for name in ("request", "reply")]
            cls.validators[plugins] = parts
        return cls.validators[plugins]

    def write(self, data):
        self.process.stdin.write(data if isinstance(data, bytes) else data.encode())

    def ask(self, *requests):
        for request in requests:
            if self.validator:
                self.validator[0].validate(request)
        self.write("".join(json.dumps(request) + "\n" for request in requests))

    def line(self):
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], 30)
            if not ready:
                raise AssertionError(f"no line within 30 s after {self.lines[-3:]}")
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            if not chunk:
                raise AssertionError(f"the server ended: {self.process.stderr.read()}")
            self.rest += chunk
        line, self.rest = self.rest.split(b"\n", 1)
        line = json.loads(line)
        if self.validator:
            self.validator[1].validate(line)
        self.lines.append(line)
        return line

    def until(self, condition):
        while True:
            line = self.line()
            if condition(line):
                return line

    def record(self, id):
        return self.until(lambda line: line.get("id") == id and "ok" in line)

    def done(self, id):
        return self.until(lambda line: line.get("id") == id and "done" in line)

    def refusal(self, id):
        return self.until(lambda line: line.get("id") == id and "refused" in line)["refused"]

    def end(self):
        """Closes the input, and reads to the end."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        last = self.until(lambda line: "end" in line)
        assert os.read(self.process.stdout.fileno(), 1) == b""
        return last

    def close(self):
        self.process.kill()
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.process.stderr):
            file.close()


def memory(process):
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) << 10


def descendants(process):
    """All processes below one, by /proc."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            pass
    found, new = set(), {process}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def wait_until_full(pipe):
    """Waits until a pipe has no room for another line: its writer then waits for the reader."""
    size = fcntl.fcntl(pipe, 1032)  # F_GETPIPE_SZ
    count = array.array("i", [0])
    while count[0] < size - (1 << 16):
        fcntl.ioctl(pipe, termios.FIONREAD, count)
        os.sched_yield()


def is_gone(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class ServeTest(unittest.TestCase):
    def serve(self, *words, plugins=()):
        server = Server(*words, plugins=plugins)
        self.addCleanup(server.close)
        return server

    def test_hello(self):
        server = self.serve()
        self.assertEqual(server.hello["protocol"], 1)
        names = [kernel["name"] for kernel in server.hello["kernels"]]
        self.assertIn("for_loop", names)
        server.ask({"kernels": True})
        self.assertEqual(server.line()["kernels"], server.hello["kernels"])
        self.assertEqual(server.end()["end"], "eof")
        self.assertEqual(server.process.wait(), 0)

    def test_records(self):
        server = self.serve()
        server.ask(
            {"id": 1, "kernel": "primes", "args": {"limit": 100}},
            {"id": "é\n", "kernel": "for_loop", "args": {"increment": 0}},
            {"id": -(2**63), "kernel": "logistic_map", "sweep": {"r": [3.2, 3.7]}, "repeat": 2},
            {"id": "one", "kernel": "primes", "repeat": 1})
        last = server.end()
        by_id = {}
        for line in server.lines:
            by_id.setdefault(line.get("id"), []).append(line)
        self.assertEqual(by_id[1][0]["result"], {"count": 25, "largest": 97})
        error = by_id["é\n"][0]["error"]
        self.assertEqual((error["name"], error["code"]), ("EINVAL", -22))
        sweep = by_id[-(2**63)]
        self.assertEqual([line.get("call") for line in sweep], [0, 1, 2, 3, None])
        self.assertEqual(sweep[1]["point"], {"r": 3.2, "repeat": 1})
        self.assertEqual(sweep[-1]["counts"], {"ok": 4})
        self.assertEqual(len(by_id["one"]), 1)
        self.assertEqual(last["stats"]["calls"], 7)

    def test_lines_that_are_no_requests(self):
        deep = b'{"id":"deep","kernel":"primes","args":' + b"[" * 600 + b"]" * 600 + b"}"
        cases = [
            (b"not json", None), (b"[]", None), (b"7", None), (b'"x"', None),
            (b'{"id":1,"kernel":"primes"', 1), (b'{"id":2}', 2), (b'{"kernel":"primes"}', None),
            (b'{"id":3,"kernel":"prims"}', 3), (b'{"id":4,"kernel":"primes","limit":3}', 4),
            (b'{"id":5,"kernel":"primes","args":{"limit":"x"}}', 5),
            (b'{"id":6,"kernel":"primes","after":["x"]}', 6),
            (b'{"id":7,"kernel":"moments","args":{"values":{"results":"x"}}}', 7),
            (b'{"id":1.5,"kernel":"primes"}', None), (b'{"id":null,"kernel":"primes"}', None),
            (b'{"id":true,"kernel":"primes"}', None), (b'{"id":99999999999999999999}', None),
            (b'{"id":"' + b"x" * 2000 + b'","kernel":"primes"}', None),
            (b'{"id":8,"id":9,"kernel":"primes"}', 8),
            (b'{"id":10,"kernel":"primes","stats":true}', 10), (b'{"stats":false}', None),
            (b'{"stats":1}', None), (b'{"cancel":[]}', None), (b'{"cancel":1,"stats":true}', None),
            (b'{"shutdown":"later"}', None), (b'{"shutdown":true}', None), (b"{}", None),
            (b'{"id":11,"kernel":"pri\x00mes"}', 11), (b'{"id":12,"kernel":"pri\xffmes"}', 12),
            (b"\x00", None), (b"\xff\xfe", None), (deep, "deep"), (b'{"id":13,"tasks":[]}', 13),
            (b'{"id":14,"kernel":"primes"} {"id":15,"kernel":"primes"}', 14),
        ]
        server = self.serve()
        # Together with right ones: a wrong line harms no other.
        data = b""
        for index, (line, _) in enumerate(cases):
            data += line + b"\n" + b'{"id":"ok%d","kernel":"primes"}\n\n' % index
        server.write(data + b'{"id":"half')
        last = server.end()
        refused = {}
        for line in server.lines:
            if "refused" in line:
                self.assertTrue(line["refused"][0]["message"])
                refused[line["refused"][0]["line"]] = line["id"]
        for index, (line, id) in enumerate(cases):
            number = 3 * index + 1
            self.assertIn(number, refused, line[:80])
            self.assertEqual(refused.pop(number), id, line[:80])
        self.assertEqual(refused, {3 * len(cases) + 1: None})
        records = [line["id"] for line in server.lines if "ok" in line]
        self.assertEqual(sorted(records), sorted(f"ok{i}" for i in range(len(cases))))
        self.assertEqual(last["stats"]["refused"], len(cases) + 1)
        self.assertEqual(server.process.wait(), 0)

    def test_many_lines_that_are_no_requests(self):
        server = self.serve()
        server.validator = None
        writer = threading.Thread(target=server.write, args=(b"x\n" * 5000,))
        writer.start()
        for line in range(5000):
            self.assertEqual(server.line()["refused"][0]["line"], line + 1)
        writer.join()
        self.assertEqual(server.end()["stats"]["refused"], 5000)

    def test_messages(self):
        server = self.serve()
        server.write('\n{"id":1,"kernel":"primes","args":{"limt":3}}\n')
        problem = server.refusal(1)[0]
        self.assertEqual((problem["line"], problem["column"]), (2, 35))
        self.assertIn('did you mean "limit"?', problem["message"])
        server.write('{"id":2,"kernel":"primes","after":"x"}\n')
        self.assertIn("cannot wait for others", server.refusal(2)[0]["message"])

    def test_a_line_that_is_too_long(self):
        server = self.serve()
        piece = b"[" * (1 << 20)
        for _ in range(65):
            server.write(piece)
        server.write(b'\n{"id":1,"kernel":"primes"}\n')
        self.assertIn("67,108,864 bytes", server.refusal(None)[0]["message"])
        self.assertEqual(server.record(1)["status"], "ok")
        self.assertLess(memory(server.process.pid), 400 << 20)

    def test_ids_in_use(self):
        server = self.serve()
        server.ask({"id": 1, "kernel": "sleep", "args": {"seconds": 1000}})
        server.ask({"id": 1, "kernel": "primes"})
        self.assertIn("has not ended", server.refusal(1)[0]["message"])
        server.ask({"cancel": 1}, {"cancel": 2})
        lines = [server.line() for _ in range(3)]
        self.assertIn({"cancel": 1, "open": True}, lines)
        self.assertIn({"cancel": 2, "open": False}, lines)
        self.assertEqual([x["status"] for x in lines if "ok" in x], ["cancelled"])
        server.ask({"id": 1, "kernel": "primes"})
        self.assertEqual(server.record(1)["status"], "ok")

    def test_ids_are_bytes(self):
        server = self.serve()
        composed, decomposed = "\u00e9", "e\u0301"
        server.ask(
            {"id": composed, "kernel": "sleep", "args": {"seconds": 1000}},
            {"id": decomposed, "kernel": "primes"})
        line = server.until(lambda line: line.get("id") == decomposed)
        self.assertEqual(line.get("status"), "ok", line)
        server.ask({"cancel": decomposed}, {"cancel": composed})
        lines = [server.line() for _ in range(3)]
        self.assertIn({"cancel": decomposed, "open": False}, lines)
        self.assertIn({"cancel": composed, "open": True}, lines)
        self.assertEqual(
            [(x["id"], x["status"]) for x in lines if "ok" in x], [(composed, "cancelled")])

    def test_many_ids_in_use(self):
        server = self.serve()
        server.validator = None
        line = b'{"id":"x","kernel":"sleep","args":[1000]}\n'
        writer = threading.Thread(target=server.write, args=(b"\n" + line * 5001,))
        writer.start()
        for number in range(5000):
            problem = server.refusal("x")[0]
            self.assertEqual((problem["line"], problem["column"]), (number + 3, 1))
        writer.join()
        server.ask({"shutdown": "now"})
        self.assertEqual(server.record("x")["status"], "cancelled")

    def test_calls_take_turns(self):
        server = self.serve()
        server.ask(*[
            {"id": n, "kernel": "for_loop", "args": {"max": n}} for n in (2, 3)])
        prints = []
        while len(prints) < 5:
            line = server.line()
            if "print" in line:
                prints.append((line["id"], line["print"].split("\n")[1]))
        self.assertEqual(prints, [(2, "0"), (3, "0"), (2, "1"), (3, "1"), (3, "2")])

    def test_a_large_sweep_holds_up_no_other(self):
        for words in ((), ("-j", "2")):
            server = self.serve(*words)
            sweep = {"from": 1, "to": 2, "count": 10**9}
            server.ask({"id": "all", "kernel": "logistic_map", "sweep": {"r": sweep}})
            server.until(lambda line: "ok" in line)
            server.ask({"id": 1, "kernel": "primes", "args": {"limit": 10}})
            self.assertEqual(server.record(1)["status"], "ok")
            server.ask({"cancel": "all"})
            done = server.done("all")
            self.assertEqual(sum(done["counts"].values()), 10**9)
            records = sum(line.get("id") == "all" and "ok" in line for line in server.lines)
            self.assertEqual(done["unrecorded"] + records, 10**9)
            server.end()

    def test_a_client_that_does_not_read(self):
        server = self.serve()
        before = memory(server.process.pid)
        sweep = {"from": 1, "to": 2, "count": 10**9}
        server.ask({"id": "all", "kernel": "logistic_map", "sweep": {"r": sweep, "n": [1]}})
        # It makes calls until the pipe and its buffers are full, and no more can begin.
        wait_until_full(server.process.stdout)
        self.assertLess(memory(server.process.pid) - before, 64 << 20)
        server.ask({"shutdown": "now"})
        done = server.done("all")
        self.assertEqual(sum(done["counts"].values()), 10**9)
        self.assertEqual(server.until(lambda line: "end" in line)["end"], "now")
        self.assertEqual(server.process.wait(), 0)

    def test_shutdown(self):
        server = self.serve()
        server.ask(
            {"id": 1, "kernel": "sleep", "args": {"seconds": 0.05}}, {"shutdown": "drain"},
            {"id": 2, "kernel": "primes"})
        self.assertEqual(server.until(lambda line: "end" in line)["end"], "drain")
        self.assertEqual([x["id"] for x in server.lines if "ok" in x], [1])
        server = self.serve()
        server.ask({"id": 1, "kernel": "sleep", "args": {"seconds": 1000}}, {"shutdown": "now"})
        self.assertEqual(server.record(1)["status"], "cancelled")
        self.assertEqual(server.until(lambda line: "end" in line)["end"], "now")
        self.assertEqual(server.process.wait(), 0)

    def test_orders_while_it_drains(self):
        server = self.serve()
        server.ask(
            {"id": 1, "kernel": "sleep", "args": {"seconds": 1000}},
            {"id": 2, "kernel": "sleep", "args": {"seconds": 1000}}, {"shutdown": "drain"},
            {"stats": True})
        server.until(lambda line: "stats" in line)
        server.ask({"id": 3, "kernel": "primes"})
        self.assertIn("shutting down", server.refusal(3)[0]["message"])
        server.ask({"cancel": 1})
        self.assertEqual(server.record(1)["status"], "cancelled")
        server.ask({"shutdown": "drain"}, {"shutdown": "now"})
        self.assertEqual(server.record(2)["status"], "cancelled")
        # The last line says what ended the calls.
        self.assertEqual(server.until(lambda line: "end" in line)["end"], "now")
        self.assertEqual(server.process.wait(), 0)
        server = self.serve()
        server.ask({"id": 1, "kernel": "sleep", "args": {"seconds": 1000}}, {"stats": True})
        server.until(lambda line: "stats" in line)
        server.process.stdin.close()
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.until(lambda line: "end" in line)["end"], "signal")

    def test_many_cancels(self):
        count = 10_000
        for words in ((), ("-j", "2")):
            server = self.serve(*words)
            lines = b"".join(
                b'{"id":%d,"kernel":"sleep","args":[1000]}\n' % n for n in range(count))
            # Scattered ones first, so that they leave holes.
            orders = b"".join(
                b'{"cancel":%d}\n' % n for start in (0, 1) for n in range(start, count, 2))
            writer = threading.Thread(target=server.write, args=(lines + orders,))
            writer.start()
            server.validator = None
            statuses = collections.Counter()
            while statuses["cancelled"] < count:
                statuses[server.line().get("status", "")] += 1
            writer.join()
            self.assertEqual(statuses, {"cancelled": count, "": count})
            self.assertEqual(server.end()["stats"]["counts"], {"cancelled": count})

    def test_compact_results(self):
        server = self.serve()
        server.ask(
            {"id": 1, "kernel": "logistic_map", "sweep": {"r": {"from": 3, "to": 4, "count": 999}}},
            {"id": 2, "kernel": "logistic_map", "compact": True,
             "sweep": {"r": {"from": 3, "to": 4, "count": 999}}},
            {"id": 3, "kernel": "for_loop", "args": {"max": 0}, "compact": True,
             "sweep": {"increment": [1, 0, 2, 0]}},
            {"id": 4, "kernel": "primes", "args": {"limit": 10}, "compact": True},
            {"id": 5, "kernel": "moments", "args": {"values": ["NaN"]}, "compact": True})
        server.write('{"id":6,"kernel":"primes","compact":1}\n')
        self.assertIn("compact", server.refusal(6)[0]["message"])
        server.end()
        records, results, done = {}, {}, {}
        for line in server.lines:
            if "ok" in line:
                records[line["id"], line["call"]] = line
            elif "results" in line:
                for place, result in enumerate(line["results"], line["call"]):
                    self.assertNotIn((line["id"], place), results)
                    results[line["id"], place] = result
            elif "done" in line:
                done[line["id"]] = line["counts"]
        for call in range(999):
            self.assertEqual(results[2, call], records[1, call]["result"])
        self.assertEqual(
            {key for key in results if key[0] == 3}, {(3, 0), (3, 2)})
        self.assertEqual(records[3, 1]["error"]["name"], "EINVAL")
        self.assertEqual(results[4, 0]["count"], 4)
        self.assertEqual(results[5, 0]["mean"], "NaN")
        self.assertEqual(done, {1: {"ok": 999}, 2: {"ok": 999}, 3: {"ok": 2, "error": 2}})

    def test_input_that_cannot_be_read(self):
        folder = os.open("/", os.O_RDONLY)
        done = subprocess.run(
            [HOST, "serve"], stdin=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(folder)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"Is a directory", done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["end"], "eof")

    def test_signals(self):
        server = self.serve()
        server.ask({"id": 1, "kernel": "sleep", "args": {"seconds": 1000}}, {"stats": True})
        server.until(lambda line: "stats" in line)
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.record(1)["status"], "cancelled")
        self.assertEqual(server.until(lambda line: "end" in line)["end"], "signal")
        self.assertEqual(server.process.wait(), 128 + signal.SIGTERM)

    def test_a_client_that_is_gone_leaves_nothing(self):
        server = self.serve("-j", "2")
        server.ask(*[
            {"id": n, "kernel": "sleep", "args": {"seconds": 1000}} for n in range(4)],
            {"stats": True})
        server.until(lambda line: "stats" in line)
        below = descendants(server.process.pid)
        self.assertTrue(below)
        server.process.stdout.close()
        server.process.stdin.close()
        self.assertEqual(server.process.wait(20), 3)
        self.assertEqual([pid for pid in below if not is_gone(pid)], [])

    @unittest.skipUnless(os.path.exists(NEIGHBOURS), "no plugin to crash with")
    def test_crashes(self):
        for words in ((), ("-j", "2"), ("--isolation", "call")):
            server = self.serve(*words, plugins=(NEIGHBOURS,))
            server.ask(*[
                {"id": n, "kernel": "deadly_if", "args": {"deadly": n % 10 == 3, "at": 2}}
                for n in range(50)])
            server.end()
            statuses = {line["id"]: line["status"] for line in server.lines if "ok" in line}
            for n in range(50):
                self.assertEqual(statuses[n], "crash" if n % 10 == 3 else "ok", (words, n))

    def test_timeouts_and_limits(self):
        server = self.serve("--timeout", "0.05", "--crash-limit", "3")
        server.ask(
            {"id": 1, "kernel": "sleep", "args": {"seconds": 1000}},
            {"id": 2, "kernel": "sleep", "args": {"seconds": 0.1}, "timeout": 10})
        self.assertEqual(server.record(1)["status"], "timeout")
        self.assertEqual(server.record(2)["status"], "ok")


if __name__ == "__main__":
    unittest.main()
