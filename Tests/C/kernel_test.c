/* kh_test.h, held against kernels of all kinds: as their authors would test them. Valid C11 and
 * C++17. Ends with 0 if all is as it should be. */
#include "kh_test.h"

#include <assert.h>
#undef NDEBUG

#ifdef __cplusplus
#define OR(value) = value
#else
#define OR(value)
#endif

typedef struct harmonic {
    int64_t n OR(0), i OR(0);
    double sum OR(0);
    kh_text name OR({});
} harmonic;

static int harmonic_step(kh_call *call, void *state) {
    harmonic *self = (harmonic *)state;
    if (self->n < 0) return kh_fail(call, -EINVAL, "n is %d for %s", (int)self->n, self->name.data);
    if (self->i >= self->n) return KH_DONE;
    self->sum += 1.0 / (double)++self->i;
    kh_progress(call, (double)self->i / (double)self->n);
    return KH_MORE;
}

KH_KERNEL(harmonic, .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(harmonic, n, "terms"), KH_PARAM(harmonic, name, "whose")),
    .results = KH_RESULTS(KH_RESULT(harmonic, sum, "")), .defaults = KH_DEFAULTS(harmonic, .n = 3),
    .step = harmonic_step);

/* All services; its table counts what is made and freed. */
typedef struct uses {
    int64_t mode OR(0), i OR(0), finished OR(0);
    kh_f64_array made OR({});
} uses;

static int tables;

static int uses_setup(kh_call *call, void **shared) {
    if (kh_call_number(call) == 13) return kh_fail(call, -ENOENT, "no table");
    *shared = malloc(16);
    tables++;
    return *shared == NULL ? -ENOMEM : 0;
}

static void uses_teardown(void *shared) {
    free(shared);
    tables--;
}

static int uses_start(kh_call *call, void *state) {
    uses *self = (uses *)state;
    if (kh_shared(call) == NULL) return -EFAULT;
    self->made.count = 4;
    self->made.data = (double *)kh_alloc(call, 4 * sizeof(double));
    if (self->made.data == NULL) return kh_fail(call, -ENOMEM, "no memory");
    return kh_sleep(call, 2);
}

static int uses_step(kh_call *call, void *state) {
    uses *self = (uses *)state;
    self->made.data[self->i % 4] += 1;
    if (self->mode == 1) return 17;
    if (self->mode == 2) return KH_PARKED;
    if (self->mode == 3) return kh_should_stop(call) ? KH_DONE : KH_MORE;
    kh_print(call, "attempt %u, %.0f s left\n", kh_attempt(call), kh_time_left(call));
    return ++self->i < 4 ? kh_sleep(call, 0.5) : KH_DONE;
}

static int uses_finish(kh_call *call, void *state) {
    (void)call;
    ((uses *)state)->finished++;
    return ((uses *)state)->mode == 4 ? -EIO : 0;
}

KH_KERNEL(uses, .start = uses_start, .step = uses_step, .finish = uses_finish,
    .setup = uses_setup, .teardown = uses_teardown);

static void a_kernel_runs(void) {
    kh_test test;
    harmonic *self = (harmonic *)kh_test_new(&test, "harmonic");
    assert(self->n == 3 && self->name.data != NULL && self->name.data[0] == 0);
    self->n = 4;
    assert(kh_test_run(&test) == 0 && test.steps == 5 && test.progress == 1);
    assert(self->sum > 2.08 && self->sum < 2.09);
    kh_test_free(&test);
    assert(kh_test_kernel("none") == NULL);
}

static void an_error_has_its_message(void) {
    kh_test test;
    harmonic *self = (harmonic *)kh_test_new(&test, "harmonic");
    self->n = -1;
    self->name = kh_test_text("Ann");
    assert(kh_test_run(&test) == -EINVAL && strcmp(test.message, "n is -1 for Ann") == 0);
    kh_test_free(&test);
}

static uses *new_uses(kh_test *test, int64_t mode) {
    uses *self = (uses *)kh_test_new(test, "uses");
    self->mode = mode;
    test->is_quiet = true;
    return self;
}

static void all_services(void) {
    kh_test test;
    uses *self = new_uses(&test, 0);
    test.attempt = 3;
    test.seconds = 7;
    test.is_quiet = false;
    assert(kh_test_run(&test) == 0 && test.steps == 4 && test.slept == 3.5 && test.memory == 32);
    assert(self->finished == 1 && self->made.data[3] == 1 && tables == 1);
    kh_test_free(&test);
    assert(tables == 0);
}

static void what_ends_a_call(void) {
    const struct {
        int64_t mode;
        uint64_t most, cancel, number;
        size_t memory;
        int code;
    } ends[] = {{1, 0, 0, 0, 0, -EPROTO},   {2, 0, 0, 0, 0, -EPROTO},  {3, 9, 0, 0, 0, -ETIMEDOUT},
                {3, 0, 5, 0, 0, 0},         {0, 0, 2, 0, 0, -ECANCELED}, {4, 0, 0, 0, 0, -EIO},
                {0, 0, 0, 13, 0, -ENOENT},  {0, 0, 0, 0, 31, -ENOMEM}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        kh_test test;
        uses *self = new_uses(&test, ends[i].mode);
        test.most_steps = ends[i].most;
        test.cancel_after = ends[i].cancel;
        test.number = ends[i].number;
        test.most_memory = ends[i].memory;
        assert(kh_test_run(&test) == ends[i].code);
        assert(self->finished == (ends[i].number != 13)); /* no finish without a start */
        kh_test_free(&test);
        assert(tables == 0);
    }
}

int main(void) {
    a_kernel_runs();
    an_error_has_its_message();
    all_services();
    what_ends_a_call();
    return 0;
}
