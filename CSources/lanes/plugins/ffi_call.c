/* Calls functions of plain libraries as kernels, from what the manifest says of their
 * parameters.
 *
 * No code is generated. A call fills all registers that hold arguments: integers and addresses
 * in one kind, floating-point numbers in the other, each in its own order. x86-64 (System V ABI
 * 1.0, 3.2.3) and arm64 (AAPCS64, 6.8.2) pass arguments so, as long as there are registers for
 * all. */
#include "plugins/ffi_arguments.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define WORDS int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#if defined(__aarch64__)
#define MORE_WORDS , int64_t, int64_t
#define MORE(r) , (r)->words[6], (r)->words[7]
#else
#define MORE_WORDS
#define MORE(r)
#endif
/* When all registers are used, these are on the stack. */
#define STACK int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#define ON_STACK(r)                                                                                \
    (r)->words[KH_WORDS], (r)->words[KH_WORDS + 1], (r)->words[KH_WORDS + 2],                      \
        (r)->words[KH_WORDS + 3], (r)->words[KH_WORDS + 4], (r)->words[KH_WORDS + 5],              \
        (r)->words[KH_WORDS + 6], (r)->words[KH_WORDS + 7]
#define REALS double, double, double, double, double, double, double, double
#define FILLED(r)                                                                                  \
    (r)->words[0], (r)->words[1], (r)->words[2], (r)->words[3], (r)->words[4],                     \
        (r)->words[5] MORE(r), (r)->reals[0], (r)->reals[1], (r)->reals[2], (r)->reals[3],         \
        (r)->reals[4], (r)->reals[5], (r)->reals[6], (r)->reals[7],\
        ON_STACK(r)

static int give_text(kh_call *call, char *state, uint32_t offset, const char *text) {
    if (text == NULL) return kh_fail(call, -ENODATA, "the function returned NULL");
    size_t length = strlen(text);
    char *copy = kh_alloc(call, length + 1);
    if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for the text returned");
    memcpy(copy, text, length);
    counted value = {copy, length};
    memcpy(state + offset, &value, sizeof value);
    return 0;
}

/* Calls the function, and writes its result into the state. */
static int call_function(kh_call *call, const kh_thunk *self, char *state, const registers *regs) {
    char *out = state + self->result_offset;
    if (self->result == 'd') {
        double (*function)(WORDS MORE_WORDS, REALS, STACK);
        memcpy(&function, &self->function, sizeof function);
        double value = function(FILLED(regs));
        memcpy(out, &value, sizeof value);
        return 0;
    }
    if (self->result == 'f') {
        float (*function)(WORDS MORE_WORDS, REALS, STACK);
        memcpy(&function, &self->function, sizeof function);
        float value = function(FILLED(regs));
        memcpy(out, &value, sizeof value);
        return 0;
    }
    int64_t (*function)(WORDS MORE_WORDS, REALS, STACK);
    memcpy(&function, &self->function, sizeof function);
    int64_t value = function(FILLED(regs));
    if (self->result == 'v') return 0;
    if (self->result == 'T')
        return give_text(call, state, self->result_offset, (const char *)(uintptr_t)value);
    if (self->result == 'b') value = (value & 0xff) != 0;
    /* the upper bytes of the register may be anything */
    memcpy(out, &value, kh_size_of(self->result));
    return 0;
}

/* Checks that the function has not written past its arguments. */
static int check_fences(kh_call *call, const kh_thunk *self, const registers *regs) {
    for (int i = 0; i < self->parameter_count; i++)
        for (int k = 0; regs->fences[i] != NULL && k < FENCE; k++) {
            if (regs->fences[i][k] == FENCE_FILL) continue;
            if (self->parameters[i].kind == KH_CELL)
                return kh_fail(
                    call, -EOVERFLOW,
                    "the function wrote more than one element of %s; its declaration must "
                    "say how many it has, as %s[3] does",
                    self->names[i], self->names[i]);
            return kh_fail(call, -EOVERFLOW,
                           "the function wrote behind the end of %s; its declaration must say how "
                           "many elements it has",
                           self->names[i]);
        }
    return 0;
}

/* Sets an array's length to what the function says that it used, but no more than its room. */
static void take_used(const kh_thunk *self, int index, char *state, const registers *regs) {
    const kh_parameter *at = &self->parameters[index], *cell = &self->parameters[at->number];
    counted value = kh_array_of(state, at);
    int64_t used = 0;
    kh_convert(cell->type, regs->copies[at->number], (char *)&used, 1, true);
    if (used >= 0 && (uint64_t)used < value.count) value.count = (uint64_t)used;
    memcpy(state + at->offset, &value, sizeof value);
}

/* Writes what the function left in arrays and cells into the results. */
static void give_back(const kh_thunk *self, char *state, const registers *regs) {
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        char *copy = regs->copies[i];
        if (at->kind == KH_BY_CELL) take_used(self, i, state, regs);
        if (copy == NULL || !at->is_written) continue;
        if (at->kind == KH_CELL) {
            size_t size = kh_size_of(at->type);
            memcpy(state + at->offset, copy, size);
            continue;
        }
        counted value = kh_array_of(state, at);
        if (at->type == 'T') {
            value = (counted){copy, strnlen(copy, (size_t)kh_buffer_size(at, regs))};
        } else if (at->type == 'V') {
            value.data = copy;
        } else {
            kh_convert(at->type, copy, value.data, value.count, true);
        }
        memcpy(state + at->offset, &value, sizeof value);
    }
}

static pthread_mutex_t initializing = PTHREAD_MUTEX_INITIALIZER;

/* Calls the library's initializers, once in each process. */
static int initialize(kh_call *call, const kh_thunk *self) {
    if (self->initializer_count == 0) return 0;
    bool *is_done = self->initializers[0].is_done;
    int result = 0;
    pthread_mutex_lock(&initializing); /* lanes may be threads */
    for (int i = 0; i < self->initializer_count && !*is_done && result >= 0; i++) {
        const kh_initializer *at = &self->initializers[i];
        int (*function)(void);
        memcpy(&function, &at->function, sizeof function);
        int value = function();
        if (at->returns_number && value < 0)
            result = kh_fail(call, -EIO, "%s returned %d", at->name, value);
    }
    if (result >= 0) *is_done = true;
    pthread_mutex_unlock(&initializing);
    return result;
}

int kh_ffi_step(kh_call *call, void *memory) {
    char *state = memory;
    const kh_thunk *self;
    memcpy(&self, state, sizeof self);
    registers regs = {.words = {0}};
    for (int i = 0; i < KH_MOST_PARAMETERS; i++) regs.counts[i] = -1;
    int result = initialize(call, self);
    if (result >= 0) result = kh_take_arguments(call, self, state, &regs);
    errno = 0;
    if (result >= 0) result = call_function(call, self, state, &regs);
    int error = errno;
    if (result >= 0 && self->reports_errno && error != 0) result = -error;
    if (result >= 0) result = check_fences(call, self, &regs);
    if (result >= 0) give_back(self, state, &regs);
    return result < 0 ? result : KH_DONE;
}
