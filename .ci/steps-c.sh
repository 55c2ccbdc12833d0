# Steps over the tree and the C sources: no Swift is built here.

step_tools() {
  need_clang
  need_libraries
  need_jsonschema
}

step_layout() {
  local extra
  extra=$(git ls-files | cut -d/ -f1 | sort -u \
    | grep -vE '^\.|^(Package\.swift|README\.md|Sources|CSources|Tests|include)$' || true)
  [ -z "$extra" ] || { echo "not on the top level's list: $extra"; exit 1; }
  if git grep -lE 'Unsafe(Mutable)?(Raw)?(Buffer)?Pointer|unsafeBitCast' -- 'Sources/*.swift' \
    | grep -v '^Sources/KernelBridge/'; then
    echo "raw pointers belong in Sources/KernelBridge"; exit 1
  fi
}

step_folders() { need_c; python3 Tests/C/check_folders.py cc; }
step_header() { need_clang; bash Tests/C/check_header.sh "$clang"; }
step_types() { need_clang; bash Tests/C/check_types.sh "$clang"; }
step_lanes() { need_clang; bash Tests/C/run_sanitized.sh "$clang"; }
step_sandbox() { need_clang; bash Tests/C/Sandbox/run_sandbox.sh "$clang"; }
step_symbols() { need_clang; bash Tests/C/check_symbols.sh "$clang"; }
step_plugins() { need_clang; need_libraries; bash Tests/C/check_plugins.sh "$clang"; }
