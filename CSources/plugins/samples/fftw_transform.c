/* FFTW: a plan is made in start, run by the step, freed in finish, and works on the arrays of the
 * call in place. Like the built-in `fft`, but for any length. By hand, in the repository's root:
 *   cc -shared -fPIC -Iinclude CSources/plugins/samples/fftw_transform.c -lfftw3 -lm -o fftw.so */
#include "kernel_host.h"
#include <fftw3.h>
#include <pthread.h>

typedef struct {
    kh_f64_array real, imag; /* parameters, and results in the same place */
    bool inverse;
    fftw_plan plan;
} fftw_transform;
/* FFTW runs plans in many threads, but makes and frees them in one at a time. Calls may be on
 * many lanes. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

static int fftw_transform_start(kh_call *call, void *state) {
    fftw_transform *self = state;
    size_t n = self->real.count;
    if (n == 0 && self->imag.count == 0) return KH_DONE;
    if (self->imag.count == 0) {
        self->imag = (kh_f64_array){kh_alloc(call, n * sizeof(double)), n};
        if (self->imag.data == NULL) return kh_fail(call, -ENOMEM, "no memory for imag");
    }
    if (self->imag.count != n)
        return kh_fail(call, -EINVAL, "real has %zu elements and imag %zu", n, self->imag.count);
    /* The inverse is the same transform with the parts exchanged. */
    double *re = self->inverse ? self->imag.data : self->real.data;
    double *im = self->inverse ? self->real.data : self->imag.data;
    fftw_iodim64 length = {.n = (ptrdiff_t)n, .is = 1, .os = 1};
    pthread_mutex_lock(&planner);
    /* MEASURE would take seconds, overwrite the arrays, and choose by time. The last bits of the
     * results would then differ between runs, and the kernel would not be pure. */
    self->plan = fftw_plan_guru64_split_dft(1, &length, 0, NULL, re, im, re, im, FFTW_ESTIMATE);
    pthread_mutex_unlock(&planner);
    return self->plan != NULL ? KH_MORE : kh_fail(call, -ENOMEM, "FFTW made no plan");
}
static int fftw_transform_step(kh_call *call, void *state) {
    fftw_transform *self = state;
    fftw_execute(self->plan);
    for (size_t i = 0; self->inverse && i < self->real.count; i++) {
        self->real.data[i] /= (double)self->real.count;
        self->imag.data[i] /= (double)self->real.count;
    }
    return (void)call, KH_DONE;
}
static int fftw_transform_finish(kh_call *call, void *state) {
    fftw_transform *self = state;
    pthread_mutex_lock(&planner);
    fftw_destroy_plan(self->plan); /* NULL after a failed start */
    pthread_mutex_unlock(&planner);
    return (void)call, 0;
}
KH_KERNEL(fftw_transform, .summary = "The discrete Fourier transform, by FFTW.", .flags = KH_PURE,
    .params = KH_PARAMS(KH_PARAM(fftw_transform, real, "real parts", .required = 1),
        KH_PARAM(fftw_transform, imag, "imaginary parts; none: all zero"),
        KH_PARAM(fftw_transform, inverse, "the inverse transform, divided by the length")),
    .results = KH_RESULTS(KH_RESULT(fftw_transform, real, "real parts of the transform"),
        KH_RESULT(fftw_transform, imag, "imaginary parts of the transform")),
    .start = fftw_transform_start, .step = fftw_transform_step, .finish = fftw_transform_finish);
