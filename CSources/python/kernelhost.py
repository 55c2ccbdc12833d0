"""Calls of C kernels from Python, through `host serve`.

    from kernelhost import Host

    with Host(plugins=["mine.c"]) as host:
        y = host.pendulum(damping=0.5)                    # raises CallError
        token = host.token("pendulum", damping=-1)        # never raises for a call
        future = host.submit("pendulum", damping=0.5)     # concurrent.futures.Future
        for y in host.map("pendulum", damping=[0.1, 0.2]):
            print(y)                                      # in order
        fast = host.options(timeout=2, retries=1)         # the same, with limits

    async def main():
        y = await host.aio.pendulum(damping=0.5)
        async for token in host.as_completed("pendulum", damping=[0.1, 0.2]):
            print(token.point, token.result)

A call runs in a worker process: whatever the C code does, it has one token. This file needs
Python 3.9 or newer, the program `host`, and nothing else. `host client python` prints it.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import collections
import concurrent.futures
import difflib
import errno
import inspect
import itertools
import json
import math
import os
import queue
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from typing import (
    Any, AsyncIterator, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union,
)

__all__ = ["Host", "Calls", "Kernel", "Run", "Token", "CallError", "RequestError", "HostError"]

PROTOCOL = 1


class HostError(RuntimeError):
    """The server cannot be used: it did not start, it ended, or it belongs to another process."""


class RequestError(HostError, ValueError):
    """A call was refused before it began: an unknown kernel or argument, a wrong value."""


class CallError(Exception):
    """A call that did not end well.

    `status` is "error", "crash", "timeout", "memory", "cancelled", "skipped" or "lost". `name` is
    like "EINVAL" or "SIGSEGV", `code` its number, and `token` is all that is known of the call.
    """

    def __init__(self, token: "Token") -> None:
        super().__init__(token)
        self.token = token
        error = token.record.get("error") or {}
        self.status: str = token.status
        self.code: int = error.get("code", 0)
        self.name: str = error.get("name", "")
        self.message: str = error.get("message", "")

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.name else self.message


class Token:
    """The outcome of one call. It unpacks like `[result, ok, error]`.

    `result` is None if the call did not end well. `ok` says whether it did. `error` is "" or the
    `CallError`. `record` is the whole record.
    """

    __slots__ = ("result", "ok", "record")

    def __init__(self, result: Any, record: Dict[str, Any]) -> None:
        self.result = result
        self.ok: bool = record["ok"]
        self.record = record

    @property
    def error(self) -> Union[str, CallError]:
        return "" if self.ok else CallError(self)

    @property
    def status(self) -> str:
        return self.record["status"]

    @property
    def point(self) -> Dict[str, Any]:
        """The varying arguments of a call of `map` or `as_completed`."""
        return self.record.get("point", {})

    @property
    def steps(self) -> int:
        return self.record["steps"]

    @property
    def seconds(self) -> float:
        """The call's own time."""
        return self.record["seconds"]

    @property
    def attempts(self) -> int:
        return self.record["attempts"]

    def value(self) -> Any:
        """Returns the result, or raises the `CallError`."""
        if self.ok:
            return self.result
        raise CallError(self)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.result, self.ok, self.error))

    def __getitem__(self, index: Any) -> Any:
        return (self.result, self.ok, self.error)[index]

    def __len__(self) -> int:
        return 3

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Token):
            return self.record == other.record
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr([self.result, self.ok, "" if self.ok else str(self.error)])


# Values

def _plain(value: Any) -> Any:
    """Returns what JSON has for a value that `json` does not know."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"base64": base64.b64encode(bytes(value)).decode("ascii")}
    for name in ("tolist", "item"):  # NumPy, array, pandas
        method = getattr(value, name, None)
        if callable(method):
            plain = method()
            # Long doubles have no other form than their own.
            return plain if type(plain) is not type(value) else float(plain)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"an argument of type {type(value).__name__} has no JSON form")


def _finite(value: Any) -> Any:
    """Returns a copy in which numbers that JSON lacks are strings."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if value is None or isinstance(value, (str, int)):
        return value
    return _finite(_plain(value))


_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain)


def _encode(value: Any) -> str:
    try:
        return _encoder.encode(value)
    except ValueError:
        return _encoder.encode(_finite(value))


_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class _Results:
    """Turns results of one kernel from JSON into Python's values."""

    def __init__(self, results: List[Dict[str, Any]], arrays: Optional[Callable]) -> None:
        self.types = {result["name"]: result["type"] for result in results}
        self.single = results[0]["type"] if len(results) == 1 else None
        self.arrays = arrays
        special = {"f64", "bytes", "f64 array"} | ({"i64 array"} if arrays else set())
        # Most results are taken as they are.
        self.is_plain = not special.intersection(self.types.values())

    def _one(self, value: Any, kind: Optional[str]) -> Any:
        if kind == "f64":
            return _NON_FINITE[value] if isinstance(value, str) else value
        if kind == "bytes" and isinstance(value, dict):
            return base64.b64decode(value["base64"])
        if kind in ("f64 array", "i64 array") and isinstance(value, list):
            if kind == "f64 array" and str in map(type, value):
                value = [_NON_FINITE[x] if isinstance(x, str) else x for x in value]
            return self.arrays(value) if self.arrays else value
        return value

    def all(self, values: List[Any]) -> List[Any]:
        if self.is_plain or self.single == "f64" and str not in set(map(type, values)):
            return values
        return [self(value) for value in values]

    def __call__(self, value: Any) -> Any:
        if value is None or self.is_plain or type(value) is float:
            return value
        if self.single is not None:
            return self._one(value, self.single)
        if isinstance(value, dict):
            return {name: self._one(x, self.types.get(name)) for name, x in value.items()}
        return value


