/* The discrete Fourier transform X[k] = sum over n of x[n] e^(-2 pi i k n / N), in place. Cooley
 * and Tukey's radix-2 algorithm (1965), a stage a step. */
#include "kernel_host.h"

#include <math.h>

typedef struct {
    kh_f64_array real, imag; /* parameters, and results in the same place */
    bool inverse;
    size_t half; /* half the length of this stage's blocks */
} fft;

static const double pi = 3.14159265358979323846;

static int fft_start(kh_call *call, void *state) {
    fft *self = state;
    size_t n = self->real.count;
    if ((n & (n - 1)) != 0)
        return kh_fail(call, -EINVAL, "real has %zu elements, which is no power of two", n);
    if (self->imag.count == 0 && n > 0) {
        self->imag.data = kh_alloc(call, n * sizeof(double));
        if (self->imag.data == NULL) return kh_fail(call, -ENOMEM, "no memory for imag");
        self->imag.count = n;
    }
    if (self->imag.count != n)
        return kh_fail(call, -EINVAL, "real has %zu elements and imag %zu", n, self->imag.count);
    double *re = self->real.data, *im = self->imag.data;
    /* Bit reversal: after it each stage works on neighbours. */
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; (j & bit) != 0; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i >= j) continue;
        double t = re[i];
        re[i] = re[j];
        re[j] = t;
        t = im[i];
        im[i] = im[j];
        im[j] = t;
    }
    self->half = 1;
    return KH_MORE;
}

static int fft_step(kh_call *call, void *state) {
    fft *self = state;
    (void)call;
    size_t n = self->real.count, half = self->half;
    double *re = self->real.data, *im = self->imag.data;
    if (half >= n) {
        for (size_t i = 0; self->inverse && i < n; i++) {
            re[i] /= (double)n;
            im[i] /= (double)n;
        }
        return KH_DONE;
    }
    double angle = (self->inverse ? pi : -pi) / (double)half;
    for (size_t j = 0; j < half; j++) {
        double c = cos(angle * (double)j), s = sin(angle * (double)j);
        for (size_t i = j; i < n; i += 2 * half) {
            double tr = c * re[i + half] - s * im[i + half];
            double ti = c * im[i + half] + s * re[i + half];
            re[i + half] = re[i] - tr;
            im[i + half] = im[i] - ti;
            re[i] += tr;
            im[i] += ti;
        }
    }
    self->half = 2 * half;
    return KH_MORE;
}

KH_KERNEL(fft,
    .summary = "The discrete Fourier transform of a power of two of numbers, a stage a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(fft, real, "real parts; as many as a power of two", .required = 1),
        KH_PARAM(fft, imag, "imaginary parts; none: all zero"),
        KH_PARAM(fft, inverse, "the inverse transform, divided by the length")),
    .results = KH_RESULTS(
        KH_RESULT(fft, real, "real parts of the transform"),
        KH_RESULT(fft, imag, "imaginary parts of the transform")),
    .start = fft_start,
    .step = fft_step);
