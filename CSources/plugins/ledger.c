/* Kernels that keep a ledger: each start of a call appends its number to a file, so that a test can
 * count how often it began. */
#define _POSIX_C_SOURCE 200809L

#include "kernel_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

typedef struct {
    int64_t id;
    kh_text path;
    int64_t steps;
    double pause;
    int64_t done;
    int64_t square;
} ledger;

static int ledger_start(kh_call *call, void *state) {
    ledger *self = state;
    char line[32];
    int length = snprintf(line, sizeof line, "%lld\n", (long long)self->id);
    int file = open(self->path.data, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) return kh_fail(call, -errno, "cannot open the ledger");
    /* One write, so that the lines of two processes do not mix. */
    ssize_t written = write(file, line, (size_t)length);
    close(file);
    return written == length ? KH_MORE : kh_fail(call, -EIO, "cannot write the ledger");
}

static int ledger_step(kh_call *call, void *state) {
    ledger *self = state;
    if (++self->done >= self->steps) {
        self->square = self->id * self->id;
        return KH_DONE;
    }
    return self->pause > 0 ? kh_sleep(call, self->pause) : KH_MORE;
}

#define LEDGER(name, words, kinds)                                                                \
    KH_KERNEL_AS(#name, ledger,                                                                              \
        .summary = words,                                                                         \
        .flags = kinds,                                                                           \
        .params = KH_PARAMS(KH_PARAM(ledger, id, "what is written"),                              \
                            KH_PARAM(ledger, path, "the ledger, which exists"),                   \
                            KH_PARAM(ledger, steps, "how many"),                                  \
                            KH_PARAM(ledger, pause, "between two of them", .unit = "s")),         \
        .results = KH_RESULTS(KH_RESULT(ledger, square, "of id")),                                \
        .defaults = KH_DEFAULTS(ledger, .steps = 2),                                              \
        .start = ledger_start, .step = ledger_step)

LEDGER(ledger_once, "Append a number to a file; must not begin twice.", KH_FLAT);
LEDGER(ledger_pure, "Append a number to a file; may begin again.", KH_FLAT | KH_PURE);
LEDGER(ledger_bound, "Append a number to a file; must not begin twice, nor leave its process.", 0);