class Kernel:
    """A kernel of a host, to be called like a function. `signature(kernel)` has its parameters."""

    def __init__(self, calls: "Calls", info: Dict[str, Any]) -> None:
        self._calls = calls
        self.info = info
        self.__name__ = self.__qualname__ = info["name"]
        self.__module__ = __name__
        self.__signature__ = _signature(info)
        self.__doc__ = _describe(info, self.__signature__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Makes a call and returns its result. Raises CallError if it does not end well."""
        return self._calls.token(self, *args, **kwargs).value()

    def __repr__(self) -> str:
        return f"<kernel {self.__name__}{self.__signature__}>"

    def __reduce__(self) -> Any:
        return _kernel_of, (self._calls, self.__name__)


def _kernel_of(calls: "Calls", name: str) -> Kernel:
    return calls.kernel(name)


_ANNOTATIONS = {
    "i64": int, "f64": float, "bool": bool, "text": str, "bytes": bytes,
    "i64 array": Sequence[int], "f64 array": Sequence[float],
}


def _signature(info: Dict[str, Any]) -> inspect.Signature:
    names = info["parameters"]
    # Python wants parameters without a default first; order matters for positions only.
    first_default = next((i for i, p in enumerate(names) if not p["required"]), len(names))
    parameters = []
    for index, parameter in enumerate(names):
        if not parameter["name"].isidentifier():
            continue
        default = inspect.Parameter.empty if parameter["required"] else parameter.get("default")
        late = parameter["required"] and index > first_default
        parameters.append(inspect.Parameter(
            parameter["name"],
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=... if late else default,
            annotation=_ANNOTATIONS.get(parameter["type"], Any)))
    return inspect.Signature(parameters)


def _describe(info: Dict[str, Any], signature: inspect.Signature) -> str:
    lines = [f"{info['name']}{signature}", "", info["summary"] or "A C kernel."]
    for title in ("parameters", "results", "errors"):
        if info[title]:
            lines += ["", title.capitalize() + ":"]
        for field in info[title]:
            kind = field.get("type", field.get("code"))
            unit = f" [{field['unit']}]" if field.get("unit") else ""
            choices = " one of " + ", ".join(field["choices"]) if field.get("choices") else ""
            text = field.get("doc") or field.get("text") or ""
            lines.append(f"    {field['name']}: {kind}{unit}  {text}{choices}".rstrip())
    return "\n".join(lines)


# Requests

class CallFuture(concurrent.futures.Future):
    """The result of a call that was submitted. `cancel` ends the call between two steps."""

    _link: Optional["_Link"] = None
    _id: Optional[int] = None

    def cancel(self) -> bool:
        done = super().cancel()
        if done and self._link is not None and self._id is not None:
            self._link.cancel(self._id)
        return done


class _One:
    """An open request of one call."""

    __slots__ = ("future", "convert", "wants_token")

    def __init__(self, future: CallFuture, convert: _Results, wants_token: bool) -> None:
        self.future = future
        self.convert = convert
        self.wants_token = wants_token

    def take(self, record: Dict[str, Any]) -> bool:
        token = Token(self.convert(record["result"]), record)
        if self.future.cancelled():
            return True
        try:
            if self.wants_token:
                self.future.set_result(token)
            elif token.ok:
                self.future.set_result(token.result)
            else:
                self.future.set_exception(CallError(token))
        except concurrent.futures.InvalidStateError:
            pass  # cancelled meanwhile
        return True

    def fail(self, error: BaseException) -> None:
        try:
            if not self.future.cancelled():
                self.future.set_exception(error)
        except concurrent.futures.InvalidStateError:
            pass


_MISSING = object()


class _Points:
    """An open request of several calls. Its future is a list of tokens in order, or of results if
    the request is compact; `each`, if given, is told of each token. `columns` is the JSON text of
    the varying arguments."""

    __slots__ = ("future", "convert", "tokens", "each", "columns")

    def __init__(
        self, future: CallFuture, convert: _Results, count: int,
        each: Optional[Callable[[Token], None]], columns: str
    ) -> None:
        self.future = future
        self.convert = convert
        self.tokens: List[Any] = [_MISSING] * count
        self.each = each
        self.columns = columns

    def take(self, record: Dict[str, Any]) -> bool:
        if "ok" in record:
            token = Token(self.convert(record["result"]), record)
            self._put(record["call"], token)
            return False
        if "results" in record:
            first, results = record["call"], record["results"]
            self.tokens[first:first + len(results)] = self.convert.all(results)
            return False
        try:
            if not self.future.cancelled():
                if record.get("unrecorded"):
                    self._cancel_missing(record["id"])
                self.future.set_result(self.tokens)
        except concurrent.futures.InvalidStateError:
            pass
        return True

    def _put(self, call: int, token: Token) -> None:
        if self.each is None:
            self.tokens[call] = token
        else:
            self.tokens[call] = None  # It has come, and is not kept here.
            self.each(token)

    def _cancel_missing(self, number: int) -> None:
        """Gives calls that never began their tokens: the server writes no records of them."""
        columns = json.loads(self.columns)
        for call, found in enumerate(self.tokens):
            if found is _MISSING:
                self._put(call, Token(None, {
                    "id": number, "call": call,
                    "point": {key: column[call] for key, column in columns.items()},
                    "result": None, "ok": False, "status": "cancelled",
                    "error": {
                        "code": -errno.ECANCELED, "name": "ECANCELED",
                        "message": "cancelled before its first step"},
                    "attempts": 0, "steps": 0, "seconds": 0.0}))

    fail = _One.fail


# The connection

_links: "weakref.WeakSet[_Link]" = weakref.WeakSet()


class _Link:
    """A server process, the threads that read and write its pipes, and the open requests."""

    def __init__(
        self, command: List[str], prints: Optional[Callable[[str], Any]],
        warns: Optional[Callable[[str], Any]], arrays: Optional[Callable], cwd: Optional[str]
    ) -> None:
        self.prints = prints
        self.warns = warns
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.open: Dict[int, Any] = {}
        self.number = 0
        self.buffer: collections.deque = collections.deque()
        self.size = 0
        self.failure: Optional[str] = None
        self.is_closing = False
        self.is_forgotten = False
        self.idle = threading.Condition(self.lock)
        # Wakes the writer. A finalizer may put into it at any time, on any thread.
        self.more: "queue.SimpleQueue[None]" = queue.SimpleQueue()
        self.is_full = False
        self.stats: collections.deque = collections.deque()
        try:
            # A session of its own: Ctrl-C is for the client, which cancels what it wants to.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=cwd,
                start_new_session=True)
        except OSError as error:
            raise HostError(
                f"cannot start {command[0]}: {error.strerror}; give its path as program=, or in "
                "the environment variable KERNELHOST") from None
        assert self.process.stdin and self.process.stdout
        self.input = self.process.stdin.fileno()
        self.output = self.process.stdout.fileno()
        self.rest = b""
        try:
            self.hello = self._first_line(command, cwd)
        except BaseException:
            self.process.kill()
            self.process.wait()
            self._close_pipes()
            raise
        self.results = {
            kernel["name"]: _Results(kernel["results"], arrays) for kernel in self.hello["kernels"]}
        self.longest = self.hello.get("longest_line", 1 << 26)
        os.set_blocking(self.input, False)
        self.reader = threading.Thread(target=self._read, name="kernelhost-reader", daemon=True)
        self.writer = threading.Thread(target=self._write, name="kernelhost-writer", daemon=True)
        _links.add(self)
        self.reader.start()
        self.writer.start()

    @staticmethod
    def _why_ended(command: List[str], cwd: Any, code: int) -> str:
        """Returns why a host ended without a line. It has said so on standard error, which a
        notebook does not show: so it is started once more, without requests."""
        reason = ""
        if code == 2:
            try:
                again = subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE, timeout=60, cwd=cwd, start_new_session=True)
                reason = again.stderr.decode("utf-8", "replace").strip()
            except (OSError, subprocess.SubprocessError):
                pass
        if reason:
            return f"{command[0]} ended at once:\n{reason}"
        return (
            f"{command[0]} ended at once with exit code {code}; its messages are on standard "
            "error. If it is not KernelHost's program, give its path as program=, or in the "
            "environment variable KERNELHOST")

    def _first_line(self, command: List[str], cwd: Any) -> Dict[str, Any]:
        data = b""
        while b"\n" not in data:
            chunk = os.read(self.output, 1 << 16)
            if not chunk:
                raise HostError(self._why_ended(command, cwd, self.process.wait()))
            data += chunk
        line, _, self.rest = data.partition(b"\n")
        try:
            hello = json.loads(line)
            protocol = hello["protocol"]
        except (ValueError, KeyError, TypeError):
            raise HostError(
                f"{command[0]} is not KernelHost's program: install that, or give its path as "
                "program=, or in the environment variable KERNELHOST") from None
        if protocol != PROTOCOL:
            raise HostError(
                f"{command[0]} speaks protocol {protocol}, this file {PROTOCOL}; make it anew: "
                "host client python > kernelhost.py")
        return hello

    # Out

    def check(self) -> None:
        if self.failure is not None:
            raise HostError(self.failure)
        if self.is_closing:
            raise HostError("this Host is closed")

    def check_thread(self) -> None:
        """A callback must not wait: the thread that it runs on is the one that reads tokens."""
        if threading.current_thread() is self.reader:
            raise HostError(
                "a callback cannot wait for a call, for no token comes before it returns; use "
                "submit, or another thread")

    def request(self, body: str, entry: Any, flush: bool = True) -> int:
        """Opens a request. `body`: the members of the object behind its id."""
        if len(body) + 32 > self.longest:
            raise RequestError(
                f"the arguments take {len(body):,} bytes as JSON, of which a request may have "
                f"{self.longest:,}; pass fewer at a time, or a file of points to Host.run")
        with self.lock:
            self.check()
            self.number += 1
            number = self.number
            self.open[number] = entry
            self._put(f'{{"id":{number},{body}}}\n'.encode())
            if flush:
                self._flush()
        return number

    def cancel(self, number: int) -> None:
        self.order(f'{{"cancel":{number}}}\n')

    def order(self, line: str) -> None:
        if self.owner != os.getpid():
            return
        with self.lock:
            if self.failure is None:
                self._put(line.encode())
                self._flush()

    def flush(self) -> None:
        with self.lock:
            self._flush()

    def _put(self, line: bytes) -> None:
        self.buffer.append(line)
        self.size += len(line)

    def _flush(self) -> None:
        """Writes what the pipe takes; the thread writes the rest. With the lock."""
        if self.is_full or not self.buffer:
            return
        data = b"".join(self.buffer)
        self.buffer.clear()
        try:
            count = os.write(self.input, data)
        except BlockingIOError:
            count = 0
        except OSError:
            return  # the reader finds out why
        self.size = len(data) - count
        if count < len(data):
            self.buffer.append(data[count:])
            self.is_full = True
            self.more.put(None)

    def _write(self) -> None:
        selector = selectors.DefaultSelector()
        try:
            selector.register(self.input, selectors.EVENT_WRITE)
        except (OSError, ValueError):
            return
        while True:
            self.more.get()
            if self.failure is not None:
                return
            if self.is_forgotten and not self.open:
                return self.close(wait=False)
            if self.is_full:
                selector.select(1)
                with self.lock:
                    self.is_full = False
                    self._flush()

    # In

    def _read(self) -> None:
        chunk = self.rest
        parts: List[bytes] = []  # of a line that has not ended
        ended = ""
        try:
            while True:
                end = chunk.rfind(b"\n")
                if end >= 0:
                    parts.append(chunk[:end])
                    whole, parts = b"".join(parts), [chunk[end + 1:]]
                    # Line feeds stand at ends of lines only: one call reads them all.
                    lines = json.loads("[" + whole.replace(b"\n", b",").decode() + "]")
                    ended = self._take(lines) or ended
                else:
                    parts.append(chunk)
                chunk = os.read(self.output, 1 << 20)
                if not chunk:
                    break
        except OSError:
            pass
        except BaseException as error:  # a fault of this file: no call must wait forever
            self._fail(f"the client has failed: {error!r}")
            self.process.kill()
            raise
        if ended and self.is_closing:
            self._fail("this Host is closed")
        elif ended:
            self._fail(f"the server has ended ({ended})")
        else:
            code = self.process.wait()
            why = f"signal {-code}" if code < 0 else f"exit code {code}"
            self._fail(
                f"the server has ended with {why} before all calls had their tokens; its messages "
                "are on standard error")

    def _take(self, lines: List[Dict[str, Any]]) -> str:
        open_requests = self.open
        ended = ""
        done: List[int] = []
        for line in lines:
            if "ok" in line or "results" in line or "done" in line:
                number = line["id"]
                entry = open_requests.get(number)
                if entry is not None and entry.take(line):
                    done.append(number)
            elif "print" in line:
                self._tell(self.prints, line["print"])
            elif "refused" in line:
                entry = open_requests.get(line["id"])
                text = "; ".join(problem["message"] for problem in line["refused"])
                if entry is not None:
                    done.append(line["id"])
                    entry.fail(RequestError(text))
            elif "warning" in line:
                self._tell(self.warns, line["warning"])
            elif "end" in line:
                ended = line["end"]
            elif "stats" in line and self.stats:
                self.stats.popleft().set_result(line["stats"])
        if done:
            with self.lock:
                for number in done:
                    open_requests.pop(number, None)
                if not open_requests:
                    self.idle.notify_all()
                    if self.is_forgotten:
                        self.more.put(None)
        return ended

    @staticmethod
    def _tell(listener: Optional[Callable[[str], Any]], text: str) -> None:
        if listener is None:
            return
        try:
            listener(text)
        except BaseException:  # also sys.exit: only the program's own threads end it
            sys.excepthook(*sys.exc_info())

    def _fail(self, reason: str) -> None:
        with self.lock:
            self.failure = self.failure or reason
            entries = list(self.open.values())
            self.open.clear()
            self.idle.notify_all()
            self.more.put(None)
        for entry in entries:
            entry.fail(HostError(reason))
        while self.stats:
            self.stats.popleft().set_exception(HostError(reason))

    # The end

    def close(self, wait: bool) -> None:
        """Ends the server: after all open calls, or now."""
        if self.owner != os.getpid():
            return
        if wait and self.open:
            self.check_thread()
        with self.lock:
            first = not self.is_closing
            while wait and self.open and self.failure is None:
                self.idle.wait()
            self.is_closing = True
            if first and self.failure is None:
                self._put(b'{"shutdown":"now"}\n')
                self._flush()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        here = threading.current_thread()
        if here is not self.reader:
            self.reader.join(5)  # the last tokens come with it
        self._fail("this Host is closed")
        if here is not self.writer:
            self.writer.join(5)
        if not any(x.is_alive() and x is not here for x in (self.reader, self.writer)):
            self._close_pipes()

    def _close_pipes(self) -> None:
        for file in (self.process.stdin, self.process.stdout):
            try:
                file.close()  # type: ignore[union-attr]
            except OSError:
                pass

    def release(self) -> None:
        """The host is not in use any more: the server ends when its open calls have ended."""
        self.is_forgotten = True
        self.more.put(None)

    def forget(self) -> None:
        """In a forked child: the pipes are the parent's, and so are the calls."""
        # A thread that is not in the child may have had them.
        self.lock = threading.Lock()
        self.idle = threading.Condition(self.lock)
        self.more = queue.SimpleQueue()
        _give_up_pipes(self.process)
        futures = [entry.future for entry in self.open.values()] + list(self.stats)
        self.open.clear()
        self.stats.clear()
        self.failure = (
            "this Host belongs to the process that made it, and not to a child that was forked "
            "from it; make another Host here")
        for future in futures:
            future._condition = threading.Condition()
            if not future.done():
                future.set_exception(HostError(self.failure))


def _give_up_pipes(process: "subprocess.Popen[bytes]") -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for file in (process.stdin, process.stdout):
        # Python's own object closes the number later, so that it must not be another file's.
        if file is not None and not file.closed:
            os.dup2(null, file.fileno(), inheritable=False)
    os.close(null)
    process.returncode = 0


def _forked() -> None:
    global _shared_lock
    _shared_lock = threading.Lock()
    for link in list(_links):
        link.forget()
    for run in list(_runs):
        _give_up_pipes(run._process)


def _exit() -> None:
    for link in list(_links):
        if link.failure is None:
            link.close(wait=False)


os.register_at_fork(after_in_child=_forked)
# Before threads are joined: an open call must not keep the interpreter from its end.
if sys.version_info >= (3, 9) and hasattr(threading, "_register_atexit"):
    try:
        threading._register_atexit(_exit)  # type: ignore[attr-defined]
    except RuntimeError:
        atexit.register(_exit)
else:
    atexit.register(_exit)


# What users call

_CHUNK = 1000
_WINDOW = 8
_LONG = 1 << 22  # bytes of a request with several calls
_OPTIONS = ("timeout", "deadline", "cpu", "grace", "memory", "retries")
_SCALARS = ("i64", "f64", "bool", "text", "bytes")


class Calls(concurrent.futures.Executor):
    """Ways to call the kernels of a host. `Host.options` makes one with limits for each call."""

    def __init__(
        self, link: _Link, options: Dict[str, Any], host: Optional["Host"] = None
    ) -> None:
        self._link = link
        self._host = host  # a Host lives as long as what was made of it
        self._options = options
        self._start = "".join(f'"{key}":{_encode(value)},' for key, value in options.items())
        self._infos = {info["name"]: info for info in link.hello["kernels"]}
        self._kernels: Dict[str, Kernel] = {}

    def options(self, **options: Any) -> "Calls":
        """Returns the same kernels with keys of a task for each call: `timeout`, `deadline`,
        `cpu`, `grace`, `memory`, `retries`."""
        for key in options:
            if key not in _OPTIONS:
                near = difflib.get_close_matches(key, _OPTIONS, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise TypeError(f"calls have no option {key!r}{hint}")
        host = self if isinstance(self, Host) else self._host
        return Calls(self._link, {**self._options, **options}, host)

    def __reduce__(self) -> Any:
        return _with_options, (self._host, self._options)

    # Names

    @property
    def kernels(self) -> List[str]:
        """The names of all kernels."""
        return sorted(self._infos)

    def __getattr__(self, name: str) -> Kernel:
        infos = self.__dict__.get("_infos", {})
        if name not in infos:
            near = difflib.get_close_matches(name, infos, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise AttributeError(f"there is no kernel {name!r}{hint}")
        return self.kernel(name)

    def __dir__(self) -> Iterable[str]:
        return sorted(set(super().__dir__()) | set(self._infos))

    def kernel(self, name: str) -> Kernel:
        """Returns a kernel by name, also one whose name is not an attribute."""
        kernel = self._kernels.get(name)
        if kernel is None:
            if name not in self._infos:
                near = difflib.get_close_matches(name, self._infos, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise RequestError(f"there is no kernel {name!r}{hint}")
            kernel = self._kernels[name] = Kernel(self, self._infos[name])
        return kernel

    def _name(self, kernel: Union[str, Kernel]) -> str:
        name = kernel if isinstance(kernel, str) else getattr(kernel, "__name__", "")
        if name not in self._infos:
            return self.kernel(name).__name__  # raises, with a near name
        return name

    def _named(self, name: str, args: Sequence[Any], kwargs: Dict[str, Any]) -> Dict[str, Any]:
        if not args:
            return kwargs
        parameters = self._infos[name]["parameters"]
        if len(args) > len(parameters):
            raise TypeError(f"{name} takes {len(parameters)} arguments, {len(args)} were given")
        named = {parameter["name"]: value for parameter, value in zip(parameters, args)}
        for key in kwargs:
            if key in named:
                raise TypeError(f"{name} got the argument {key!r} twice")
        return {**named, **kwargs}

    # Calls

    def _submit(
        self, kernel: Union[str, Kernel], args: Sequence[Any], kwargs: Dict[str, Any],
        wants_token: bool, flush: bool = True
    ) -> CallFuture:
        name = self._name(kernel)
        arguments = self._named(name, args, kwargs)
        future = CallFuture()
        body = f'{self._start}"kernel":"{name}","args":{_encode(arguments)}'
        future._link = self._link
        future._id = self._link.request(
            body, _One(future, self._link.results[name], wants_token), flush)
        return future

    def submit(self, fn: Union[str, Kernel], /, *args: Any, **kwargs: Any) -> CallFuture:
        """Begins a call and returns its future, whose `cancel` ends the call."""
        return self._submit(fn, args, kwargs, wants_token=False)

    def token(self, kernel: Union[str, Kernel], /, *args: Any, **kwargs: Any) -> Token:
        """Makes a call and returns its token. Raises only if the call cannot begin."""
        self._link.check_thread()
        future = self._submit(kernel, args, kwargs, wants_token=True)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C, for one
            raise

    def map(  # type: ignore[override]
        self, fn: Union[str, Kernel], *iterables: Any, timeout: Optional[float] = None,
        chunksize: int = _CHUNK, tokens: bool = False, progress: Optional[Callable] = None,
        **arguments: Any
    ) -> Iterator[Any]:
        """Calls a kernel with the values of the arguments that are lists (or any iterable), side
        by side, and returns an iterator of the results in order.

        Other arguments are the same in each call. Of a parameter that is an array, the values are
        a list of arrays. A call that fails raises its CallError in its turn; with `tokens=True`
        the iterator has tokens instead. `progress(done)` is called as calls end. `timeout` is the
        number of seconds to wait for the next result.
        """
        name = self._name(fn)
        fixed, varying = self._parted(name, iterables, arguments)
        self._link.check_thread()
        return self._mapped(name, fixed, varying, timeout, chunksize, tokens, progress)

    def _parted(
        self, name: str, iterables: Sequence[Any], arguments: Dict[str, Any]
    ) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        types = {p["name"]: p["type"] for p in self._infos[name]["parameters"]}
        fixed: Dict[str, Any] = {}
        varying = self._named(name, iterables, {})
        for key, value in arguments.items():
            if key in varying:
                raise TypeError(f"{name} got the argument {key!r} twice")
            if _varies(value, types.get(key)):
                varying[key] = value
            else:
                fixed[key] = value
        # Positional ones end with the shortest, as those of Executor.map do.
        counts = {key: len(varying[key]) for key in arguments
                  if key in varying and hasattr(varying[key], "__len__")}
        if len(set(counts.values())) > 1:
            found = ", ".join(f"{key} has {count}" for key, count in counts.items())
            raise ValueError(f"map gives each call one value of each list: {found} values")
        if not varying:
            raise TypeError(f"no argument of {name} has several values; give at least one a list")
        return fixed, varying

    def _chunks(self, varying: Dict[str, Any], size: int) -> Iterator[Dict[str, List[Any]]]:
        """Cuts the columns; the shortest ends them, as for zip."""
        columns = {
            key: value.tolist() if callable(getattr(value, "tolist", None)) else value
            for key, value in varying.items()}
        if all(isinstance(column, (list, tuple, range)) for column in columns.values()):
            count = min(len(column) for column in columns.values())
            for start in range(0, count, size):
                end = min(start + size, count)
                yield {key: list(column[start:end]) for key, column in columns.items()}
            return
        rows = zip(*columns.values())
        while True:
            chunk = list(itertools.islice(rows, size))
            if not chunk:
                return
            yield dict(zip(columns, map(list, zip(*chunk))))

    def _texts(self, varying: Dict[str, Any], size: int) -> Iterator[Tuple[str, int]]:
        """Returns the chunks as JSON, with the number of calls of each. Long ones are halved."""
        for chunk in self._chunks(varying, size):
            parts = [chunk]
            while parts:
                part = parts.pop()
                text = _encode(part)
                count = len(next(iter(part.values())))
                if len(text) > _LONG and count > 1:
                    half = count // 2
                    parts.append({key: column[half:] for key, column in part.items()})
                    parts.append({key: column[:half] for key, column in part.items()})
                else:
                    yield text, count

    def _sweep(
        self, name: str, fixed: str, chunk: Tuple[str, int],
        each: Optional[Callable[[Token], None]] = None, compact: bool = False
    ) -> CallFuture:
        text, count = chunk
        future = CallFuture()
        body = f'{self._start}"kernel":"{name}","args":{fixed},"sweep":{text},"zip":true'
        if compact:
            body += ',"compact":true'
        future._link = self._link
        entry = _Points(future, self._link.results[name], count, each, text)
        try:
            future._id = self._link.request(body, entry)
        except HostError as error:
            future.set_exception(error)  # in its turn: tokens of calls before it come first
        return future

    def _mapped(
        self, name: str, fixed: Dict[str, Any], varying: Dict[str, Any],
        timeout: Optional[float], size: int, tokens: bool, progress: Optional[Callable]
    ) -> Iterator[Any]:
        fixed_text = _encode(fixed)
        chunks = self._texts(varying, max(size, 1))
        waiting: collections.deque = collections.deque()
        count = 0
        try:
            for chunk in chunks:
                waiting.append(self._sweep(name, fixed_text, chunk, compact=not tokens))
                if len(waiting) == _WINDOW:
                    break
            while waiting:
                # It stays among those to cancel until its results are here.
                done = waiting[0].result(timeout)
                waiting.popleft()
                chunk = next(chunks, None)
                if chunk is not None:
                    waiting.append(self._sweep(name, fixed_text, chunk, compact=not tokens))
                count += len(done)
                if progress is not None:
                    progress(count)
                if tokens or Token not in set(map(type, done)):
                    yield from done
                else:
                    for result in done:
                        yield result.value() if type(result) is Token else result
        finally:
            for future in waiting:
                future.cancel()

    def as_completed(
        self, kernel: Union[str, Kernel], *iterables: Any, chunksize: int = _CHUNK,
        **arguments: Any
    ) -> "Completed":
        """Returns the tokens of the same calls as `map`, in the order in which they end: for
        `async for` and for `for`. To leave the loop early ends the other calls."""
        name = self._name(kernel)
        fixed, varying = self._parted(name, iterables, arguments)
        return Completed(self, name, _encode(fixed), self._texts(varying, max(chunksize, 1)))

    @property
    def aio(self) -> "AsyncCalls":
        """The kernels as coroutine functions, for asyncio."""
        calls = self.__dict__.get("_aio")
        if calls is None:
            calls = self.__dict__["_aio"] = AsyncCalls(self)
        return calls

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the server, after all open calls if `wait` and not `cancel_futures`."""
        self._link.close(wait and not cancel_futures)


def _varies(value: Any, kind: Optional[str]) -> bool:
    if isinstance(value, (str, bytes, bytearray, dict)) or not isinstance(value, Iterable):
        return getattr(value, "ndim", 0) > (0 if kind in _SCALARS else 1)
    if kind in _SCALARS or kind is None:
        return True
    if hasattr(value, "ndim"):
        return value.ndim > 1
    if not isinstance(value, Sequence):
        return True
    return len(value) > 0 and isinstance(value[0], Iterable) and not isinstance(value[0], str)


class Completed:
    """Tokens in the order in which their calls end."""

    def __init__(
        self, calls: Calls, name: str, fixed: str, chunks: Iterator[Tuple[str, int]]
    ) -> None:
        self._calls = calls
        self._name = name
        self._fixed = fixed
        self._chunks = chunks

    def _begin(self, put: Callable[[Any], None]) -> Optional[CallFuture]:
        chunk = next(self._chunks, None)
        if chunk is None:
            return None
        future = self._calls._sweep(self._name, self._fixed, chunk, put)
        future.add_done_callback(put)
        return future

    def __iter__(self) -> Iterator[Token]:
        self._calls._link.check_thread()
        arrived: "queue.SimpleQueue" = queue.SimpleQueue()
        running = set()
        try:
            for _ in range(_WINDOW):
                future = self._begin(arrived.put)
                if future is not None:
                    running.add(future)
            while running:
                item = arrived.get()
                if isinstance(item, Token):
                    yield item
                    continue
                running.discard(item)
                item.result()
                future = self._begin(arrived.put)
                if future is not None:
                    running.add(future)
        finally:
            for future in running:
                future.cancel()

    async def __aiter__(self) -> AsyncIterator[Token]:
        loop = asyncio.get_running_loop()
        arrived: collections.deque = collections.deque()
        news = asyncio.Event()
        scheduled = threading.Event()

        def tell() -> None:
            scheduled.clear()
            news.set()

        def put(item: Any) -> None:
            arrived.append(item)
            # One wake-up for all that comes before the loop runs.
            if not scheduled.is_set():
                scheduled.set()
                try:
                    loop.call_soon_threadsafe(tell)
                except RuntimeError:
                    pass  # the loop is closed

        running = set()
        try:
            for _ in range(_WINDOW):
                future = self._begin(put)
                if future is not None:
                    running.add(future)
            while running:
                while not arrived:
                    news.clear()
                    if not arrived:
                        await news.wait()
                item = arrived.popleft()
                if isinstance(item, Token):
                    yield item
                    continue
                running.discard(item)
                item.result()
                future = self._begin(put)
                if future is not None:
                    running.add(future)
        finally:
            for future in running:
                future.cancel()


class AsyncCalls:
    """The kernels of a host as coroutine functions. Calls that begin in one turn of the event
    loop are sent together, in order, and take turns from their first step on."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._is_flushing = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        kernel = getattr(self._calls, name)
        if not isinstance(kernel, Kernel):
            raise AttributeError(f"there is no kernel {name!r}")

        async def call(*args: Any, **kwargs: Any) -> Any:
            return (await self._token(kernel, args, kwargs)).value()

        call.__name__ = call.__qualname__ = name
        call.__doc__ = kernel.__doc__
        call.__signature__ = kernel.__signature__  # type: ignore[attr-defined]
        self.__dict__[name] = call
        return call

    def __dir__(self) -> Iterable[str]:
        return sorted(set(super().__dir__()) | set(self._calls.kernels))

    async def token(self, kernel: Union[str, Kernel], /, *args: Any, **kwargs: Any) -> Token:
        """Makes a call and returns its token."""
        return await self._token(kernel, args, kwargs)

    async def _token(
        self, kernel: Union[str, Kernel], args: Sequence[Any], kwargs: Dict[str, Any]
    ) -> Token:
        loop = asyncio.get_running_loop()
        future = self._calls._submit(kernel, args, kwargs, wants_token=True, flush=False)
        loop.call_soon(self._calls._link.flush)
        return await asyncio.wrap_future(future)


class Host(Calls):
    """A server of kernels in a process of its own, and its kernels as attributes.

    plugins: C files and libraries with kernels. program: the path of `host`; else the environment
    variable KERNELHOST, else `kernelhost` or `host` on the PATH. jobs: lanes that run at the same
    time. timeout, grace: seconds, for all calls. print: gets what kernels print; default is
    standard output, None drops it. warn: gets warnings. arrays: makes arrays of lists, like
    `numpy.asarray`. options: more words for `host serve`.
    """

    def __init__(
        self, plugins: Sequence[Union[str, os.PathLike]] = (), *, program: Optional[str] = None,
        jobs: int = 1, isolation: Optional[str] = None, sandbox: Optional[str] = None,
        allow_read: Sequence[Union[str, os.PathLike]] = (),
        allow_write: Sequence[Union[str, os.PathLike]] = (), timeout: Optional[float] = None,
        grace: Optional[float] = None, crash_limit: Optional[int] = None,
        print: Union[Callable[[str], Any], None, str] = "stdout",
        warn: Optional[Callable[[str], Any]] = None, arrays: Optional[Callable] = None,
        cwd: Optional[str] = None, options: Sequence[str] = (),
    ) -> None:
        self._made = dict(
            plugins=[os.fspath(p) for p in plugins], program=program, jobs=jobs,
            isolation=isolation, sandbox=sandbox, allow_read=[os.fspath(p) for p in allow_read],
            allow_write=[os.fspath(p) for p in allow_write], timeout=timeout, grace=grace,
            crash_limit=crash_limit, arrays=arrays, cwd=cwd, options=list(options))
        self._program = (
            program or os.environ.get("KERNELHOST") or shutil.which("kernelhost") or "host")
        words: List[str] = []
        for plugin in self._made["plugins"]:
            words += ["--plugin", plugin]
        for name, values in (("allow-read", allow_read), ("allow-write", allow_write)):
            for value in values:
                words += ["--" + name, os.fspath(value)]
        for name, value in (("isolation", isolation), ("sandbox", sandbox)):
            if value is not None:
                words += ["--" + name, value]
        self._words = list(words)
        for name, number in (("timeout", timeout), ("grace", grace), ("crash-limit", crash_limit)):
            if number is not None:
                words += ["--" + name, str(number)]
        if print is None:
            words.append("--quiet")
        listener = _write_out if print == "stdout" else print
        command = [self._program, "serve", "--jobs", str(jobs)] + words + list(options)
        super().__init__(_Link(command, listener, warn, arrays, cwd), {})  # type: ignore[arg-type]
        self._runs: "weakref.WeakSet[Run]" = weakref.WeakSet()
        # At exit, another function ends it.
        weakref.finalize(self, self._link.release).atexit = False

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.shutdown(cancel_futures=kind is not None)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the server, after all open calls if `wait` and not `cancel_futures`, and the studies
        of `run` whose iterators have not ended."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        for run in list(self._runs):
            run._stop("this Host is closed")

    def __reduce__(self) -> Any:
        return _shared_host, (tuple(sorted(self._made.items(), key=lambda item: item[0])),)

    def __repr__(self) -> str:
        state = self._link.failure or f"{len(self._link.open)} open requests"
        return f"<Host of {len(self._infos)} kernels: {state}>"

    @property
    def version(self) -> str:
        return self._link.hello["host"]

    def stats(self) -> Dict[str, Any]:
        """Returns the server's counts: requests, calls, statuses."""
        future: concurrent.futures.Future = concurrent.futures.Future()
        self._link.check_thread()
        with self._link.lock:
            self._link.check()
            self._link.stats.append(future)
            self._link._put(b'{"stats":true}\n')
            self._link._flush()
        return future.result()

    def run(self, manifest: Any, *words: str) -> "Run":
        """Runs a whole study, by `host run`, and returns an iterator of its records as calls end.

        manifest: a path, or the manifest as a dict or a list. Tasks may wait for others. words:
        more options of `host run`; with `--journal` all records come at the end, in the order of
        calls. The study ends with its iterator: when that is closed or no longer in use, or the
        host is shut down.
        """
        if self._link.failure is not None or self._link.is_closing:
            self._link.check()
        is_path = isinstance(manifest, (str, os.PathLike))
        operand = os.fspath(manifest) if is_path else "-"
        # The results of a journal are written at the end, in the order of calls.
        is_kept = any(word == "--journal" or word.startswith("--journal=") for word in words)
        order = [] if is_kept else ["--order", "completion"]
        command = [self._program, "run", "--format", "jsonl", *order, "--quiet",
                   "--progress", "none", *self._words, *words, operand]
        text = b"" if is_path else _encode(manifest).encode()
        run = Run(command, text, self._made["cwd"])
        self._runs.add(run)
        return run


_runs: "weakref.WeakSet[Run]" = weakref.WeakSet()


class Run:
    """A study that runs in a process of its own: an iterator of its records, as calls end.

    `close` ends it early, and so does the end of a `with` statement.
    """

    def __init__(self, command: List[str], text: bytes, cwd: Optional[str]) -> None:
        self._messages = tempfile.TemporaryFile()
        self._reason = ""
        self._reading = threading.Lock()
        with tempfile.TemporaryFile() as source:
            source.write(text)
            source.seek(0)
            try:
                self._process = subprocess.Popen(
                    command, stdin=source, stdout=subprocess.PIPE, stderr=self._messages, cwd=cwd,
                    start_new_session=True)
            except OSError as error:
                self._messages.close()
                raise HostError(f"cannot start {command[0]}: {error.strerror}") from None
        assert self._process.stdout
        self._lines = self._process.stdout
        _runs.add(self)
        # Also at the interpreter's end.
        self._end = weakref.finalize(
            self, _end_process, self._process, self._messages, os.getpid())

    def __iter__(self) -> "Run":
        return self

    def __next__(self) -> Dict[str, Any]:
        while self._end.alive:
            try:
                with self._reading:
                    line = b"" if self._lines.closed else self._lines.readline()
                if line:
                    record = json.loads(line)
                    if "call" in record:
                        return record
                    continue
                code = self._process.wait()
            except BaseException:  # Ctrl-C, for one
                self.close()
                raise
            if self._end.detach() is None:
                break  # another thread has ended it
            self._lines.close()
            with self._messages:
                self._messages.seek(0)
                text = self._messages.read().decode(errors="replace").strip()
            if code not in (0, 1):
                why = f"signal {-code}" if code < 0 else f"exit code {code}"
                raise HostError(text or f"the run has ended with {why}")
        if self._reason:
            raise HostError(self._reason)
        raise StopIteration

    def close(self) -> None:
        """Ends the study: calls that have not ended are cancelled."""
        self._stop("")

    def _stop(self, reason: str) -> None:
        ended = self._end.detach()
        if ended is None:
            return
        self._reason = reason
        # A thread that waits for a line gets the end of the file.
        is_free = self._reading.acquire(blocking=False)
        try:
            _end_process(self._process, self._messages, os.getpid(), closes=is_free)
        finally:
            if is_free:
                self._reading.release()

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.close()


def _end_process(
    process: "subprocess.Popen[bytes]", messages: Any, owner: int, closes: bool = True
) -> None:
    messages.close()
    if os.getpid() != owner:
        return  # it is the parent's
    if closes and process.stdout:
        process.stdout.close()
    # The second signal ends steps that have not returned.
    for seconds in (1, 2):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
    if process.poll() is None:
        process.kill()
        process.wait()


def _write_out(text: str) -> None:
    sys.stdout.write(text)


def _with_options(host: Host, options: Dict[str, Any]) -> Calls:
    return host.options(**options)


_shared: Dict[str, Host] = {}
_shared_lock = threading.Lock()


def _shared_host(made: Tuple[Tuple[str, Any], ...]) -> Host:
    """A Host that came from another process, as one of this process: made once."""
    key = repr((os.getpid(), made))
    with _shared_lock:
        host = _shared.get(key)
        if host is None or host._link.failure is not None:
            host = _shared[key] = Host(**dict(made))
        return host
