/*
 * kh_test.h - run a kernel in a C test, without the host.
 *
 *     #include "kh_test.h"
 *     #include "harmonic.c"    // or link with its object file
 *
 *     int main(void) {
 *         kh_test test;
 *         harmonic *self = (harmonic *)kh_test_new(&test, "harmonic");
 *         self->n = 4;                               // an argument
 *         assert(kh_test_run(&test) == 0);           // 0, or the negative error
 *         assert(self->i == 4 && test.steps == 5);
 *         kh_test_free(&test);
 *     }
 *
 * kh_test_run does what a lane does for one call: setup, start, step until the
 * call is done, finish. The state and each block of kh_alloc have heap memory
 * of their own, so AddressSanitizer and valgrind see an access one byte outside.
 * There is no other process: a crash of the kernel is a crash of the test.
 * kh_print writes to stdout. kh_sleep does not sleep. The host checks arguments
 * against ranges and choices; this does not.
 *
 * All kernels that are linked into the program are available, but not those of
 * shared libraries. Plain C11 that is also valid C++17; gcc and clang.
 */
#if !defined(KH_TEST_H) && !defined(__swift__)
#define KH_TEST_H

#include "kernel_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call under test. kh_test_new sets all of it to zero. Then set what you need. */
typedef struct kh_test {
    /* Set before the run. */
    /* steps that it may take; 0: any number. Then it ends with -ETIMEDOUT */
    uint64_t most_steps;
    uint64_t cancel_after;  /* after this many steps it is cancelled (-ECANCELED); 0: never */
    size_t most_memory;     /* bytes that kh_alloc gives; 0: any number */
    uint64_t number;        /* what kh_call_number returns */
    uint32_t attempt;       /* what kh_attempt returns; 0: 1 */
    double seconds;         /* what kh_time_left returns; 0: infinity */
    bool is_quiet;          /* kh_print prints nothing */
    /* Set by the run. */
    const kh_kernel *kernel;
    void *state;
    int code;               /* 0, or the negative error that it ended with */
    uint64_t steps;         /* steps that returned */
    char message[4001];     /* of kh_fail; "": no message */
    double progress;        /* the last one */
    double slept;           /* seconds that it slept, in all */
    size_t memory;          /* bytes that kh_alloc gave */
    /* Private. */
    void *shared;
    bool is_set_up, is_begun;
    int sleeps;             /* kh_sleep was called in this step */
    struct kh_test_block *blocks;
    kh_call *call;
} kh_test;

struct kh_test_block {
    struct kh_test_block *next;
    void *bytes;
};

/* What the host has behind the kh_call of a kernel. */
typedef struct kh_test_call {
    kh_call call;
    kh_test *test;
} kh_test_call;

static inline kh_test *kh_test_of(kh_call *call) {
    return ((kh_test_call *)(void *)call)->test;
}

static inline int kh_test_fail(kh_call *call, int code, const char *format, va_list arguments) {
    kh_test *test = kh_test_of(call);
    vsnprintf(test->message, sizeof test->message, format, arguments);
    return code < 0 ? code : -EINVAL;
}

static inline void kh_test_print(kh_call *call, const char *format, va_list arguments) {
    if (!kh_test_of(call)->is_quiet) vprintf(format, arguments);
}

static inline void kh_test_progress(kh_call *call, double fraction) {
    kh_test_of(call)->progress = fraction;
}

static inline bool kh_test_should_stop(kh_call *call) {
    const kh_test *test = kh_test_of(call);
    return test->cancel_after != 0 && test->steps + 1 >= test->cancel_after;
}

static inline void *kh_test_alloc(kh_call *call, size_t size) {
    kh_test *test = kh_test_of(call);
    if (test->most_memory != 0 && size > test->most_memory - test->memory) return NULL;
    struct kh_test_block *block = (struct kh_test_block *)malloc(sizeof *block);
    void *bytes = calloc(1, size > 0 ? size : 1);
    if (block == NULL || bytes == NULL) {
        free(block);
        free(bytes);
        return NULL;
    }
    block->next = test->blocks;
    block->bytes = bytes;
    test->blocks = block;
    test->memory += size;
    return bytes;
}

static inline int kh_test_sleep(kh_call *call, double seconds) {
    kh_test *test = kh_test_of(call);
    if (!(seconds == seconds)) return kh_fail(call, -EINVAL, "kh_sleep: the time to sleep is NaN");
    if (seconds <= 0) return KH_MORE;
    test->slept += seconds;
    test->sleeps = 1;
    return KH_PARKED;
}

static inline void *kh_test_shared(kh_call *call) {
    return kh_test_of(call)->shared;
}

static inline uint64_t kh_test_number(kh_call *call) {
    return kh_test_of(call)->number;
}

static inline uint32_t kh_test_attempt(kh_call *call) {
    const kh_test *test = kh_test_of(call);
    return test->attempt == 0 ? 1 : test->attempt;
}

