/* OpenBLAS: C = A B like the built-in `matmul`, a block of rows a step. The
 * library is told to start no threads. Threads do not survive in a forked worker, so each worker
 * would start its own, and they would compete for the processors. The last bits of a result would
 * also depend on the number of processors. By hand, in the repository's root:
 *   cc -shared -fPIC -Iinclude CSources/plugins/samples/openblas_dgemm.c -lopenblas -o dgemm.so */
#include "kernel_host.h"

#include <cblas.h>

/* enough for the library to be fast, few enough for a call to end soon */
enum { ROWS_A_STEP = 64 };

typedef struct {
    kh_f64_array a, b; /* parameters */
    int32_t rows, inner, columns;
    int32_t row;
    kh_f64_array c; /* result */
} openblas_dgemm;

/* At load, before a worker is forked: later the library would start its threads first. */
__attribute__((constructor)) static void use_one_thread(void) {
    openblas_set_num_threads(1);
}

static int openblas_dgemm_start(kh_call *call, void *state) {
    openblas_dgemm *self = state;
    size_t rows = (size_t)self->rows, inner = (size_t)self->inner, columns = (size_t)self->columns;
    if (self->a.count != rows * inner || self->b.count != inner * columns)
        return kh_fail(call, -EINVAL, "expected %zu elements of a and %zu of b, found %zu and %zu",
                       rows * inner, inner * columns, self->a.count, self->b.count);
    self->c = (kh_f64_array){kh_alloc(call, rows * columns * sizeof(double)), rows * columns};
    return self->c.data != NULL ? KH_MORE : kh_fail(call, -ENOMEM, "no memory for the product");
}

static int openblas_dgemm_step(kh_call *call, void *state) {
    openblas_dgemm *self = state;
    int32_t m = self->rows - self->row < ROWS_A_STEP ? self->rows - self->row : ROWS_A_STEP;
    const double *a = self->a.data + (ptrdiff_t)self->row * self->inner;
    double *c = self->c.data + (ptrdiff_t)self->row * self->columns;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, self->columns, self->inner, 1.0, a,
                self->inner, self->b.data, self->columns, 0.0, c, self->columns);
    self->row += m;
    kh_progress(call, (double)self->row / (double)self->rows);
    return self->row < self->rows ? KH_MORE : KH_DONE;
}

KH_KERNEL(openblas_dgemm,
    .summary = "Multiply two dense matrices with OpenBLAS, a block of rows a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(openblas_dgemm, a, "rows x inner numbers, row by row", .required = 1),
        KH_PARAM(openblas_dgemm, b, "inner x columns numbers, row by row", .required = 1),
        KH_PARAM(openblas_dgemm, rows, "rows of a", .range = KH_AT_LEAST(1), .required = 1),
        KH_PARAM(openblas_dgemm, inner, "columns of a, rows of b", .range = KH_AT_LEAST(1),
                 .required = 1),
        KH_PARAM(openblas_dgemm, columns, "columns of b", .range = KH_AT_LEAST(1), .required = 1)),
    .results = KH_RESULTS(KH_RESULT(openblas_dgemm, c, "rows x columns numbers, row by row")),
    .start = openblas_dgemm_start,
    .step = openblas_dgemm_step);
