#!/usr/bin/env bash
# Fuzzes the readers of foreign bytes, guided by the code that texts reach: so many seconds each.
# What ends one stands in the folder that is named, and belongs into the corpus when it is mended.
#   bash Tests/Fuzz/run.sh [SECONDS [READER ...]]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
readers=("${@:2}")
[ ${#readers[@]} -gt 0 ] || readers=(manifest lines points records)
work=${FUZZ_FOLDER:-.build/fuzz}
mkdir -p "$work"
# In one module, so that the harness sees what the tests see.
swiftc -swift-version 6 -O -enforce-exclusivity=checked -sanitize=fuzzer -parse-as-library \
  -module-name TaskModel -suppress-warnings Sources/TaskModel/*/*.swift \
  Tests/TaskModelTests/Support/Exercise.swift Tests/TaskModelTests/Support/MessageCheck.swift \
  Tests/TaskModelTests/Support/Catalogue.swift Tests/Fuzz/Fuzz.swift \
  -o "$work/fuzz"
export SWIFT_BACKTRACE=enable=no
for reader in "${readers[@]}"; do
  mkdir -p "$work/$reader"
  FUZZ_READER=$reader "$work/fuzz" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=2048 -dict=Tests/Fuzz/json.dict -artifact_prefix="$work/$reader-" \
    -print_final_stats=1 -verbosity=0 "$work/$reader" "Tests/Fuzz/$reader" > "$work/$reader.log" 2>&1 \
    || { tail -n 30 "$work/$reader.log"; exit 1; }
  grep -E "number_of_executed_units|new_units_added" "$work/$reader.log" | sed "s/^/$reader: /"
done
