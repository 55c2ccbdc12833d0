#!/usr/bin/env bash
# The sandbox of workers, by both compilers, and once under UBSan.
set -euo pipefail
cd "$(dirname "$0")/../../.."
clang=${1:-clang}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$(dirname "$clang"):$PATH"
flags="-std=c11 -D_GNU_SOURCE -g -Wall -Wextra -Wpedantic -Werror"
sources="-Iinclude -ICSources/lanes -ICSources/lanes/include Tests/C/Sandbox/sandbox_*test.c CSources/lanes/sandbox/*.c -lpthread"

gcc $flags -O2 $sources -o "$work/gcc"
"$work/gcc"
"$clang" $flags -O1 -fuse-ld=lld -fsanitize=undefined -fno-sanitize-recover=undefined \
  $sources -o "$work/clang"
"$work/clang" > "$work/log" || { cat "$work/log"; exit 1; }
grep -E '^[0-9]+ passed|^as started|^entering' "$work/log"
echo "sandbox: clean"
