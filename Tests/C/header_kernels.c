/* Kernels that use everything of the header; valid C11 and C++17. */
#include "kernel_host.h"

#include <math.h>

#ifdef __cplusplus
#define OR(value) = value
#else
#define OR(value)
#endif

enum method { EULER, HEUN };

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
    kh_i32_array narrow OR({});
    kh_f32_array floats OR({});
    double fixed[3] OR({});
    float fixed_floats[2] OR({});
    int64_t fixed_long[1] OR({});
    int8_t fixed_small[5] OR({});
    uint32_t fixed_wide[2] OR({});
    uint8_t key[32] OR({});
    enum method method OR(EULER);
    bool has_text OR(false);
    kh_text file OR({});
} every;

enum { EVERY_WRONG = KH_CODE(1), EVERY_WORSE = KH_CODE(2) };

static int every_setup(kh_call *call, void **shared) {
    *shared = kh_alloc(call, 1);
    return *shared == NULL ? -ENOMEM : 0;
}

static void every_teardown(void *shared) {
    (void)shared;
}

static int every_start(kh_call *call, void *state) {
    every *self = (every *)state;
    if (self->i32 < 0) return kh_fail(call, EVERY_WRONG, "i32 is %d", self->i32);
    kh_print(call, "%s", "text");
    kh_progress(call, 0.5);
    if (kh_alloc(call, 16) == NULL || kh_should_stop(call)) return EVERY_WORSE;
    if (kh_shared(call) == NULL || kh_attempt(call) > 1 || kh_call_number(call) > 5 ||
        kh_time_left(call) < 1)
        return EVERY_WORSE;
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
        KH_PARAM(every, long_one, "l"), KH_PARAM(every, long_two, "l"),
        KH_PARAM(every, narrow, "a"), KH_PARAM(every, floats, "a"), KH_PARAM(every, fixed, "a"),
        KH_PARAM(every, fixed_floats, "a"), KH_PARAM(every, fixed_long, "a"),
        KH_PARAM(every, fixed_small, "a"), KH_PARAM(every, fixed_wide, "a"),
        KH_PARAM(every, key, "a"), KH_PARAM(every, method, "e", .choices = KH_CHOICES("a", "b")),
        KH_PARAM(every, file, "f", .given = KH_GIVEN(every, has_text), .flags = KH_PATH)),
    .results = KH_RESULTS(KH_RESULT(every, f64, "r", .unit = "m"), KH_RESULT(every, text, "r")),
    .errors = KH_ERRORS(KH_ERROR(EVERY_WRONG, "wrong"), KH_ERROR(EVERY_WORSE, "worse")),
    .defaults = KH_DEFAULTS(every, .i32 = 3),
    .start = every_start,
    .step = every_step,
    .finish = every_finish,
    .setup = every_setup,
    .teardown = every_teardown,
    .needs_minor = 1);

/* Two kernels over one struct. */
KH_KERNEL_AS("every_too", every, .step = every_step);

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