static inline double kh_test_time_left(kh_call *call) {
    const kh_test *test = kh_test_of(call);
    return test->seconds == 0 ? __builtin_inf() : test->seconds;
}

/* Returns the kernel of a name in this program; NULL: no kernel has it. */
static inline const kh_kernel *kh_test_kernel(const char *name) {
    const kh_library *library = kernel_host_library();
    for (const kh_kernel *const *at = library->begin; at < library->end; at++)
        if (strcmp((*at)->name, name) == 0) return *at;
    return NULL;
}

/* Makes a text as a kernel gets it. It must live as long as the test. */
static inline kh_text kh_test_text(const char *text) {
    kh_text value = {text, strlen(text)};
    return value;
}

/* Makes a call of the kernel with that name. Returns its state, which holds the defaults. Ends
 * the program with a message if there is no such kernel. */
static inline void *kh_test_new(kh_test *test, const char *name) {
    static const kh_services services = {
        sizeof(kh_services), kh_test_fail,   kh_test_print,  kh_test_progress,
        kh_test_should_stop, kh_test_alloc,  kh_test_sleep,  kh_test_shared,
        kh_test_number,      kh_test_attempt, kh_test_time_left};
    memset(test, 0, sizeof *test);
    test->kernel = kh_test_kernel(name);
    if (test->kernel == NULL) {
        fprintf(stderr, "kh_test_new: this program has no kernel \"%s\"\n", name);
        abort();
    }
    size_t align = test->kernel->state_align, size = (size_t)test->kernel->state_size;
    kh_test_call *call = (kh_test_call *)calloc(1, sizeof *call);
    test->state = align > 16 ? aligned_alloc(align, size) : malloc(size);
    if (call == NULL || test->state == NULL) {
        fprintf(stderr, "kh_test_new: no memory for the state of \"%s\"\n", name);
        abort();
    }
    call->call.services = &services;
    call->test = test;
    test->call = &call->call;
    if (test->kernel->defaults != NULL) memcpy(test->state, test->kernel->defaults, size);
    else memset(test->state, 0, size);
    /* A text parameter is never NULL. */
    for (const kh_field *field = test->kernel->params; field != NULL && field->name != NULL;
         field++) {
        kh_text text;
        if (field->type != KH_TEXT) continue;
        memcpy(&text, (char *)test->state + field->offset, sizeof text);
        if (text.data == NULL) text.data = "";
        memcpy((char *)test->state + field->offset, &text, sizeof text);
    }
    return test->state;
}

/* Returns whether a start or a step may return that. If not, ends the call. */
static inline bool kh_test_goes_on(kh_test *test, const char *function, int result) {
    bool slept = test->sleeps != 0;
    test->sleeps = 0;
    if (result == KH_MORE || (result == KH_PARKED && slept)) return true;
    test->code = result > 0 ? -EPROTO : result;
    if (result > 0)
        snprintf(test->message, sizeof test->message, "%s returned %d", function, result);
    return false;
}

/* Returns whether the call continues. Runs setup and start. */
static inline bool kh_test_begin(kh_test *test) {
    const kh_kernel *kernel = test->kernel;
    if (kernel->setup != NULL && !test->is_set_up) {
        int result = kernel->setup(test->call, &test->shared);
        test->code = result > 0 ? -EPROTO : result;
        if (result != 0) return false;
        test->is_set_up = true;
    }
    test->is_begun = true;
    return kernel->start == NULL ||
           kh_test_goes_on(test, "start", kernel->start(test->call, test->state));
}

/* Runs the call to its end. Returns 0, or the negative error. Its results are in the state. */
static inline int kh_test_run(kh_test *test) {
    const kh_kernel *kernel = test->kernel;
    bool goes_on = kh_test_begin(test);
    while (goes_on) {
        int result = kernel->step(test->call, test->state);
        test->steps++;
        goes_on = kh_test_goes_on(test, "step", result);
        if (!goes_on) break;
        goes_on = false;
        if (test->cancel_after != 0 && test->steps >= test->cancel_after) test->code = -ECANCELED;
        else if (test->most_steps != 0 && test->steps >= test->most_steps) test->code = -ETIMEDOUT;
        else goes_on = true;
    }
    if (test->is_begun && kernel->finish != NULL) {
        int result = kernel->finish(test->call, test->state);
        if (result < 0 && test->code == 0) test->code = result;
    }
    return test->code;
}

/* Frees the call's memory, and tears down what its setup made. */
static inline void kh_test_free(kh_test *test) {
    if (test->is_set_up && test->kernel->teardown != NULL) test->kernel->teardown(test->shared);
    while (test->blocks != NULL) {
        struct kh_test_block *block = test->blocks;
        test->blocks = block->next;
        free(block->bytes);
        free(block);
    }
    free(test->state);
    free(test->call);
    memset(test, 0, sizeof *test);
}

#endif /* KH_TEST_H */
