#!/usr/bin/env bash
# Names of functions, by both compilers, under ASan and UBSan.
set -euo pipefail
cd "$(dirname "$0")/../.."
clang=${1:-clang}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$(dirname "$clang"):$PATH"
flags="-std=c11 -D_GNU_SOURCE -g -Wall -Wextra -Wpedantic -Werror"

for compiler in gcc "$clang -fuse-ld=lld"; do
  for options in -O0 -O2 "-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined"; do
    $compiler $flags -O1 -shared -fPIC Tests/C/symbols_library.c -o "$work/libsymbols.so"
    $compiler $flags -O1 -s -shared -fPIC Tests/C/symbols_library.c -o "$work/libstripped.so"
    $compiler $flags $options -ICSources/lanes Tests/C/symbols_test.c CSources/lanes/process/symbols.c \
      -o "$work/symbols_test"
    rm -rf "$work/damaged"
    mkdir "$work/damaged"
    "$work/symbols_test" "$work/libsymbols.so" "$work/libstripped.so" "$work/damaged"
  done
done
