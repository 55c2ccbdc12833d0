/* Well-behaved kernels with every type of parameter, with and without ranges and choices. One
 * name needs escapes. One kernel has no parameters. */
#include "kernel_host.h"

#include <math.h>

typedef struct {
    int8_t small;
    uint16_t wide;
    uint64_t natural;
    int64_t limited;
    float single;
    double between, upward, endless, exact;
    bool flag;
    kh_text way, text;
    kh_bytes data;
    kh_i64_array whole;
    kh_f64_array real, parts;
    kh_i32_array narrow;
    kh_f32_array floats;
    double fixed[3];
    uint8_t key[4];
    int number;
    kh_text file;
} every_type;

static int at_once(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE;
}

KH_KERNEL(every_type,
    .summary = "Take a value of every type.",
    .flags = KH_PURE,
    .params = KH_PARAMS(
        KH_PARAM(every_type, small, "a signed byte"),
        KH_PARAM(every_type, wide, "16 bits without a sign", .unit = "m"),
        KH_PARAM(every_type, natural, "64 bits without a sign"),
        KH_PARAM(every_type, limited, "from 0 to 10", .range = KH_RANGE(-0.5, 10.5)),
        KH_PARAM(every_type, single, "a float", .required = 1),
        KH_PARAM(every_type, between, "a double", .range = KH_RANGE(-1, 0.5)),
        KH_PARAM(every_type, upward, "a finite one", .range = KH_AT_LEAST(0)),
        KH_PARAM(every_type, endless, "not a finite one alone", .range = KH_RANGE(0, INFINITY)),
        KH_PARAM(every_type, exact, "as far as integers are exact",
                 .range = KH_RANGE(0, 9007199254740992.0)),
        KH_PARAM(every_type, flag, "a bool"),
        KH_PARAM(every_type, way, "a word", .choices = KH_CHOICES("forward", "\"back\"\n")),
        KH_PARAM(every_type, text, "any text"),
        KH_PARAM(every_type, data, "any bytes"),
        KH_PARAM(every_type, whole, "integers", .range = KH_RANGE(0, 10)),
        KH_PARAM(every_type, real, "numbers"),
        KH_PARAM(every_type, parts, "numbers", .range = KH_RANGE(0, 1)),
        KH_PARAM(every_type, narrow, "integers of 32 bits"),
        KH_PARAM(every_type, floats, "numbers of 32 bits"),
        KH_PARAM(every_type, fixed, "three numbers", .range = KH_RANGE(-1, 10)),
        KH_PARAM(every_type, key, "four bytes"),
        KH_PARAM(every_type, number, "a word", .choices = KH_CHOICES("euler", "rk4")),
        KH_PARAM(every_type, file, "a path", .flags = KH_PATH)),
    .defaults = KH_DEFAULTS(every_type, .between = 0.1, .way = {"forward", 7}),
    .step = at_once);

typedef struct {
    int64_t n;
} odd_names;

KH_KERNEL_AS("odd/~1 %41 \"é\"", odd_names,
    .summary = "Have names that a reference must escape.",
    .params = KH_PARAMS({.name = "~0/# %", .type = KH_I64,
                         .offset = (uint32_t)offsetof(odd_names, n), .doc = "any"}),
    .step = at_once);

typedef struct {
    int64_t n;
} takes_nothing;

KH_KERNEL(takes_nothing, .summary = "Take nothing.", .step = at_once);
