"""The Python client that `host client python` prints.

    KERNELHOST=path/of/host PLUGINS=folder python3 client_test.py
"""

import asyncio
import concurrent.futures
import contextlib
import errno
import gc
import inspect
import io
import math
import os
import pickle
import pydoc
import select
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

HOST = os.environ.get("KERNELHOST", "host")
os.environ["KERNELHOST"] = HOST = os.path.abspath(HOST) if "/" in HOST else HOST
HERE = os.path.dirname(os.path.abspath(__file__))
PLUGINS = os.environ.get("PLUGINS", "")
NEIGHBOURS = os.path.join(PLUGINS, "libneighbours.so")
EVERY_TYPE = os.path.join(PLUGINS, "libevery_type.so")

# As a user has it: a file of its own, printed by the program.
FOLDER = tempfile.TemporaryDirectory()
with open(os.path.join(FOLDER.name, "kernelhost.py"), "wb") as file:
    file.write(subprocess.run([HOST, "client", "python"], stdout=subprocess.PIPE, check=True).stdout)
sys.path.insert(0, FOLDER.name)
ENVIRONMENT = {**os.environ, "PYTHONPATH": FOLDER.name}

import kernelhost  # noqa: E402
from kernelhost import CallError, Host, HostError, RequestError  # noqa: E402


