# Steps that build the package or run its test bundles.

step_format() {
  need_swift
  swift format lint --strict --recursive --configuration .swift-format Sources Tests Package.swift
}

step_build() { need_debug; need_release; }

step_test() {
  need_libraries; need_jsonschema; need_swift
  quietly swift test
}

step_package() {
  need_c; need_swift
  local configurations=(debug)
  [ "$times" = 1 ] || configurations+=(release)
  bash Tests/Package/run.sh "${configurations[@]}"
}

step_simulation() {
  need_swift
  KERNELHOST_SEEDS=$((100000 * times)) KERNELHOST_TEST_RELEASE=1 KERNELHOST_ONLY=EngineTests \
    quietly swift test -c release -Xswiftc -enable-testing --scratch-path .build/simulation \
    --filter EngineTests
}

step_mixes() {
  need_swift
  KERNELHOST_MIX=20000 KERNELHOST_KILLS=200 KERNELHOST_CALLS=400000 quietly swift test \
    --filter 'MixTests|killedAtAnyMoment|crashesTakeNoMemory'
}

step_fuzz() {
  need_clang; need_swift
  bash Tests/Fuzz/run.sh $((10 * times))
}

step_models() {
  need_swift
  KERNELHOST_MODELS=$((5000 * times)) KERNELHOST_RANGES=500000 KERNELHOST_FUZZ=10 quietly \
    swift test --filter 'ModelTests|FuzzTests|randomRanges'
}

# What lives as long as its process is no leak here: the kernels, and XCTest's own.
step_asan() {
  need_swift
  ASAN_OPTIONS=detect_leaks=0 KERNELHOST_RANGES=10000 quietly swift test --sanitize=address --scratch-path .build/asan \
    --filter 'TaskModelTests|KernelBridgeTests|ReportFuzzTests'
}

step_tsan() {
  need_swift
  quietly swift test --sanitize=thread --scratch-path .build/tsan \
    --filter 'KernelBridgeTests|KernelHostTests'
}

step_soak() {
  [ "$times" -gt 1 ] || { echo "with --long only"; return; }
  need_swift
  local release=(env KERNELHOST_TEST_RELEASE=1 swift test -c release -Xswiftc -enable-testing
    --scratch-path .build/soak)
  echo "$soak batches of one call; mixes of hostile and good calls for $mix_seconds s"
  KERNELHOST_SOAK=$soak quietly "${release[@]}" --filter SoakTests
  KERNELHOST_MIX_SECONDS=$mix_seconds quietly "${release[@]}" --skip-build --filter mixesForLong
}
