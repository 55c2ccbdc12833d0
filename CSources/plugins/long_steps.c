/* Long calls for the tests of half-done calls. Each step takes a while, adds a number to an array of
 * the call and to a text, and appends the call's number to a ledger: so that a test can count how
 * many steps were done again. A call that begins appends "b" and its number, one that finishes "f". */
#define _POSIX_C_SOURCE 200809L

#include "kernel_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int64_t id, steps;
    double pause;
    bool is_loud;
    kh_text path;
    /* state */
    int64_t done;
    double *list;
    size_t room;
    const void *stray;
    /* results */
    int64_t sum;
    kh_f64_array numbers;
    kh_text text;
} long_steps;

static int note(kh_call *call, const long_steps *self, const char *what) {
    char line[48];
    int length = snprintf(line, sizeof line, "%s%lld\n", what, (long long)self->id);
    int file = open(self->path.data, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) return kh_fail(call, -errno, "cannot open the ledger");
    ssize_t written = write(file, line, (size_t)length);
    close(file);
    return written == length ? KH_MORE : kh_fail(call, -EIO, "cannot write the ledger");
}

static int long_steps_start(kh_call *call, void *state) {
    long_steps *self = state;
    self->room = 4;
    self->list = kh_alloc(call, self->room * sizeof *self->list);
    return self->list == NULL ? -ENOMEM : note(call, self, "b");
}

static int long_steps_step(kh_call *call, void *state) {
    long_steps *self = state;
    if (self->done == self->steps) {
        char *text = kh_alloc(call, 64);
        if (text == NULL) return -ENOMEM;
        int length = snprintf(text, 64, "call %lld after %lld steps", (long long)self->id,
                              (long long)self->done);
        self->text = (kh_text){text, (size_t)length};
        self->numbers = (kh_f64_array){self->list, (size_t)self->done};
        return KH_DONE;
    }
    if ((size_t)self->done == self->room) {
        double *longer = kh_alloc(call, 2 * self->room * sizeof *longer);
        if (longer == NULL) return -ENOMEM;
        memcpy(longer, self->list, self->room * sizeof *longer);
        self->list = longer;
        self->room *= 2;
    }
    self->sum += self->id * self->done;
    self->list[self->done++] = (double)self->sum / 3;
    if (self->is_loud)
        kh_print(call, "call %lld step %lld\n", (long long)self->id, (long long)self->done);
    int result = note(call, self, "");
    return result != KH_MORE || self->pause <= 0 ? result : kh_sleep(call, self->pause);
}

static int long_steps_finish(kh_call *call, void *state) {
    note(call, state, "f");
    return KH_DONE;
}

static int liar_start(kh_call *call, void *state) {
    long_steps *self = state;
    self->stray = "of the library";
    return long_steps_start(call, state);
}

#define LONG_STEPS(name, words, kinds, begin) \
    KH_KERNEL_AS(name, long_steps, .summary = words, .flags = kinds, \
        .params = KH_PARAMS(KH_PARAM(long_steps, id, "what is written"), \
                            KH_PARAM(long_steps, steps, "how many"), \
                            KH_PARAM(long_steps, pause, "between two of them", .unit = "s"), \
                            KH_PARAM(long_steps, is_loud, "it prints each step"), \
                            KH_PARAM(long_steps, path, "the ledger, which exists")), \
        .results = KH_RESULTS(KH_RESULT(long_steps, sum, "of the steps"), \
                              KH_RESULT(long_steps, numbers, "thirds of the sums"), \
                              KH_RESULT(long_steps, text, "what it was")), \
        .defaults = KH_DEFAULTS(long_steps, .steps = 10), \
        .start = begin, .step = long_steps_step, .finish = long_steps_finish)

LONG_STEPS("long_pure", "Adds up; may begin again.", KH_FLAT | KH_PURE, long_steps_start);
LONG_STEPS("long_once", "Adds up; must not begin twice.", KH_FLAT, long_steps_start);
LONG_STEPS("long_liar", "Adds up; is not flat.", KH_FLAT | KH_PURE, liar_start);