def descendants(pids):
    """Returns these processes and all below them, by /proc."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, IndexError), open(f"/proc/{name}/stat") as file:
            parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
    found = new = set(pids)
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found = found | new
    return found


def run_python(text, **options):
    return subprocess.run(
        [sys.executable, "-c", text], env=ENVIRONMENT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60, **options)


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host()

    @classmethod
    def tearDownClass(cls):
        cls.host.shutdown()

    def test_calls(self):
        host = self.host
        self.assertEqual(host.primes(limit=100), {"count": 25, "largest": 97})
        self.assertEqual(host.primes(100), {"count": 25, "largest": 97})
        self.assertIsNone(host.for_loop(max=0))
        self.assertEqual(host.kernel("primes")(10)["count"], 4)
        token = host.token("primes", limit=10)
        result, ok, error = token
        self.assertEqual((result["count"], ok, error), (4, True, ""))
        self.assertEqual((token.status, token.attempts, len(token)), ("ok", 1, 3))
        with self.assertRaises(CallError) as caught:
            host.for_loop(increment=0)
        error = caught.exception
        self.assertEqual(
            (error.status, error.code, error.name, error.message, str(error)),
            ("error", -22, "EINVAL", "increment must not be 0",
             "EINVAL: increment must not be 0"))
        token = host.token("for_loop", increment=0)
        self.assertEqual((token.ok, token.error.name, token[0]), (False, "EINVAL", None))

    def test_refusals(self):
        host = self.host
        for call, words in (
            (lambda: host.primes(limt=1), 'did you mean "limit"?'),
            (lambda: host.token("prims"), "did you mean 'primes'?"),
            (lambda: host.primes(limit="x"), "i64"),
        ):
            with self.assertRaises(RequestError) as caught:
                call()
            self.assertIn(words, str(caught.exception))
        with self.assertRaises(AttributeError) as caught:
            host.prims
        self.assertIn("did you mean 'primes'?", str(caught.exception))
        with self.assertRaises(TypeError):
            host.primes(1, 2)
        with self.assertRaises(TypeError):
            host.primes(1, limit=2)
        self.assertFalse(hasattr(host, "__wrapped__"))

    def test_futures(self):
        host = self.host
        futures = [host.submit(host.primes, limit=n) for n in range(100)]
        counts = [future.result()["count"] for future in futures]
        self.assertEqual(counts[:12], [0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5])
        self.assertIsInstance(host, concurrent.futures.Executor)
        done, rest = concurrent.futures.wait([host.submit("primes", 10)], 30)
        self.assertFalse(rest)
        with self.assertRaises(CallError):
            host.submit("for_loop", increment=0).result()
        future = host.submit("sleep", seconds=1000)
        with self.assertRaises(concurrent.futures.TimeoutError):
            future.result(0.01)
        self.assertTrue(future.cancel())
        self.assertTrue(future.cancelled())
        with self.assertRaises(CallError) as caught:
            host.options(timeout=0.01).sleep(seconds=1000)
        self.assertEqual(caught.exception.status, "timeout")
        self.assertEqual(host.stats()["counts"].get("ok", 0) > 100, True)

    def test_map(self):
        host = self.host
        r = [2.5 + n / 1000 for n in range(1500)]
        alone = [host.logistic_map(r=x, n=10) for x in r[:5]]
        mapped = list(host.map("logistic_map", r=r, n=10))
        self.assertEqual(mapped[:5], alone)
        self.assertEqual(len(mapped), 1500)
        self.assertEqual(list(host.map("logistic_map", iter(r), n=10, chunksize=7)), mapped)
        self.assertEqual(list(host.map("logistic_map", r[:5], [0.1, 0.2], n=10)),
                         [host.logistic_map(x, x0, n=10) for x, x0 in zip(r, [0.1, 0.2])])
        with self.assertRaisesRegex(ValueError, "r has 2, x0 has 3 values"):
            host.map("logistic_map", r=[1, 2], x0=[0.1, 0.2, 0.3])
        done = []
        tokens = list(host.map("for_loop", increment=[1, 0, 2], max=0, tokens=True,
                               progress=done.append))
        self.assertEqual([token.ok for token in tokens], [True, False, True])
        self.assertEqual(tokens[1].point, {"increment": 0})
        self.assertEqual(done, [3])
        results = host.map("for_loop", increment=[1, 0], max=0)
        self.assertIsNone(next(results))
        with self.assertRaises(CallError):
            next(results)
        self.assertEqual(list(host.map("logistic_map", r=[])), [])
        with self.assertRaises(TypeError):
            host.map("logistic_map", r=1)
        # What is not wanted any more ends.
        endless = host.map("sleep", seconds=[0] + [1000] * 3000, chunksize=1)
        next(endless)
        endless.close()

    def test_values(self):
        host = self.host
        self.assertEqual(host.moments([1, 2, 3])["mean"], 2.0)
        self.assertEqual(host.moments(values=(x for x in (1, 2, 3)))["mean"], 2.0)
        self.assertEqual([x["mean"] for x in host.map("moments", values=[[1, 3], [5]])], [2, 5])
        self.assertTrue(math.isnan(host.moments([1, math.nan])["mean"]))
        self.assertEqual(
            host.sha256(text="abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        self.assertEqual(host.moments([math.inf])["max"], math.inf)

    def test_asyncio(self):
        host = self.host

        async def main():
            self.assertEqual((await host.aio.primes(limit=100))["count"], 25)
            results = await asyncio.gather(*[host.aio.primes(n) for n in range(50)])
            self.assertEqual(results[10]["count"], 4)
            with self.assertRaises(CallError):
                await host.aio.for_loop(increment=0)
            self.assertFalse((await host.aio.token("for_loop", increment=0)).ok)
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(host.aio.sleep(seconds=1000), 0.01)
            seen = []
            async for token in host.as_completed("sleep", seconds=[0.05, 0, 0.02], chunksize=1):
                seen.append(token.point["seconds"])
            self.assertEqual(seen, [0, 0.02, 0.05])
            async for token in host.as_completed("sleep", seconds=[0, 1000]):
                self.assertTrue(token.ok)
                break
            return [token async for token in host.as_completed(
                "logistic_map", r=[x / 1000 for x in range(3000)])]

        tokens = asyncio.run(main())
        self.assertEqual(sorted(token.point["r"] for token in tokens),
                         [x / 1000 for x in range(3000)])
        self.assertEqual(len(list(host.as_completed("primes", limit=range(3000)))), 3000)

    def test_help(self):
        host = self.host
        self.assertIn("for_loop", dir(host))
        self.assertIn("for_loop", dir(host.aio))
        self.assertEqual(list(inspect.signature(host.for_loop).parameters),
                         ["min", "increment", "max"])
        self.assertEqual(
            inspect.signature(host.for_loop).parameters["max"].default, 1_000_000)
        text = pydoc.plain(pydoc.render_doc(host.for_loop))
        self.assertIn("for_loop(min: int = 0, increment: int = 1, max: int = 1000000)", text)
        self.assertIn("Python's range counts", text)
        self.assertEqual(list(inspect.signature(host.aio.primes).parameters), ["limit"])
        self.assertTrue(inspect.iscoroutinefunction(host.aio.primes))
        for name in kernelhost.__all__:
            self.assertTrue(getattr(kernelhost, name).__doc__, name)

    def test_prints(self):
        texts = []
        with Host(print=texts.append) as host:
            host.for_loop(max=2)
        self.assertEqual("".join(texts), "Looping for: 2\n0\nLooping for: 2\n1\n")
        with Host(print=None) as host:
            host.for_loop(max=2)
        # One that fails is told of, and the calls go on.
        with contextlib.redirect_stderr(io.StringIO()) as told, Host(print=sys.exit) as host:
            host.for_loop(max=1)
            self.assertEqual(host.primes(10)["count"], 4)
        self.assertIn("SystemExit", told.getvalue())

    def test_studies(self):
        records = list(self.host.run([
            {"name": "a", "kernel": "primes", "args": [10]},
            {"kernel": "moments", "args": {"values": [{"result": "a.count"}, 2]}}]))
        self.assertEqual([record["result"].get("mean", 3) for record in records], [3, 3.0])
        with self.assertRaises(HostError) as caught:
            list(self.host.run({"task": []}))
        self.assertIn('did you mean "tasks"?', str(caught.exception))

    def test_a_study_with_a_journal(self):
        study = {"kernel": "primes", "sweep": {"limit": [10, 20]}}
        with tempfile.TemporaryDirectory() as folder:
            place = os.path.join(folder, "s.kh")
            for words in (["--journal", place], ["--journal=" + place]):
                counts = [x["result"]["count"] for x in self.host.run([study], *words)]
                self.assertEqual(counts, [4, 8])
            self.assertTrue(os.path.isdir(place))

    def test_a_study_that_is_left_early(self):
        study = [{"kernel": "sleep", "args": [0]}, {"kernel": "sleep", "args": [1000]}]

        def broken(run):
            for _ in run:
                raise KeyError

        def collected(run):
            next(run)
            run.itself = run

        leaves = {
            "break": lambda run: next(iter(run)), "exception": broken, "collected": collected,
            "close": lambda run: (next(run), run.close(), self.assertEqual(list(run), [])),
            "with": lambda run: run.__enter__() and next(run) and run.__exit__(None, None, None),
            "unused": lambda run: None,
        }
        for name, leave in leaves.items():
            run = self.host.run(study)
            process = run._process
            try:
                leave(run)
            except KeyError:
                pass
            del run
            gc.collect()
            # Its end has been waited for.
            self.assertIsNotNone(process.returncode, name)
            self.assertNotEqual(process.returncode, -signal.SIGKILL, name)
        host = Host()
        run = host.run(study)
        next(run)
        host.shutdown()
        self.assertIsNotNone(run._process.returncode)
        with self.assertRaises(HostError):
            next(run)
        with self.assertRaises(HostError):
            host.run(study)

    def test_a_study_ends_with_its_client(self):
        for end in ("pass", "raise KeyError", "os.kill(os.getpid(), 9)", "os._exit(0)",
                    "for _ in run: pass"):
            client = subprocess.Popen(
                [sys.executable, "-c",
                 "import os, signal, threading\n"
                 "from kernelhost import Host\n"
                 "host = Host()\n"
                 "host.submit('sleep', seconds=1000)\n"
                 "run = host.run([{'kernel': 'sleep', 'args': [0]},\n"
                 "                {'kernel': 'sleep', 'args': [1000]}])\n"
                 "next(run)\n"
                 "print(run._process.pid, host._link.process.pid, flush=True)\n"
                 "input()\n" + end + "\n"],
                env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            pids = list(map(int, client.stdout.readline().split()))
            # The fork servers and workers, too. Their ends are waited for, not for a time.
            below = [os.pidfd_open(pid) for pid in descendants(pids)]
            self.assertGreaterEqual(len(below), 4)
            client.stdin.write(b"\n")
            client.stdin.flush()
            if end.startswith("for"):
                client.send_signal(signal.SIGINT)
            for process in below:
                self.assertTrue(select.select([process], [], [], 30)[0], end)
                os.close(process)
            client.communicate()

    def test_threads(self):
        def work(n):
            return self.host.primes(n)["count"]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            counts = list(pool.map(work, range(200)))
        self.assertEqual(counts[10], 4)

    def test_options_and_executors(self):
        limited = self.host.options(timeout=5).options(retries=1)
        self.assertEqual(limited.primes(10)["count"], 4)
        for key in ("timeot", "sweep", "repeat", "id", "compact", "after"):
            with self.assertRaises(TypeError):
                self.host.options(**{key: 1})
        async def main():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.host, self.host.primes, 10)
        self.assertEqual(asyncio.run(main())["count"], 4)

    def test_pickles(self):
        kernel = pickle.loads(pickle.dumps(self.host.options(timeout=5).primes))
        self.assertEqual(kernel(10)["count"], 4)
        self.assertEqual(kernel._calls._options, {"timeout": 5})
        kernel._calls._host.shutdown()
        token = self.host.token("for_loop", increment=0)
        self.assertEqual(pickle.loads(pickle.dumps(token)), token)
        error = pickle.loads(pickle.dumps(token.error))
        self.assertEqual((error.name, str(error)), ("EINVAL", "EINVAL: increment must not be 0"))

    def test_callbacks_that_wait(self):
        # They run on the thread that reads tokens: to wait there would never end.
        caught = []

        def wait(_):
            for body in (lambda: host.primes(10), lambda: list(host.map("primes", limit=[1])),
                         host.stats, host.shutdown):
                try:
                    body()
                except HostError as error:
                    caught.append(str(error))
            host.submit("primes", 10).add_done_callback(later.set_result)

        # The thread that reads gets no further than what is printed before it has the callback.
        has_callback = threading.Event()
        with Host(print=lambda _: has_callback.wait(30)) as host:
            later = concurrent.futures.Future()
            busy = host.submit("sleep", seconds=1000)
            host.submit("for_loop", max=1).add_done_callback(wait)
            has_callback.set()
            self.assertEqual(later.result(30).result()["count"], 4)
            busy.cancel()
        self.assertEqual(len(caught), 4, caught)
        self.assertIn("a callback cannot wait", caught[0])

    def test_requests_that_are_long(self):
        host = self.host
        with self.assertRaises(RequestError) as caught:
            host.sha256(text="x" * (65 << 20))
        self.assertIn("67,108,864", str(caught.exception))
        # A map of long arguments is cut where it must be.
        texts = ["x" * (1 << 20)] * 9
        self.assertEqual(len(set(host.map("sha256", text=texts))), 1)

    def test_hosts_that_are_forgotten(self):
        future = Host().submit("primes", 10)
        process = future._link.process
        self.assertEqual(future.result(30)["count"], 4)
        pidfd = os.pidfd_open(process.pid)
        del future
        gc.collect()
        self.assertTrue(select.select([pidfd], [], [], 30)[0])
        os.close(pidfd)
        # Part of it is in use.
        limited = Host().options(timeout=5)
        gc.collect()
        self.assertEqual(limited.primes(10)["count"], 4)
        limited._host.shutdown()

    @unittest.skipUnless(os.path.exists(EVERY_TYPE), "no plugin of every type")
    def test_numpy(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("no numpy")
        with Host([EVERY_TYPE], arrays=numpy.asarray) as host:
            self.assertEqual(host.moments(numpy.array([1.0, 3.0]))["mean"], 2)
            self.assertEqual(host.primes(numpy.int64(10))["count"], 4)
            points = list(host.map("logistic_map", r=numpy.linspace(3, 4, 10), n=5))
            self.assertEqual(len(points), 10)
            rows = list(host.map("moments", values=numpy.ones((3, 4))))
            self.assertEqual([row["mean"] for row in rows], [1, 1, 1])
            spectrum = host.fft(real=numpy.ones(4), imag=numpy.zeros(4))
            self.assertIsInstance(next(iter(spectrum.values())), numpy.ndarray)


    @unittest.skipUnless(os.path.exists(EVERY_TYPE), "no plugin of every type")
    def test_numpy_types(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("no numpy")
        host = self.host
        for kind in ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8",
                     ">f8", ">i4", "longdouble", "O"):
            ones = numpy.ones(3, kind)
            if kind != "bool":
                self.assertEqual(host.moments(ones)["mean"], 1, kind)
                self.assertEqual(host.moments(ones[::2])["mean"], 1, kind)
                self.assertEqual(host.logistic_map(r=ones[0], n=0), host.logistic_map(r=1, n=0))
            if ones.dtype.kind in "iu":
                self.assertEqual(len(list(host.map("primes", limit=ones))), 3, kind)
        for value in (numpy.ones(3, "c16"), numpy.array(["2020"], "M8[D]"), numpy.ones(3, "c16")[0]):
            with self.assertRaises((TypeError, RequestError)):
                host.moments(value)
        self.assertTrue(math.isnan(host.moments(numpy.array([numpy.nan, 1]))["mean"]))
        with self.assertRaises(RequestError):
            host.primes(2**63)
        self.assertEqual(host.for_loop(min=2**62, max=2**62), None)


class EndTest(unittest.TestCase):
    def test_a_server_that_dies(self):
        host = Host()
        future = host.submit("sleep", seconds=1000)
        host._link.process.send_signal(signal.SIGKILL)
        with self.assertRaises(HostError) as caught:
            future.result(30)
        self.assertIn("signal 9", str(caught.exception))
        with self.assertRaises(HostError):
            host.primes()
        host.shutdown()

    def test_a_server_that_is_told_to_end(self):
        def ended(token):
            error = token.error
            return (token.result, token.status, error.code, error.name, error.message)

        cancelled = (None, "cancelled", -errno.ECANCELED, "ECANCELED",
                     "cancelled before its first step")
        seconds = [0] + [1000] * 5000

        def tell(host):
            host._link.process.send_signal(signal.SIGTERM)

        # More calls than begin: the server has no records of the others.
        host = Host()
        tokens = iter(host.as_completed("sleep", seconds=seconds, chunksize=len(seconds)))
        first = next(tokens)
        tell(host)
        rest = list(tokens)
        self.assertTrue(first.ok)
        self.assertEqual(len(rest), 5000)
        self.assertEqual({ended(token) for token in rest}, {cancelled})
        self.assertEqual({token.record["call"] for token in rest}, set(range(1, 5001)))
        self.assertTrue(all(token.point == {"seconds": 1000} for token in rest))
        host.shutdown()

        for wants_tokens in (True, False):
            host = Host(options=["--live", "4"])
            results = host.map(
                "sleep", seconds=[0] * 10 + [1000] * 5000, chunksize=10, tokens=wants_tokens)
            got = [next(results) for _ in range(10)]
            tell(host)
            if wants_tokens:
                self.assertTrue(all(token.ok for token in got))
                self.assertEqual(ended(next(results)), cancelled)
                # The server takes no requests for the rest.
                with self.assertRaises(HostError):
                    while True:
                        self.assertEqual(ended(next(results)), cancelled)
            else:
                self.assertEqual(got, [None] * 10)
                with self.assertRaises(CallError) as caught:
                    next(results)
                self.assertEqual(ended(caught.exception.token), cancelled)
            host.shutdown()

    def test_a_study_that_is_killed(self):
        with Host() as host:
            run = host.run([{"kernel": "sleep", "args": [n]} for n in (0, 1000)])
            next(run)
            run._process.send_signal(signal.SIGKILL)
            with self.assertRaises(HostError) as caught:
                list(run)
            self.assertEqual(str(caught.exception), "the run has ended with signal 9")

    def test_leaving_with_open_calls(self):
        with Host() as host:
            future = host.submit("sleep", seconds=0.02)
        self.assertIsNone(future.result(0))
        with self.assertRaises(HostError):
            host.primes()
        with self.assertRaises(KeyError):
            with Host() as host:
                future = host.submit("sleep", seconds=1000)
                raise KeyError
        self.assertIsNotNone(future.exception(0))
        host = Host()
        future = host.submit("sleep", seconds=1000)
        host.shutdown(cancel_futures=True)
        self.assertIsNotNone(future.exception(0))

    def test_the_interpreter_ends(self):
        done = run_python(
            "from kernelhost import Host\n"
            "host = Host()\n"
            "host.submit('sleep', seconds=1000)\n"
            "print(host._link.process.pid)\n")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        with self.assertRaises(ProcessLookupError):
            os.kill(int(done.stdout), 0)

    def test_ctrl_c(self):
        done = run_python(
            "import os, signal, threading\n"
            "from kernelhost import Host\n"
            "host = Host()\n"
            "host.primes(10)\n"
            "first = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))\n"
            "first.start()\n"
            "try:\n"
            "    host.sleep(seconds=1000)\n"
            "except KeyboardInterrupt:\n"
            "    print(host.primes(10)['count'])\n"
            "    while host.stats()['open']: pass\n"
            "    print(host.stats()['counts']['cancelled'])\n")
        self.assertEqual((done.returncode, done.stdout), (0, b"4\n1\n"), done.stderr)

    def test_ctrl_c_in_a_map(self):
        done = run_python(
            "import os, signal, threading\n"
            "from kernelhost import Host\n"
            "host = Host()\n"
            "def interrupt(_): os.kill(os.getpid(), signal.SIGINT)\n"
            "for make in (lambda: host.map('sleep', seconds=[0, 1000], chunksize=1),\n"
            "             lambda: host.as_completed('sleep', seconds=[0, 1000]),\n"
            "             lambda: host.run([{'kernel': 'sleep', 'args': [x]} for x in (0, 1000)])):\n"
            "    host.submit('sleep', seconds=0.05).add_done_callback(interrupt)\n"
            "    try:\n"
            "        for _ in make(): pass\n"
            "        print('not interrupted')\n"
            "    except KeyboardInterrupt:\n"
            "        pass\n"
            "    while host.stats()['open']: pass\n"
            "print(host.stats()['counts']['cancelled'])\n")
        self.assertEqual((done.returncode, done.stdout), (0, b"2\n"), done.stderr)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_fork_with_open_calls(self):
        done = run_python(
            "import os, threading, warnings\n"
            "from kernelhost import Host, HostError\n"
            "warnings.simplefilter('ignore')\n"
            "host = Host()\n"
            "run = host.run([{'kernel': 'primes', 'args': [10]}])\n"
            "future = host.submit('sleep', seconds=0.05)\n"
            # What other threads hold at that moment, the child must not wait for.
            "host._link.lock.acquire()\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    for body in (future.result, lambda: host.primes(10), host.stats):\n"
            "        try: body()\n"
            "        except HostError as error: print(str(error)[:9], flush=True)\n"
            "    host.shutdown()\n"
            "    del run, host\n"
            "    os._exit(0)\n"
            "host._link.lock.release()\n"
            "os.waitpid(child, 0)\n"
            "print(future.result(), [record['ok'] for record in run])\n")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, b"this Host\n" * 3 + b"None [True]\n")

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_fork(self):
        done = run_python(
            "import os, warnings\n"
            "from kernelhost import Host, HostError\n"
            "warnings.simplefilter('ignore')  # newer versions say what a fork may do\n"
            "host = Host()\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    try: host.primes(10)\n"
            "    except HostError as error: print(error, flush=True)\n"
            "    with Host() as own: print(own.primes(10)['count'], flush=True)\n"
            "    os._exit(0)\n"
            "os.waitpid(child, 0)\n"
            "print(host.primes(10)['count'])\n")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertRegex(done.stdout.decode(), r"(?s)belongs to the process.*\n4\n4\n")

    def test_wrong_programs(self):
        for program, words in (("/no/such/host", "cannot start"), ("true", "ended at once"),
                               ("echo", "is not KernelHost")):
            with self.assertRaises(HostError) as caught:
                Host(program=program)
            self.assertIn(words, str(caught.exception))
        with tempfile.NamedTemporaryFile(suffix=".c") as source:
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(HostError) as caught:
                Host(["/no/such.c"])
            # A notebook shows the exception alone.
            self.assertIn("/no/such.c", str(caught.exception))

    def test_the_asyncio_program(self):
        """The program of the notes, with another import and without its loops."""
        path = os.path.join(HERE, "asyncio_program.py")
        with open(path) as file:
            text = file.read()
        expected = subprocess.run(
            [sys.executable, path], stdout=subprocess.PIPE, check=True).stdout
        loops = "async def while_loop_increment"
        end = "async def exec_command"
        start = text.index(loops)
        ours = (
            text[:start] + "from kernelhost import Host\n"
            "host = Host()\n"
            "for_loop = host.aio.for_loop\n"
            "while_loop_increment = host.aio.while_loop_increment\n\n"
            + text[text.index(end):])
        self.assertIn("exec_command(for_loop, max=12)", ours)
        done = run_python(ours)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout.decode(), expected.decode())

    @unittest.skipUnless(os.path.exists(NEIGHBOURS), "no plugin to crash with")
    def test_crashes(self):
        with Host([NEIGHBOURS], jobs=2) as host:
            deadly = [n % 10 == 3 for n in range(500)]
            tokens = list(host.map("deadly_if", deadly=deadly, at=2, tokens=True))
            self.assertEqual([token.ok for token in tokens], [not dies for dies in deadly])
            with self.assertRaises(CallError) as caught:
                host.deadly_if(deadly=True)
            self.assertEqual((caught.exception.status, caught.exception.name),
                             ("crash", "SIGSEGV"))


if __name__ == "__main__":
    unittest.main()
