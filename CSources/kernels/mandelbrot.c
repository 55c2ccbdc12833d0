/* How long z = z^2 + c stays within |z| <= 2, for each c of a picture: the
 * escape time of the Mandelbrot set. A row of the picture a step. */
#include "kernel_host.h"

typedef struct {
    int64_t width, height, max_iterations; /* parameters */
    double center_x, center_y, scale;
    int64_t row;
    kh_i64_array iterations; /* result */
} mandelbrot;

static int mandelbrot_start(kh_call *call, void *state) {
    mandelbrot *self = state;
    int64_t count;
    if (self->width < 1 || self->height < 1 ||
        __builtin_mul_overflow(self->width, self->height, &count) || count > INT64_MAX / 8)
        return kh_fail(call, -EINVAL, "no picture is %" PRId64 " x %" PRId64, self->width,
                       self->height);
    self->iterations.count = (size_t)count;
    self->iterations.data = kh_alloc(call, (size_t)count * sizeof(int64_t));
    if (self->iterations.data == NULL)
        return kh_fail(call, -ENOMEM, "no memory for %" PRId64 " points", count);
    return KH_MORE;
}

static int64_t escape_time(double x, double y, int64_t limit) {
    double a = 0, b = 0;
    for (int64_t i = 0; i < limit; i++) {
        double aa = a * a, bb = b * b;
        if (aa + bb > 4.0) return i;
        b = 2.0 * a * b + y;
        a = aa - bb + x;
    }
    return limit;
}

static int mandelbrot_step(kh_call *call, void *state) {
    mandelbrot *self = state;
    if (self->row >= self->height) return KH_DONE;
    /* Points are the centres of pixels; `scale` is the width of the picture. */
    double pixel = self->scale / (double)self->width;
    double y = self->center_y + pixel * ((double)self->row + 0.5 - (double)self->height / 2.0);
    int64_t *out = self->iterations.data + self->row * self->width;
    for (int64_t column = 0; column < self->width; column++) {
        double x = self->center_x + pixel * ((double)column + 0.5 - (double)self->width / 2.0);
        out[column] = escape_time(x, y, self->max_iterations);
    }
    self->row++;
    kh_progress(call, (double)self->row / (double)self->height);
    return KH_MORE;
}

KH_KERNEL(mandelbrot,
    .summary = "Escape times of the Mandelbrot set over a picture, a row a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(mandelbrot, width, "columns", .unit = "px", .range = KH_RANGE(1, 65536)),
        KH_PARAM(mandelbrot, height, "rows", .unit = "px", .range = KH_RANGE(1, 65536)),
        KH_PARAM(mandelbrot, max_iterations, "give up after", .range = KH_RANGE(1, 1000000000)),
        KH_PARAM(mandelbrot, center_x, "real part of the middle"),
        KH_PARAM(mandelbrot, center_y, "imaginary part of the middle"),
        KH_PARAM(mandelbrot, scale, "width of the picture in the complex plane")),
    .results = KH_RESULTS(
        KH_RESULT(mandelbrot, iterations, "height x width escape times, row by row")),
    .defaults = KH_DEFAULTS(mandelbrot, .width = 64, .height = 48, .max_iterations = 100,
                            .center_x = -0.5, .scale = 3.0),
    .start = mandelbrot_start,
    .step = mandelbrot_step);
