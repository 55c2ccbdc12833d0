#!/usr/bin/env bash
# The C part under ASan + UBSan and under TSan, with the toolchain's clang.
set -euo pipefail
cd "$(dirname "$0")/../.."
clang=${1:-clang}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$(dirname "$clang"):$PATH"
runtime=$(dirname "$(dirname "$(readlink -f "$(command -v "$clang")")")")/lib/swift/linux
common="-std=c11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Wpedantic -Werror -fuse-ld=lld"
sources="-Iinclude -ICSources/lanes -ICSources/lanes/include CSources/lanes/*/*.c -ldl"

for test in lanes_test snapshot_test activity_test; do
  "$clang" $common -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    "Tests/C/$test.c" $sources CSources/kernels/*.c -lm -lpthread -o "$work/asan"
  "$work/asan"
  # The toolchain's TSan runtime wants its libdispatch.
  "$clang" $common -fsanitize=thread "Tests/C/$test.c" $sources -lm -lpthread \
    -L"$runtime" -ldispatch -lBlocksRuntime -Wl,-rpath,"$runtime" -o "$work/tsan"
  "$work/tsan"
done
