#!/usr/bin/env bash
# What host writes for other programs, read by those programs, as far as they are to be had:
# a trace by Perfetto's own processor, JUnit XML by junitparser, TAP by prove.
set -euo pipefail
host=$(readlink -f "${1:-.build/release/host}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > m.json <<'END'
[{"kernel": "primes", "args": {"limit": 1000}, "repeat": 100},
 {"kernel": "sleep", "args": [0.01], "repeat": 60},
 {"name": "a \"<&>\" name", "kernel": "for_loop", "args": {"increment": 0}, "repeat": 3}]
END
code=0
"$host" m.json -j 2 --format tap -o calls.tap --trace trace.json --junit junit.xml || code=$?
[ "$code" = 1 ] || { echo "host ended with $code"; exit 1; }

python3 -m venv packages > /dev/null 2>&1 || true
python=packages/bin/python
[ -x "$python" ] || python=python3
"$python" -m pip install -q junitparser perfetto 2> /dev/null || true

"$python" - <<'END'
try:
    from junitparser import JUnitXml
except ImportError:
    print("no junitparser: not read by it")
else:
    suites = list(JUnitXml.fromfile("junit.xml"))
    found = [(one.tests, one.failures, one.errors, len(list(one))) for one in suites]
    assert found == [(163, 3, 0, 163)], found
    print("junitparser: 163 cases, 3 failures")
END

timeout 120 "$python" - <<'END'
try:
    from perfetto.trace_processor import TraceProcessor
    trace = TraceProcessor(trace="trace.json")
except Exception as error:  # its processor is another download
    print("no trace processor of Perfetto:", type(error).__name__)
else:
    slices = list(trace.query("select dur, depth from slice where category = 'call'"))
    assert len(slices) == 163, len(slices)
    assert all(one.dur >= 0 and one.depth == 0 for one in slices)
    faults = list(trace.query("select name, value from stats where severity = 'error' and value > 0"))
    assert not faults, [(one.name, one.value) for one in faults]
    print("perfetto: 163 slices")
END

if command -v prove > /dev/null; then
  prove --exec cat calls.tap > prove.out 2>&1 || true
  if ! grep -q 'Failed 3/163 subtests' prove.out || grep -q 'Parse errors' prove.out; then
    cat prove.out; exit 1
  fi
  echo "prove: 163 points, 3 failed"
else
  echo "no prove: not read by it"
fi
