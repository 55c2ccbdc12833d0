/* Kernels for the tests of half-done calls. Each waits, between two steps, until its gate is a file
 * that exists, and writes a line to its log when it begins and when it stands at the gate. */
#include "kernel_host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int64_t count;       /* steps, and elements of the result */
    kh_f64_array values; /* parameter */
    kh_text label, gate, log;
    int64_t nap;
    /* state: all pointers lead into the call's own memory */
    int64_t done, waits;
    double *list, *end;
    size_t room;
    const double *next;
    const void *stray;
    /* results */
    double sum;
    kh_text text;
    kh_f64_array all;
} half_done;

static void write_line(kh_call *call, const kh_text *log, const char *what) {
    char line[64], path[512];
    int length = snprintf(line, sizeof line, "%s %lld\n", what, (long long)kh_call_number(call));
    snprintf(path, sizeof path, "%.*s", (int)log->length, log->data);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (file < 0 || write(file, line, (size_t)length) != length) abort();
    close(file);
}

static int half_done_start(kh_call *call, void *state) {
    half_done *self = state;
    write_line(call, &self->log, "begins");
    self->room = 2;
    self->list = self->end = kh_alloc(call, self->room * sizeof *self->list);
    if (self->list == NULL) return -ENOMEM;
    self->next = self->values.data;
    return KH_MORE;
}

static int stand_at_gate(kh_call *call, half_done *self) {
    char path[512];
    snprintf(path, sizeof path, "%.*s", (int)self->gate.length, self->gate.data);
    if (access(path, F_OK) == 0) return KH_DONE;
    if (self->waits++ == 0) write_line(call, &self->log, "waits");
    return self->nap != 0 ? kh_sleep(call, 0.002) : KH_MORE;
}

static int half_done_step(kh_call *call, void *state) {
    half_done *self = state;
    if (self->done == self->count / 2) {
        int result = stand_at_gate(call, self);
        if (result != KH_DONE) return result;
    }
    if (self->done == self->count) {
        char *text = kh_alloc(call, 64);
        if (text == NULL) return -ENOMEM;
        int length = snprintf(text, 64, "%.*s %lld", (int)self->label.length, self->label.data,
                              (long long)self->done);
        self->text = (kh_text){text, (size_t)length};
        self->all = (kh_f64_array){self->list, (size_t)(self->end - self->list)};
        kh_print(call, "ends %lld\n", (long long)kh_call_number(call));
        return KH_DONE;
    }
    if ((size_t)(self->end - self->list) == self->room) {
        double *longer = kh_alloc(call, 2 * self->room * sizeof *longer);
        if (longer == NULL) return -ENOMEM;
        memcpy(longer, self->list, self->room * sizeof *longer);
        self->list = longer;
        self->end = longer + self->room;
        self->room *= 2;
    }
    *self->end++ = self->sum += *self->next++ / 3 + (double)self->done++;
    if (self->next == self->values.data + self->values.count) self->next = self->values.data;
    return KH_MORE;
}

#define PARTS \
    .params = KH_PARAMS(KH_PARAM(half_done, count, "steps"), \
                        KH_PARAM(half_done, values, "numbers"), \
                        KH_PARAM(half_done, label, "a text with a default value"), \
                        KH_PARAM(half_done, gate, "a file"), KH_PARAM(half_done, log, "a file"), \
                        KH_PARAM(half_done, nap, "1: it sleeps at the gate")), \
    .results = KH_RESULTS(KH_RESULT(half_done, sum, "all numbers"), \
                          KH_RESULT(half_done, text, "its label, and its steps"), \
                          KH_RESULT(half_done, all, "sums so far")), \
    .defaults = KH_DEFAULTS(half_done, .count = 100, .label = {"a constant of the library", 25})

KH_KERNEL(half_done, .summary = "Adds numbers.", .flags = KH_PURE | KH_FLAT, PARTS,
          .start = half_done_start, .step = half_done_step);
KH_KERNEL_AS("ledger", half_done, .summary = "Must begin once.", .flags = KH_FLAT, PARTS,
             .start = half_done_start, .step = half_done_step);

/* They say that they are flat. */
static const char anchor[] = "of the library";

static int points_start(kh_call *call, void *state) {
    half_done *self = state;
    self->stray = anchor;
    return half_done_start(call, state);
}
KH_KERNEL_AS("points_to_library", half_done, .summary = "Is not flat.",
             .flags = KH_PURE | KH_FLAT, PARTS, .start = points_start, .step = half_done_step);

static int heap_start(kh_call *call, void *state) {
    half_done *self = state;
    int result = half_done_start(call, state);
    self->list[1] = 0; /* in the block of kh_alloc: the second word */
    void *memory = malloc(100);
    memcpy(&self->list[1], &memory, sizeof memory);
    self->end = self->list + 2;
    return result;
}
KH_KERNEL_AS("points_to_heap", half_done, .summary = "Is not flat.", .flags = KH_PURE | KH_FLAT,
             PARTS, .start = heap_start, .step = half_done_step);

/* Its results differ in another process, though it has no pointer. */
static int process_step(kh_call *call, void *state) {
    half_done *self = state;
    (void)call;
    static double seen;
    self->sum = ++seen;
    return ++self->done < self->count ? KH_MORE : KH_DONE;
}
KH_KERNEL_AS("counts_in_process", half_done, .summary = "Keeps its state elsewhere.",
             .flags = KH_PURE | KH_FLAT, PARTS, .step = process_step);
