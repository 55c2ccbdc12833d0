#!/usr/bin/env bash
# Every sample plugin under both compilers, and the proof that each misdeed is
# real: no compiler warned of it, and none removed it.
set -euo pipefail
cd "$(dirname "$0")/../.."
clang=${1:-clang}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$(dirname "$clang"):$PATH"
flags="-Wall -Wextra -Wpedantic -Werror -Iinclude"
gcc -std=c11 -D_GNU_SOURCE $flags -O1 Tests/C/plugin_driver.c -ldl -o "$work/driver"
"$clang" -std=c11 -D_GNU_SOURCE $flags -fsyntax-only Tests/C/plugin_driver.c
failures=0

# ends EXPECTED [options of the driver] LIBRARY [KERNEL [name=value...]]
# EXPECTED: what the driver prints, its lines joined by "; ", as a pattern of the shell.
ends() {
  local expected=$1 found; shift
  found=$( (cd "$work" && ./driver "$@" 2> stderr < /dev/null) | tr -d '\000' | sed 's/$/; /' | tr -d '\n')
  # shellcheck disable=SC2053
  [[ "${found%; }" == $expected ]] && return
  echo "$label: $*"
  echo "  expected: $expected"
  echo "  found:    ${found%; }"
  failures=$((failures + 1))
}
killed() { local signal=$1; shift; ends "kernel: in step, 2 steps; child: killed by SIG$signal" "$@" at=2; }
well() { ends "kernel: done, 3 steps; child: exit 0" "$@" at=2; }

check_memory() {
  killed SEGV ./memory.so null_write
  ends "kernel: done, 3 steps; child: exit 0; overwritten: 4096 before, 0 behind" \
    ./memory.so wild_write_arena at=2 bytes=4096
  ends "kernel: done, 1 steps; child: exit 0; overwritten: 32768 before, 32736 behind" \
    ./memory.so wild_write_arena
  ends "kernel: done, 3 steps; child: exit 0; overwritten: 0 before, 4096 behind" \
    ./memory.so wild_write_neighbour at=2
  ends "kernel: done, 3 steps value=*; child: exit 0" ./memory.so misaligned at=2
  killed ILL ./trapping.so misaligned
}
check_endings() {
  killed ABRT ./endings.so calls_abort
  ends "kernel: in step, 2 steps; child: exit 0" ./endings.so calls_exit at=2
  ends "kernel: in step, 0 steps; child: exit 7" ./endings.so calls_exit code=7
  ends "kernel: in step, 2 steps; child: exit 0" ./endings.so calls_underscore_exit at=2
  ends "kernel: in step, 0 steps; child: exit 7" ./endings.so calls_underscore_exit code=7
  killed KILL ./endings.so raises
  killed TERM ./endings.so raises signal=15
  well ./endings.so raises signal=17
  ends "kernel: error EINVAL, 1 steps; message: raise: *; child: exit 0" ./endings.so raises signal=99
  case $(uname -m) in
    x86_64) killed FPE ./endings.so divides_by_zero ;;
    *) ends "kernel: error EDOM, 3 steps; *" ./endings.so divides_by_zero at=2 ;;
  esac
  killed ILL ./endings.so illegal_instruction
  ends "kernel: in step, 2 steps; child: killed by SIG@(SEGV|BUS|ABRT|ILL)" ./endings.so jumps_out at=2
  killed ABRT ./cxx.so throws
}
check_greedy() {
  killed XCPU ./greedy.so endless_step
  ends "kernel: more to do, 100000 steps; child: exit 0" --steps 100000 ./greedy.so endless_steps
  killed SEGV ./greedy.so stack_overflow
  ends "kernel: done, 11 steps touched=8; child: exit 0" ./greedy.so memory_hog at=2 megabytes=8
  ends "kernel: error ENOMEM, * steps touched=*; message: no memory after * MiB; child: exit 0" \
    --memory 100 ./greedy.so memory_hog megabytes=101
  ends "kernel: done, 3 steps touched=8; child: exit 0" ./greedy.so memory_hog_at_once at=2 megabytes=8
  ends "kernel: error ENOMEM, 1 steps touched=0; message: no 101 MiB; child: exit 0" \
    --memory 100 ./greedy.so memory_hog_at_once megabytes=101
}
check_heap() {
  well ./heap.so heap_overflow
  well ./heap.so use_after_free
  local later="kernel: after it was done, 3 steps; child: killed by SIG@(ABRT|SEGV)"
  ends "$later" --after ./heap.so heap_overflow at=2
  ends "$later" --after ./heap.so use_after_free at=2
  well --after ./heap.so heap_overflow bytes=0
  killed ABRT ./heap.so double_free
}
check_processes() {
  ends "kernel: done, 3 steps; child: exit 0; left behind: 6" ./processes.so fork_bomb at=2 children=3
  rm -f "$work/pid"
  ends "kernel: done, 3 steps; child: exit 0; left behind: 1" ./processes.so daemon_child at=2 path=pid
  grep -qxE '[0-9]+' "$work/pid" || { echo "$label: daemon_child wrote no pid"; failures=$((failures + 1)); }
  ends "kernel: error ENOENT, 1 steps; message: a daemon: *; child: exit 0*" \
    ./processes.so daemon_child path=no/folder
  ends "kernel: done, 3 steps; child: exit 0; parent: killed by SIGKILL" ./processes.so kills_parent at=2
  ends "kernel: in step, 2 steps; child: killed by SIGKILL; parent: killed by SIGKILL" \
    ./processes.so kills_group at=2
  ends "kernel: @(done, 3 steps; child: exit 0; parent: *traced|error EPERM, 3 steps; *)" \
    --watch-parent ./processes.so traces_parent at=2
  ends "kernel: in step, 2 steps; child: exit 0" ./processes.so runs_program at=2
  ends "kernel: done, 3 steps value=1; child: exit 0" ./processes.so starts_thread at=2
  well ./signals.so changes_signals
  ends "kernel: in step, 4 steps; child: killed by SIGSEGV" ./signals.so changes_signals at=2 then=4
  ends "kernel: in step, 2 steps; child: stopped by SIGSTOP" ./signals.so stops_itself at=2
}
check_descriptors() {
  well ./descriptors.so closes_descriptors
  exec 9> "$work/nine"
  ends "*kernel: done, 3 steps; child: exit 0" ./descriptors.so writes_descriptors at=2
  exec 9>&-
  [ "$(wc -c < "$work/nine")" -eq 64 ] || { echo "$label: nothing at descriptor 9"; failures=$((failures + 1)); }
  ends "kernel: error ENOENT, 3 steps bytes=0; message: no_such_file: *; child: exit 0" \
    ./descriptors.so opens_file at=2 path=no_such_file
  ends "kernel: done, 1 steps bytes=20; child: exit 0" ./descriptors.so opens_file path=new mode=write
  ends "kernel: done, 1 steps bytes=20; child: exit 0" ./descriptors.so opens_file path=new
  ends "kernel: @(done, 3 steps|error E*, 3 steps; message: *); child: exit 0" ./descriptors.so connects at=2
  ends "word word kernel: done, 3 steps; child: exit 0" ./descriptors.so prints_raw at=2 times=2 "text=word "
  well ./descriptors.so floods megabytes=2
  [ "$(wc -l < "$work/stderr")" -eq 32768 ] || { echo "$label: no flood"; failures=$((failures + 1)); }
}
check_neighbours() {
  ends "kernel: done, 11 steps sum=45 starts=1; child: exit 0" --after ./neighbours.so good_flat
  ends "kernel: done, 6 steps sum=10 starts=1; child: exit 0" --after ./neighbours.so good_heap steps=5
  rm -f "$work/starts"
  ends "kernel: done, 11 steps sum=45; child: exit 0" ./neighbours.so impure path=starts
  ends "kernel: done, 11 steps sum=45; child: exit 0" ./neighbours.so impure path=starts
  ends "kernel: done, 11 steps sum=45; child: exit 0" ./neighbours.so impure
  [ "$(cat "$work/starts")" = $'started\nstarted' ] || { echo "$label: impure"; failures=$((failures + 1)); }
  ends "kernel: done, 1 steps; child: exit 0" ./neighbours.so sleeper seconds=0.001
  ends "kernel: done, 11 steps sum=45; child: exit 0" ./neighbours.so deadly_if at=3
  ends "kernel: in step, 3 steps; child: killed by SIGSEGV" ./neighbours.so deadly_if at=3 deadly=true
}
check_loading() {
  ends "kernel: while loading, 0 steps; child: killed by SIGSEGV" ./loading_crash.so
  ends "kernel: while loading, 0 steps; child: killed by SIGXCPU" ./loading_hang.so
  ends "kernel: while loading, 0 steps; child: exit 0" ./loading_exit.so
  ends "kernel: no library of kernels, 0 steps; child: exit 0" ./loading_nothing.so
  ends "kernel: no kernels, 0 steps; child: exit 0" ./loading_empty.so
  ends "kernel: wrong magic, 0 steps; child: exit 0" ./loading_magic.so
  ends "kernel: wrong major, 0 steps; child: exit 0" ./loading_major.so
  ends "kernel: wrong size, 0 steps; child: exit 0" ./loading_size.so
  ends "kernel: no step, 0 steps; child: exit 0" ./loading_null_step.so no_step
  ends "kernel: not loaded, 0 steps; message: *undefined symbol*; child: exit 0" ./loading_missing.so
  ends "kernel: error EEXIST, 1 steps; message: *; child: exit 0" ./loading_twice.so for_loop
}

