#!/usr/bin/env bash
# Builds a package of somebody else that depends on this one, and runs it: the program of the article,
# with plugins in workers and kernels of its own, in debug and release, with the upcoming feature
# MemberImportVisibility and without. The builds share a folder. Operands: the configurations.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
client=$(mktemp -d)
trap 'rm -rf "$client"' EXIT
catalogue=$root/Sources/KernelHost/KernelHost.docc
# block FILE LANGUAGE START: the first block of a page in this language that begins so.
block() {
  awk -v fence='```'"$2" -v start="$3" '
    is_open && $0 == "```" { if (found) exit; is_open = 0 }
    is_open && (found || (is_first && index($0, start) == 1)) { found = 1; print }
    is_open { is_first = 0 }
    $0 == fence { is_open = is_first = 1 }' "$catalogue/$1.md"
}
cd "$client"
mkdir -p Sources/{client,OwnKernels/include,Support} work
sed "s|@ROOT@|$root|" "$root/Tests/Package/Package.swift.in" > Package.swift
cp "$root/Tests/Package/own.c" Sources/OwnKernels/
cp "$root/Tests/Package/own.h" Sources/OwnKernels/include/
echo 'public enum Support { public static let word = "support" }' > Sources/Support/Support.swift
{
  printf 'import Foundation\nimport OwnKernels\nimport Support\n'
  block FromSwift swift 'import KernelHost'
  echo
  cat "$root/Tests/Package/checks.swift"
} > Sources/client/main.swift
block Kernels c '#include "kernel_host.h"' > work/harmonic.c
echo '{"plugins": ["harmonic.c"], "tasks": [{"kernel": "harmonic", "args": {"n": 4}}]}' \
  > work/study.json
for configuration in "${@:-debug}"; do
  for visibility in on off; do
    echo "$configuration, MemberImportVisibility $visibility"
    if [ "$visibility" = on ]; then
      export MEMBER_IMPORT_VISIBILITY=1
    else
      unset MEMBER_IMPORT_VISIBILITY
    fi
    swift build -c "$configuration" > build.log 2>&1 \
      || { grep -E "error|warning" build.log | head -n 40; tail -n 20 build.log; exit 1; }
    (cd work && "$client/.build/$configuration/client") > run.log 2>&1 || { cat run.log; exit 1; }
    grep -q '^\[2.083333333333333[0-9]*, true, ""\]$' run.log || { cat run.log; exit 1; }
    tail -n 1 run.log
  done
done
