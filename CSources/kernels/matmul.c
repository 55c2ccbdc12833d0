/* C = A B for dense matrices, row by row: c[i][j] = sum over k of a[i][k] b[k][j]. */
#include "kernel_host.h"

typedef struct {
    kh_f64_array a, b; /* parameters */
    int64_t rows, inner, columns;
    int64_t row;
    kh_f64_array c; /* result */
} matmul;

/* Checks that an array has rows x columns elements. If not, the error says what it has. */
static int check_size(kh_call *call, const char *name, kh_f64_array array, int64_t rows,
                      int64_t columns) {
    int64_t wanted;
    if (rows < 1 || columns < 1 || __builtin_mul_overflow(rows, columns, &wanted) ||
        wanted > INT64_MAX / 8)
        return kh_fail(call, -EINVAL, "no matrix is %" PRId64 " x %" PRId64, rows, columns);
    if (array.count != (size_t)wanted)
        return kh_fail(call, -EINVAL,
                       "%s has %zu elements, and %" PRId64 " x %" PRId64 " are %" PRId64, name,
                       array.count, rows, columns, wanted);
    return 0;
}

static int matmul_start(kh_call *call, void *state) {
    matmul *self = state;
    int64_t size;
    int error = check_size(call, "a", self->a, self->rows, self->inner);
    if (error == 0) error = check_size(call, "b", self->b, self->inner, self->columns);
    if (error != 0) return error;
    if (__builtin_mul_overflow(self->rows, self->columns, &size) || size > INT64_MAX / 8)
        return kh_fail(call, -EINVAL, "no matrix is %" PRId64 " x %" PRId64, self->rows,
                       self->columns);
    self->c.count = (size_t)size;
    self->c.data = kh_alloc(call, (size_t)size * sizeof(double));
    if (self->c.data == NULL) return kh_fail(call, -ENOMEM, "no memory for the product");
    return KH_MORE;
}

static int matmul_step(kh_call *call, void *state) {
    matmul *self = state;
    if (self->row >= self->rows) return KH_DONE;
    const double *a = self->a.data + self->row * self->inner;
    double *c = self->c.data + self->row * self->columns;
    for (int64_t k = 0; k < self->inner; k++) {
        const double *b = self->b.data + k * self->columns;
        for (int64_t j = 0; j < self->columns; j++) c[j] += a[k] * b[j];
    }
    self->row++;
    kh_progress(call, (double)self->row / (double)self->rows);
    return KH_MORE;
}

KH_KERNEL(matmul,
    .summary = "Multiply two dense matrices, a row of the product a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(matmul, a, "rows x inner numbers, row by row", .required = 1),
        KH_PARAM(matmul, b, "inner x columns numbers, row by row", .required = 1),
        KH_PARAM(matmul, rows, "rows of a", .range = KH_AT_LEAST(1), .required = 1),
        KH_PARAM(matmul, inner, "columns of a, rows of b", .range = KH_AT_LEAST(1), .required = 1),
        KH_PARAM(matmul, columns, "columns of b", .range = KH_AT_LEAST(1), .required = 1)),
    .results = KH_RESULTS(KH_RESULT(matmul, c, "rows x columns numbers, row by row")),
    .start = matmul_start,
    .step = matmul_step);
