/* Kernels that use everything of the header; valid C11 and C++17. */
#include "kernel_host.h"

#include <math.h>

#ifdef __cplusplus
#define OR(value) = value
#else
#define OR(value)
#endif

typedef struct every {
    bool flag OR(false);
    signed char i8 OR(0);
    short i16 OR(0);
    int i32 OR(0);
    int64_t i64 OR(0);
    uint8_t u8 OR(0);
    uint16_t u16 OR(0);
    uint32_t u32 OR(0);
    uint64_t u64 OR(0);
    float f32 OR(0);
    double f64 OR(0);
    kh_text text OR({});
    kh_bytes bytes OR({});
    kh_i64_array integers OR({});
    kh_f64_array numbers OR({});
    long long_one OR(0);
    unsigned long long long_two OR(0);
} every;

enum { EVERY_WRONG = KH_CODE(1), EVERY_WORSE = KH_CODE(2) };

static int every_start(kh_call *call, void *state) {
    every *self = (every *)state;
    if (self->i32 < 0) return kh_fail(call, EVERY_WRONG, "i32 is %d", self->i32);
    kh_print(call, "%s", "text");
    kh_progress(call, 0.5);
    if (kh_alloc(call, 16) == NULL || kh_should_stop(call)) return EVERY_WORSE;
    return kh_sleep(call, 0.001);
}

static int every_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE;
}

static int every_finish(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return 0;
}

KH_KERNEL(every,
    .summary = "Every type.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(every, flag, "f"), KH_PARAM(every, i8, "i"), KH_PARAM(every, i16, "i"),
        KH_PARAM(every, i32, "i", .unit = "s", .range = KH_RANGE(-1, 5)),
        KH_PARAM(every, i64, "i", .required = 1), KH_PARAM(every, u8, "u"),
        KH_PARAM(every, u16, "u"), KH_PARAM(every, u32, "u"), KH_PARAM(every, u64, "u"),
        KH_PARAM(every, f32, "f"), KH_PARAM(every, f64, "f", .range = KH_BETWEEN(-1, 1)),
        KH_PARAM(every, text, "t", .choices = KH_CHOICES("a", "b")), KH_PARAM(every, bytes, "b"),
        KH_PARAM(every, integers, "a"), KH_PARAM(every, numbers, "a"),
        KH_PARAM(every, long_one, "l"), KH_PARAM(every, long_two, "l")),
    .results = KH_RESULTS(KH_RESULT(every, f64, "r", .unit = "m"), KH_RESULT(every, text, "r")),
    .errors = KH_ERRORS(KH_ERROR(EVERY_WRONG, "wrong"), KH_ERROR(EVERY_WORSE, "worse")),
    .defaults = KH_DEFAULTS(every, .i32 = 3),
    .start = every_start,
    .step = every_step,
    .finish = every_finish);

/* The least that a kernel needs, under a name that C has taken. */
typedef struct {
    int64_t unused;
} least_state;
KH_KERNEL_AS("printf", least_state, .step = every_step);

static int answer(void) {
    return 42;
}
static float many(int a, unsigned b, float c, bool d, long e, short f, uint8_t g, int64_t h) {
    return (float)a + (float)b + c + (float)d + (float)e + (float)f + (float)g + (float)h;
}
KH_FUNCTION(hypot, double, (double, x), (double, y));
KH_FUNCTION(answer, int);
KH_FUNCTION_AS("sum8", many, float, (int, a), (unsigned, b), (float, c), (bool, d), (long, e),
               (short, f), (uint8_t, g), (int64_t, h));
