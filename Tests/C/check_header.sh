#!/usr/bin/env bash
# The public header, used by a kernel file, under every compiler and language it
# promises: compiles clean, links under every linker that is here, drops no kernel.
set -euo pipefail
cd "$(dirname "$0")/../.."
clang=${1:-clang}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$(dirname "$clang"):$PATH"
# C spells a macro out where C++ has a keyword.
found() { "$work/program" | sed s/_Bool/bool/ | diff Tests/C/header_expected.txt -; }
flags="-Wall -Wextra -Wpedantic -Werror -Iinclude"

for compiler in "gcc -std=c11" "$clang -std=c11 -fuse-ld=lld"; do
  for optimise in -O0 -O2 "-O2 -flto"; do
    ${compiler% -fuse-ld=lld} $flags $optimise -c Tests/C/header_kernels.c -o "$work/kernels.o"
    $compiler $flags $optimise -ffunction-sections -fdata-sections -Wl,--gc-sections \
      Tests/C/header_kernels.c Tests/C/header_main.c -lm -o "$work/program"
    found
  done
done
for linker in bfd gold lld; do
  command -v "ld.$linker" > /dev/null || continue
  "$clang" -std=c11 $flags -fuse-ld=$linker -Wl,--gc-sections \
    Tests/C/header_kernels.c Tests/C/header_main.c -lm -o "$work/program"
  found
  echo "linker $linker: no kernel dropped"
done
for compiler in "g++ -std=c++17" "$clang++ -std=c++17" "g++ -std=c++20" "$clang++ -std=c++20"; do
  $compiler $flags -x c++ -c Tests/C/header_kernels.c -o "$work/kernels.o"
  $compiler $flags -x c++ -c Tests/C/header_main.c -o "$work/main.o"
  $compiler "$work/kernels.o" "$work/main.o" -lm -o "$work/program"
  found
done
# Every built-in kernel also as a shared library, and by both compilers.
for source in CSources/kernels/*.c; do
  gcc -std=c11 $flags -O2 -shared -fPIC "$source" -lm -o "$work/kernel.so"
  "$clang" -std=c11 $flags -O2 -shared -fPIC "$source" -lm -o "$work/kernel.so"
done
echo "header: clean"
