# Steps that run the release program, some with other programs that read what it writes.

host=.build/release/host

step_binary() {
  need_release
  if ldd "$host" | grep -i swift; then exit 1; fi
  test -z "$(nm -D --defined-only "$host")"
}

step_hostile() {
  need_release
  local hostile source
  hostile=$(mktemp -d)
  for source in neighbours.c hostile/scribbles.c hostile/attacks_lane.c; do
    cc -shared -fPIC -O1 -g -Iinclude -ICSources/lanes -ICSources/lanes/include \
      "CSources/plugins/$source" -o "$hostile/lib$(basename "$source" .c).so"
  done
  python3 Tests/Hostile/attacks.py "$host" "$hostile" CSources/plugins/hostile/attacks_lane.c
  python3 Tests/Hostile/scribbles.py "$host" "$hostile" $((1000 * times))
  python3 Tests/Hostile/kills.py "$host" "$hostile" $((500 * times))
  rm -rf "$hostile"
}

# Runs with a journal whose hosts are killed at random moments, and at each of their system calls.
step_journal() {
  need_release; need_strace
  local folder
  folder=$(mktemp -d)
  for name in ledger long_steps; do
    cc -shared -fPIC -O1 -Iinclude "CSources/plugins/$name.c" -o "$folder/lib$name.so"
  done
  python3 Tests/Journals/kills.py "$host" "$folder/libledger.so" "$folder/liblong_steps.so" \
    $((200 * times))
  if command -v strace > /dev/null; then
    python3 Tests/Journals/injections.py "$host" "$folder/libledger.so" "$folder/liblong_steps.so"
  else
    echo "no strace: faults of system calls are not injected"
  fi
  rm -rf "$folder"
}

# Each engine runs the same study, without and with trouble. Those that are missing are skipped.
step_engines() {
  need_release; need_engines
  local folder long=()
  folder=$(mktemp -d)
  [ "$times" = 1 ] || long=(--long)
  cc -shared -fPIC -O1 -Iinclude CSources/plugins/shard_study.c -o "$folder/libshard_study.so"
  python3 Tests/Engines/engines.py "$host" "$folder/libshard_study.so" "${long[@]}" < /dev/null
  rm -rf "$folder"
}

step_samples() {
  need_libraries; need_debug; need_release
  swift run host Sources/Manifests/loops.json | tail -n 2
  local sample
  for sample in zlib sqlite fftw openblas counter; do
    "$host" --format tokens -q "Sources/Manifests/$sample.json" | cut -c 1-100 \
      || echo "$sample: not on this machine"
  done
}

# Large packages, in a folder of their own. Where they are not available, this step is skipped.
step_tables() {
  need_release
  local tables=.build/tables
  has_readers() { "$tables/bin/python" -c 'import pandas, duckdb, numpy' 2> /dev/null; }
  has_readers || { python3 -m venv "$tables" \
    && "$tables/bin/python" -m pip install -q pandas duckdb numpy; } || true
  if has_readers; then
    cc -shared -fPIC -O1 -Iinclude CSources/plugins/table.c -o "$tables/libtable.so"
    "$tables/bin/python" Tests/Tables/read_tables.py "$host" "$tables/libtable.so"
  else
    echo "no Python packages pandas, duckdb and numpy: tables are not read by them"
  fi
}

# Large packages, in a folder of their own. An example whose package is not available is skipped.
step_python() {
  need_release
  local folder=.build/python package example
  [ -x "$folder/bin/python" ] || python3 -m venv "$folder"
  "$host" client python > "$folder/kernelhost.py"
  for package in numpy scipy optuna joblib tqdm; do
    "$folder/bin/python" -c "import $package" 2> /dev/null \
      || "$folder/bin/python" -m pip install -q "$package" || true
  done
  for example in minimize:scipy tune:optuna notebook:json parallel:joblib; do
    if "$folder/bin/python" -c "import ${example#*:}" 2> /dev/null; then
      KERNELHOST=$PWD/$host PYTHONPATH=$folder \
        "$folder/bin/python" "Tests/Python/examples/${example%:*}.py"
    else
      echo "no Python package ${example#*:}: ${example%:*}.py is not run"
    fi
  done
}

step_reports() { need_release; bash Tests/Reports/check_reports.sh "$host"; }

# Where no browser is available, this step is skipped.
step_browser() {
  need_release
  command -v chromium > /dev/null || command -v google-chrome > /dev/null \
    || { apt-get update -qq && apt-get install -y -qq chromium; } > /dev/null 2>&1 || true
  has_playwright() { python3 -c 'import playwright' 2> /dev/null; }
  has_playwright || python3 -m pip install -q playwright 2> /dev/null || true
  if command -v node > /dev/null; then
    local script
    for script in CSources/report/page/*.js; do node --check "$script"; done
  else
    echo "no node: the scripts are not checked one by one"
  fi
  local code=0
  python3 Tests/Browser/report.py "$host" || code=$?
  [ "$code" = 0 ] || [ "$code" = 77 ] || exit "$code"
}

# Where valgrind is not available, this step is skipped, and says so. Counts that are meant to change
# are kept anew by: python3 .ci/counts.py .build/release/host "$(swift --version | head -n 1)" --keep
step_counts() {
  need_release
  command -v valgrind > /dev/null \
    || { apt-get update -qq && apt-get install -y -qq valgrind; } > /dev/null 2>&1 || true
  python3 .ci/counts.py "$host" "$(swift --version 2> /dev/null | head -n 1)"
}

step_bench() {
  need_release
  .build/release/hostbench --quick || true
}
