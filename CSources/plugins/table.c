/* Well-behaved kernels whose results make columns of every type. The values are difficult for
 * readers of tables: NaN, infinities, integers beyond 2^53, texts with quotes and line feeds,
 * and names that a table already has. */
#include "kernel_host.h"

#include <math.h>

typedef struct {
    double x;             /* parameters */
    int64_t n;
    uint64_t natural;
    bool flag;
    kh_text way;
    kh_bytes data;
    kh_f64_array weights;
    int64_t steps;
    double y, endless;    /* results */
    int64_t whole;
    uint64_t large;
    bool even;
    kh_text label;
    kh_bytes raw;
    kh_f64_array series;
    kh_i64_array counts;
} table_row;

static int table_row_step(kh_call *call, void *state) {
    static const char text[] = "a,\"b\"\nc";
    static const uint8_t bytes[] = {0, 1, 255};
    table_row *self = state;
    if (self->n < 0) return kh_fail(call, -EINVAL, "n is %d, \"below\" 0", -1);
    size_t count = (size_t)self->n;
    double *series = kh_alloc(call, (count + 1) * sizeof *series);
    int64_t *counts = kh_alloc(call, (count + 1) * sizeof *counts);
    if (!series || !counts) return kh_fail(call, -ENOMEM, "no memory");
    for (size_t i = 0; i < count; i++) {
        series[i] = i == 1 ? NAN : i == 2 ? -INFINITY : 0.5 * (double)i;
        counts[i] = INT64_MAX - (int64_t)i;
    }
    self->y = self->n == 1 ? NAN : self->n == 2 ? -INFINITY : self->x * 2;
    self->endless = INFINITY;
    self->whole = INT64_MAX - self->n;
    self->large = UINT64_MAX - (uint64_t)self->n;
    self->even = self->n % 2 == 0;
    self->label = (kh_text){text, self->n == 0 ? 0 : sizeof text - 1};
    self->raw = (kh_bytes){bytes, sizeof bytes};
    self->series = (kh_f64_array){series, count};
    self->counts = (kh_i64_array){counts, count};
    return KH_DONE;
}

KH_KERNEL(table_row,
    .summary = "Give a result of every type.",
    .flags = KH_PURE,
    .params = KH_PARAMS(
        KH_PARAM(table_row, x, "half of y", .unit = "m/s"),
        KH_PARAM(table_row, n, "elements of the arrays"),
        KH_PARAM(table_row, natural, "64 bits without a sign"),
        KH_PARAM(table_row, flag, "a bool"),
        KH_PARAM(table_row, way, "any text"),
        KH_PARAM(table_row, data, "any bytes"),
        KH_PARAM(table_row, weights, "any numbers", .unit = "kg"),
        KH_PARAM(table_row, steps, "called like a column of each table")),
    .results = KH_RESULTS(
        KH_RESULT(table_row, y, "NaN for n = 1, -infinity for n = 2", .unit = "m/s"),
        KH_RESULT(table_row, endless, "infinity"),
        KH_RESULT(table_row, whole, "beyond 2^53"),
        KH_RESULT(table_row, large, "beyond 2^63"),
        KH_RESULT(table_row, even, "whether n is even"),
        KH_RESULT(table_row, label, "a text that needs quotes"),
        KH_RESULT(table_row, raw, "three bytes"),
        KH_RESULT(table_row, series, "n numbers", .unit = "m"),
        KH_RESULT(table_row, counts, "n integers"),
        {.name = "lane", .type = KH_BOOL, .offset = (uint32_t)offsetof(table_row, even),
         .doc = "called like a column of each table"}),
    .defaults = KH_DEFAULTS(table_row, .x = 0.1, .n = 3, .way = {"default", 7}),
    .step = table_row_step);

typedef struct {
    int64_t x;
    double y, way;
} table_other;

static int table_other_step(kh_call *call, void *state) {
    table_other *self = state;
    (void)call;
    self->y = (double)self->x;
    self->way = -0.0;
    return KH_DONE;
}

KH_KERNEL(table_other,
    .summary = "Share names with table_row: y alike, x of another type, way on the other side.",
    .flags = KH_PURE,
    .params = KH_PARAMS(KH_PARAM(table_other, x, "y as a whole number")),
    .results = KH_RESULTS(KH_RESULT(table_other, y, "x", .unit = "m/s"),
                          KH_RESULT(table_other, way, "-0")),
    .step = table_other_step);

typedef struct {
    double x, same;
} table_single;

static int table_single_step(kh_call *call, void *state) {
    table_single *self = state;
    (void)call;
    self->same = self->x;
    return KH_DONE;
}

KH_KERNEL(table_single,
    .summary = "Give back a number.",
    .flags = KH_PURE,
    .params = KH_PARAMS(KH_PARAM(table_single, x, "any number")),
    .results = KH_RESULTS(KH_RESULT(table_single, same, "x")),
    .step = table_single_step);
