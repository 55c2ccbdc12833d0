# What steps need. Each function installs what is missing, once; a step calls those it needs.

# Runs a function at most once in this process.
once() {
  local mark="has_$1"
  [ -n "${!mark:-}" ] && return 0
  "$@"
  declare -g "$mark=1"
}

need_c() { once install_c; }
need_clang() { need_c; once find_clang; }
need_libraries() { need_c; once install_libraries; }
need_jsonschema() { need_c; once install_jsonschema; }
need_strace() { once install_strace; }
need_engines() { once install_engines; }
need_debootstrap() { once install_debootstrap; }
need_swift() { need_c; once check_swift; }
need_debug() { need_swift; once build_debug; }
need_release() { need_swift; once build_release; }

install_c() {
  local missing=()
  command -v gcc > /dev/null || missing+=(gcc libc6-dev)
  command -v g++ > /dev/null || missing+=(g++)
  command -v python3 > /dev/null || missing+=(python3)
  if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    apt-get install -y -qq "${missing[@]}"
  fi
}

# Without these, the tests of the sample plugins and of the shells are skipped.
install_libraries() {
  local optional=() tool
  has_header() { echo "#include <$1>" | cc -E -x c - > /dev/null 2>&1; }
  has_header zlib.h || optional+=(zlib1g-dev)
  has_header sqlite3.h || optional+=(libsqlite3-dev)
  has_header fftw3.h || optional+=(libfftw3-dev)
  has_header cblas.h || optional+=(libopenblas-dev)
  has_header gsl/gsl_cblas.h || optional+=(libgsl-dev)
  has_header sodium.h || optional+=(libsodium-dev)
  command -v rustc > /dev/null || optional+=(rustc)
  for tool in zsh fish mandoc; do command -v "$tool" > /dev/null || optional+=("$tool"); done
  command -v groff > /dev/null || optional+=(groff-base)
  if [ ${#optional[@]} -gt 0 ]; then
    { apt-get update -qq && apt-get install -y -qq "${optional[@]}"; } \
      || echo "not available here, so their tests are skipped: ${optional[*]}"
  fi
}

# With pip first: the first python3 on the PATH need not be the system's.
install_jsonschema() {
  has_jsonschema() { python3 -c 'from jsonschema import Draft202012Validator' 2> /dev/null; }
  has_jsonschema || python3 -m pip install -q jsonschema \
    || { apt-get update -qq && apt-get install -y -qq python3-jsonschema; } || true
  has_jsonschema || echo "no Python package jsonschema: the schema's test against it is skipped"
}

install_strace() {
  command -v strace > /dev/null \
    || { apt-get update -qq && apt-get install -y -qq strace; } > /dev/null 2>&1 || true
}

install_debootstrap() {
  command -v debootstrap > /dev/null \
    || { apt-get update -qq && apt-get install -y -qq debootstrap; } > /dev/null 2>&1 || true
}

# What cannot be had is skipped, and the step says so.
install_engines() {
  local missing=() package
  for package in slurm-wlm munge openmpi-bin mpich parallel openssh-server; do
    dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    { apt-get update -qq \
      && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    } > /dev/null 2>&1 || echo "not available here: ${missing[*]}"
  fi
  python3 -c 'import hyperqueue' 2> /dev/null \
    || python3 -m pip install -q hyperqueue > /dev/null 2>&1 || true
}

check_swift() {
  command -v swift > /dev/null || { echo "swift 6.2 or newer is needed"; exit 1; }
}

# Sets `clang`: the toolchain's, which stands beside its swift and has the sanitizers.
find_clang() {
  check_swift
  clang="$(dirname "$(readlink -f "$(command -v swift)")")/clang"
  [ -x "$clang" ] || clang=clang
}

build_debug() { quietly swift build; }
build_release() { quietly swift build -c release; }

# Runs a command; prints the end of its output, or, when it fails, its failures first.
quietly() {
  local log; log=$(mktemp)
  if "$@" > "$log" 2>&1; then
    grep -E '^(soak,|[0-9]+ mixes)' "$log" || true
    tail -n 3 "$log"; rm -f "$log"; return 0
  fi
  grep -E "✘|error:|recorded an issue|WARNING: ThreadSanitizer|ERROR: AddressSanitizer" "$log" \
    | head -n 60 || true
  tail -n 40 "$log"; return 1
}
