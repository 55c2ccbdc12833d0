#!/usr/bin/env bash
# Fuzzes the readers of foreign bytes, guided by the code that inputs reach: so many seconds each.
# An input that ends a reader stands beside its folder; once mended, it belongs in the corpus.
#   bash Tests/Fuzz/run.sh [SECONDS [READER ...]]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
readers=("${@:2}")
[ ${#readers[@]} -gt 0 ] || readers=(manifest lines points records descriptions messages rings)
work=${FUZZ_FOLDER:-.build/fuzz}
mkdir -p "$work"
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
clang="$toolchain/clang"
[ -x "$clang" ] || clang=clang

has() { local reader; for reader in "${readers[@]}"; do [[ " $* " != *" $reader "* ]] || return 0; done; return 1; }

root=$PWD
includes=("-I$root/include" "-I$root/CSources/lanes" "-I$root/CSources/lanes/include")

# The owner's side of a lane and of the fork server, with sanitizers. The fuzzer of rings takes
# the clock's place.
for reader in messages rings; do
  has "$reader" || continue
  excluded=$([ "$reader" = rings ] && echo clock.c || true)
  # shellcheck disable=SC2046
  "$clang" -std=c11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Wpedantic -Werror -fuse-ld=lld \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined "${includes[@]}" \
    "Tests/Fuzz/$reader.c" $(find CSources/lanes -name '*.c' ! -name "$excluded") \
    -ldl -lm -lpthread -o "$work/$reader.program"
done

# In one module, so that the harness sees what the tests see.
if has manifest lines points records descriptions; then
  cat > "$work/module.modulemap" <<MAP
module CKernelHost { header "$root/include/kernel_host.h" export * }
module CKernelHostLanes { umbrella "$root/CSources/lanes/include" export * module * { export * } }
module CKernelHostReport { umbrella "$root/CSources/report/include" export * module * { export * } }
module CKernelHostPython { umbrella "$root/CSources/python/include" export * module * { export * } }
MAP
  # What the harness imports by this name is in the same module.
  touch "$work/KernelBridge.swift"
  swiftc -emit-module -enable-testing -module-name KernelBridge "$work/KernelBridge.swift" \
    -emit-module-path "$work/KernelBridge.swiftmodule"
  rm -rf "$work/objects"
  mkdir "$work/objects"
  for source in CSources/lanes/*/*.c CSources/report/*.c CSources/python/*.c; do
    "$clang" -c -std=c11 -D_GNU_SOURCE -O1 "${includes[@]}" -ICSources/report/page \
      -ICSources/report/include -ICSources/python -ICSources/python/include "$source" -o "$work/objects/$(tr / - <<< "$source").o"
  done
  mapfile -t sources < <(find Sources/TaskModel Sources/KernelBridge -name '*.swift')
  swiftc -swift-version 6 -O -wmo -enforce-exclusivity=checked -sanitize=fuzzer -parse-as-library \
    -module-name KernelHostModel -package-name KernelHost -suppress-warnings \
    -Xcc "-fmodule-map-file=$work/module.modulemap" -Xcc -Iinclude -I "$work" \
    "${sources[@]}" "$work"/objects/*.o -ldl -lm \
    Tests/TaskModelTests/Support/Exercise.swift Tests/TaskModelTests/Support/MessageCheck.swift \
    Tests/TaskModelTests/Support/TestKernels.swift Tests/KernelBridgeTests/DescriptionExercise.swift \
    Tests/Fuzz/Fuzz.swift -o "$work/swift"
fi

export SWIFT_BACKTRACE=enable=no
for reader in "${readers[@]}"; do
  program="$work/swift" options=(-dict=Tests/Fuzz/json.dict)
  case $reader in
    descriptions) options=() ;;
    messages | rings) program="$work/$reader.program" options=() ;;
  esac
  mkdir -p "$work/$reader"
  FUZZ_READER=$reader "$program" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=2048 "${options[@]}" -artifact_prefix="$work/$reader-" \
    -print_final_stats=1 -verbosity=0 "$work/$reader" "Tests/Fuzz/$reader" > "$work/$reader.log" 2>&1 \
    || { tail -n 30 "$work/$reader.log"; exit 1; }
  grep -E "number_of_executed_units|new_units_added" "$work/$reader.log" | sed "s/^/$reader: /"
done
