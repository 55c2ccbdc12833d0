#!/usr/bin/env bash
# Fields of types that a kernel cannot have: each compiler says what to write instead. And kernels
# in a C test without the host, under the sanitizers.
set -euo pipefail
cd "$(dirname "$0")/../.."
clang=${1:-clang}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-Wall -Wextra -Wpedantic -Werror -Iinclude"
text="is a kh_text, not a char \* or a char\[\]"
type="cannot have a parameter or a result of this type; what it can have: bool"
bool="KH_GIVEN names is a bool"

# says SENTENCE FIELD [OPTIONS]: the declaration of a field `x`, and what stands behind its doc.
says() {
  printf '#include "kernel_host.h"\n%s\n' "typedef struct thing { $2; bool flag; int64_t n; } thing;
static int step(kh_call *call, void *state) { (void)call; (void)state; return KH_DONE; }
KH_KERNEL(thing, .params = KH_PARAMS(KH_PARAM(thing, x, \"\"${3:-})), .step = step);" > "$work/a.c"
  for compiler in gcc "$clang" "g++ -x c++ -std=c++17" "$clang++ -x c++ -std=c++17"; do
    if $compiler $flags -c "$work/a.c" -o "$work/a.o" 2> "$work/said"; then
      [ -z "$1" ] || { echo "$compiler takes: $2"; exit 1; }
    else
      [ -n "$1" ] && grep -q "$1" "$work/said" || { echo "$compiler of: $2"; cat "$work/said"; exit 1; }
    fi
  done
}
says "$text" "const char *x"
says "$text" "char *x"
says "$text" "char x[16]"
says "$type" "double *x"
says "$type" "const double *x"
says "$type" "int32_t *x"
says "$type" "void *x"
says "$type" "char x"
says "$type" "long double x"
says "$type" "uint64_t x[4]"
says "$type" "bool x[4]"
says "$type" "double x[2][2]"
says "$type" "struct { int a; } x"
says "$type" "char **x"
says "$bool" "double x" ", .given = KH_GIVEN(thing, n)"
says "" "double x" ", .given = KH_GIVEN(thing, flag)"
says "" "double x[3]"
echo "types: each wrong one has its sentence"

for compiler in "gcc -std=c11" "$clang -std=c11" "g++ -std=c++17 -x c++" "$clang++ -std=c++17 -x c++"; do
  $compiler $flags -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    Tests/C/kernel_test.c -o "$work/test" 2> "$work/said" || { cat "$work/said"; exit 1; }
  "$work/test" > /dev/null
done
# What a kernel writes beyond its state is found.
cat > "$work/beyond.c" <<'END'
#include "kh_test.h"
typedef struct beyond { int64_t n; double y[3]; } beyond;
static int step(kh_call *call, void *state) {
    volatile double *y = ((beyond *)state)->y;
    (void)call;
    y[((beyond *)state)->n] = 1;
    return KH_DONE;
}
KH_KERNEL(beyond, .step = step, .params = KH_PARAMS(KH_PARAM(beyond, n, "")));
int main(void) {
    kh_test test;
    ((beyond *)kh_test_new(&test, "beyond"))->n = 3;
    kh_test_run(&test);
    kh_test_free(&test);
    return 0;
}
END
gcc -std=c11 $flags -g -fsanitize=address "$work/beyond.c" -o "$work/test"
if "$work/test" 2> "$work/said"; then echo "no overrun was found"; exit 1; fi
grep -q "heap-buffer-overflow" "$work/said"
echo "kh_test.h: kernels run without the host"
