/* Functions of libraries that know nothing of kernels, as kernels: from what the manifest
 * says of their parameters. No code is generated: a call fills all registers that hold
 * arguments, the whole numbers and addresses in one kind, the floating point numbers in the
 * other, each in its own order. That is how x86-64 (System V ABI 1.0, 3.2.3) and arm64
 * (AAPCS64, 6.8.2) pass them as long as there are registers for all. */
#include "functions.h"

#include <errno.h>
#include <string.h>

typedef struct counted {
    void *data;
    uint64_t count;
} counted;

/* The size of a C type. */
size_t kh_size_of(char type) {
    switch (type) {
    case 'c': case 'C': case 'b': return 1;
    case 's': case 'S': return 2;
    case 'i': case 'I': case 'f': return 4;
    default: return 8;
    }
}

bool kh_is_real(char type) {
    return type == 'f' || type == 'd';
}

/* An array whose elements are what the arena has: the function gets them as they lie. */
static bool is_plain(char type) {
    return type == 'd' || type == 'l' || type == 'L';
}

/* A double whose low bytes are the float's: what a register holds of it. */
static double float_bits(float value) {
    double bits = 0;
    memcpy(&bits, &value, sizeof value);
    return bits;
}

/* Elements from what the arena has (i64, f64) to the function's type, or back. */
static void convert(char type, char *theirs, char *ours, uint64_t count, bool back) {
    size_t size = kh_size_of(type);
    for (uint64_t i = 0; i < count; i++, theirs += size, ours += 8) {
        if (type == 'f') {
            float narrow;
            double wide;
            memcpy(&wide, ours, 8);
            memcpy(&narrow, theirs, 4);
            if (back) wide = (double)narrow;
            else narrow = (float)wide;
            if (back) memcpy(ours, &wide, 8);
            else memcpy(theirs, &narrow, 4);
            continue;
        }
        int64_t wide = 0;
        if (!back) {
            /* Little-endian: the low bytes come first. */
            memcpy(theirs, ours, size);
            continue;
        }
        memcpy(&wide, theirs, size);
        int shift = 64 - 8 * (int)size;
        bool has_sign = type == 'c' || type == 's' || type == 'i';
        wide = has_sign ? (int64_t)((uint64_t)wide << shift) >> shift : wide;
        memcpy(ours, &wide, 8);
    }
}

/* The first element of an array that the function's type cannot hold; -1: none. */
static int64_t misfit(char type, const char *ours, uint64_t count) {
    if (type == 'f' || is_plain(type)) return -1;
    int bits = 8 * (int)kh_size_of(type);
    bool has_sign = type == 'c' || type == 's' || type == 'i';
    int64_t low = has_sign ? -(INT64_C(1) << (bits - 1)) : 0;
    int64_t high = has_sign ? (INT64_C(1) << (bits - 1)) - 1 : (INT64_C(1) << bits) - 1;
    for (uint64_t i = 0; i < count; i++) {
        int64_t value;
        memcpy(&value, ours + 8 * i, 8);
        if (value < low || value > high) return (int64_t)i;
    }
    return -1;
}

/* Registers as they will be. */
typedef struct registers {
    int64_t words[8];
    double reals[KH_REALS];
    int word_count, real_count;
    int64_t counts[KH_MOST_PARAMETERS]; /* by parameter; -1: not known yet */
    char *copies[KH_MOST_PARAMETERS];   /* of arrays; NULL: as they lie */
} registers;

static int take_array(kh_call *call, const kh_thunk *self, int index, char *state, registers *regs) {
    const kh_parameter *array = &self->parameters[index];
    counted value;
    memcpy(&value, state + array->offset, sizeof value);
    int64_t *count = &regs->counts[array->count];
    if (*count >= 0 && (uint64_t)*count != value.count)
        return kh_fail(call, -EINVAL, "%s has %llu elements, the array before it %lld; %s counts both",
                       self->names[index], (unsigned long long)value.count, (long long)*count,
                       self->names[array->count]);
    *count = (int64_t)value.count;
    int64_t wrong = misfit(array->type, value.data, value.count);
    if (wrong >= 0)
        return kh_fail(call, -ERANGE, "element %lld of %s does not fit its type", (long long)wrong,
                       self->names[index]);
    if (is_plain(array->type)) {
        regs->words[regs->word_count++] = (int64_t)(uintptr_t)value.data;
        return 0;
    }
    char *copy = kh_alloc(call, (size_t)value.count * kh_size_of(array->type) + 1);
    if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
    convert(array->type, copy, value.data, value.count, false);
    regs->copies[index] = copy;
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)copy;
    return 0;
}