shopt -s extglob
for compiler in gcc "$clang"; do
  plus=${compiler/%gcc/g++}
  [ "$plus" != "$compiler" ] || plus="$clang++"
  # gcc before 13 knows only the second way to say it, clang only the first.
  trap_option="-fsanitize-trap=alignment"
  [ "$compiler" = "$clang" ] || trap_option="-fsanitize-undefined-trap-on-error"
  for options in "" "-std=c11 $flags -O0" "-std=c11 $flags -O2"; do
    label="$(basename "$compiler") $options"
    for source in CSources/plugins/*.c CSources/plugins/{hostile,loading}/*.c; do
      private=() # one knows the lane from inside
      [ "$(basename "$source")" != attacks_lane.c ] || private=(-ICSources/lanes -ICSources/lanes/include)
      $compiler $options -shared -fPIC -I include "${private[@]}" "$source" \
        -o "$work/$(basename "$source" .c).so"
    done
    for source in CSources/plugins/hostile/*.cpp; do
      $plus ${options/c11/c++17} -shared -fPIC -I include "$source" \
        -o "$work/$(basename "$source" .cpp).so"
    done
    $compiler $options -fsanitize=alignment $trap_option -shared -fPIC -I include \
      CSources/plugins/hostile/memory.c -o "$work/trapping.so"
    [ -n "$options" ] || continue # as users compile: it need only compile
    check_memory
    check_endings
    check_greedy
    check_heap
    check_processes
    check_descriptors
    check_neighbours
    check_loading
  done
done
[ "$failures" -eq 0 ] || { echo "plugins: $failures are not as expected"; exit 1; }
echo "plugins: every misdeed is real"
