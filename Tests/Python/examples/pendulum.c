#include "kernel_host.h"

#include <math.h>

/* A damped pendulum, a time step a step. Too little damping crashes it, as real code may. */

typedef struct {
    double damping, drive; /* parameters */
    double angle, speed;   /* state */
    double energy;         /* result */
    int64_t left;
} pendulum;

static volatile int *volatile nowhere;

static int pendulum_start(kh_call *call, void *state) {
    pendulum *self = state;
    (void)call;
    self->angle = 1;
    self->left = 200;
    return KH_MORE;
}

static int pendulum_step(kh_call *call, void *state) {
    pendulum *self = state;
    (void)call;
    if (self->damping < 0.05) *nowhere = 1;
    if (self->left-- == 0) return KH_DONE;
    self->speed += 0.05 * (self->drive - sin(self->angle) - self->damping * self->speed);
    self->angle += 0.05 * self->speed;
    self->energy += 0.05 * (self->angle * self->angle + 0.1 * self->damping * self->damping);
    return KH_MORE;
}

KH_KERNEL(pendulum, .summary = "How far a damped pendulum is from rest, in all.",
          .flags = KH_PURE | KH_FLAT,
          .params = KH_PARAMS(KH_PARAM(pendulum, damping, "how it is braked"),
                              KH_PARAM(pendulum, drive, "a constant force")),
          .results = KH_RESULTS(KH_RESULT(pendulum, energy, "what an optimiser makes small")),
          .defaults = KH_DEFAULTS(pendulum, .damping = 0.5), .start = pendulum_start,
          .step = pendulum_step);