static int take_arguments(kh_call *call, const kh_thunk *self, char *state, registers *regs) {
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (at->is_array) {
            int answer = take_array(call, self, i, state, regs);
            if (answer < 0) return answer;
        } else if (at->count == i) {
            regs->word_count++; /* set when all arrays are known */
        } else if (at->type == 'T') {
            counted text;
            memcpy(&text, state + at->offset, sizeof text);
            if (memchr(text.data, 0, text.count) != NULL)
                return kh_fail(call, -EINVAL, "%s has a NUL character in it, where a text of C ends",
                               self->names[i]);
            regs->words[regs->word_count++] = (int64_t)(uintptr_t)text.data;
        } else if (at->type == 'f') {
            float value;
            memcpy(&value, state + at->offset, sizeof value);
            regs->reals[regs->real_count++] = float_bits(value);
        } else if (at->type == 'd') {
            memcpy(&regs->reals[regs->real_count++], state + at->offset, 8);
        } else {
            int64_t *word = &regs->words[regs->word_count++];
            convert(at->type, state + at->offset, (char *)word, 1, true);
        }
    }
    int word = 0;
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (!at->is_array && at->count == i) regs->words[word] = regs->counts[i];
        if (at->is_array || !kh_is_real(at->type)) word++;
    }
    return 0;
}

#define WORDS int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#if defined(__aarch64__)
#define MORE_WORDS , int64_t, int64_t
#define MORE(r) , (r)->words[6], (r)->words[7]
#else
#define MORE_WORDS
#define MORE(r)
#endif
#define REALS double, double, double, double, double, double, double, double
#define FILLED(r)                                                                                  \
    (r)->words[0], (r)->words[1], (r)->words[2], (r)->words[3], (r)->words[4],                     \
        (r)->words[5] MORE(r), (r)->reals[0], (r)->reals[1], (r)->reals[2], (r)->reals[3],         \
        (r)->reals[4], (r)->reals[5], (r)->reals[6], (r)->reals[7]

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

/* The function's own answer into the state. */
static int call_function(kh_call *call, const kh_thunk *self, char *state, const registers *regs) {
    char *out = state + self->result_offset;
    if (self->result == 'd') {
        double (*function)(WORDS MORE_WORDS, REALS);
        memcpy(&function, &self->function, sizeof function);
        double value = function(FILLED(regs));
        memcpy(out, &value, sizeof value);
        return 0;
    }
    if (self->result == 'f') {
        float (*function)(WORDS MORE_WORDS, REALS);
        memcpy(&function, &self->function, sizeof function);
        float value = function(FILLED(regs));
        memcpy(out, &value, sizeof value);
        return 0;
    }
    int64_t (*function)(WORDS MORE_WORDS, REALS);
    memcpy(&function, &self->function, sizeof function);
    int64_t value = function(FILLED(regs));
    if (self->result == 'v') return 0;
    if (self->result == 'T')
        return give_text(call, state, self->result_offset, (const char *)(uintptr_t)value);
    if (self->result == 'b') value = (value & 0xff) != 0;
    memcpy(out, &value, kh_size_of(self->result)); /* above them a register holds anything */
    return 0;
}

int kh_function_step(kh_call *call, void *memory) {
    char *state = memory;
    const kh_thunk *self;
    memcpy(&self, state, sizeof self);
    registers regs = {.words = {0}};
    for (int i = 0; i < KH_MOST_PARAMETERS; i++) regs.counts[i] = -1;
    int answer = take_arguments(call, self, state, &regs);
    if (answer >= 0) answer = call_function(call, self, state, &regs);
    if (answer < 0) return answer;
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (!at->is_array || !at->is_written || regs.copies[i] == NULL) continue;
        counted value;
        memcpy(&value, state + at->offset, sizeof value);
        convert(at->type, regs.copies[i], value.data, value.count, true);
    }
    return KH_DONE;
}
