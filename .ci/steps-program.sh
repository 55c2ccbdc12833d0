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

# Without docc, which toolchains have, this step is skipped. Tests run what the articles say.
step_docs() {
  local docc site article
  docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")
  [ -x "$docc" ] || { echo "no docc beside swift: the catalogue is not converted"; return; }
  site=$(mktemp -d)
  "$docc" convert Sources/KernelHost/KernelHost.docc --warnings-as-errors -o "$site/site"
  for article in Sources/KernelHost/KernelHost.docc/*.md; do
    article=$(basename "$article" .md)
    [ "$article" = KernelHost ] || article=KernelHost/$article
    [ -f "$site/site/data/documentation/${article,,}.json" ] || { echo "no page of $article"; exit 1; }
  done
  rm -rf "$site"
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

# The archive and the package, in folders with nothing else: Debian's smallest set, where debootstrap
# can make one, and the C library alone.
step_install() {
  need_release
  local folder program wanted='Results: [[null, true, ""]]'
  folder=$(mktemp -d)
  bash .ci/package "$folder"
  mkdir "$folder/unpacked"
  tar -xzf "$folder"/*.tar.gz -C "$folder/unpacked" --strip-components=1
  program=$folder/unpacked/bin/kernelhost
  "$program" --version | grep -q '^kernelhost [0-9]'
  "$program" call for_loop max=2 2> /dev/null | grep -qF "$wanted"
  # From anywhere, over a prefix, and back.
  "$program" install --prefix "$folder/prefix" > /dev/null
  "$folder/prefix/bin/kernelhost" uninstall --prefix "$folder/prefix" > /dev/null
  [ -z "$(find "$folder/prefix" -type f)" ]
  if command -v dpkg-deb > /dev/null; then dpkg-deb --info "$folder"/*.deb > /dev/null; fi
  if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: not root, so the package is not run in a bare folder"
  else
    run_beside_libc "$folder" "$program" "$wanted"
    need_debootstrap
    run_in_debian "$folder" "$wanted"
  fi
  rm -rf "$folder"
}

# The program and the libraries that it names, and nothing else: no shell, no /proc.
run_beside_libc() {
  local root=$1/bare library
  mkdir -p "$root/tmp"
  cp "$2" "$root/kernelhost"
  for library in $(ldd "$2" | grep -o '/[^ ]*'); do
    install -D "$(readlink -f "$library")" "$root$library"
  done
  chroot "$root" /kernelhost call for_loop max=2 2> /dev/null | grep -qF "$3"
  echo "run beside $(ldd "$2" | grep -c '/') libraries in an empty folder"
}

run_in_debian() {
  local root=$1/debian
  if ! command -v debootstrap > /dev/null; then
    echo "SKIPPED: no debootstrap, so the package is not installed in a bare Debian folder"
  elif ! debootstrap --variant=minbase stable "$root" > "$1/debootstrap.log" 2>&1; then
    echo "SKIPPED: debootstrap cannot make a folder here: $(tail -n 1 "$1/debootstrap.log")"
  else
    cp "$1"/*.deb "$root/tmp/kernelhost.deb"
    chroot "$root" dpkg -i /tmp/kernelhost.deb
    chroot "$root" kernelhost call for_loop max=2 2> /dev/null | grep -qF "$2"
    chroot "$root" dpkg -r kernelhost
    [ ! -e "$root/usr/bin/kernelhost" ]
    echo "installed, run and removed in a bare Debian folder"
  fi
}
