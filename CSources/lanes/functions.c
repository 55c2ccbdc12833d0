/* Functions of libraries that know nothing of kernels, as kernels: from what the manifest
 * says of their parameters. No code is generated: a call fills all registers that hold
 * arguments, the whole numbers and addresses in one kind, the floating point numbers in the
 * other, each in its own order. That is how x86-64 (System V ABI 1.0, 3.2.3) and arm64
 * (AAPCS64, 6.8.2) pass them as long as there are registers for all. */
#include "functions.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

typedef struct counted {
    void *data;
    uint64_t count;
} counted;

/* The size of a C type. */
size_t kh_size_of(char type) {
    switch (type) {
    case 'c': case 'C': case 'b': case 'V': return 1;
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

bool kh_is_array(const kh_parameter *at) {
    return at->kind == KH_COUNTED || at->kind == KH_FIXED;
}

/* The least and the most that a whole number's type holds; of 64 bits the range of int64_t. */
static void limits_of(char type, int64_t *low, int64_t *high) {
    int bits = 8 * (int)kh_size_of(type);
    bool has_sign = type == 'c' || type == 's' || type == 'i' || type == 'l';
    *low = has_sign ? (bits == 64 ? INT64_MIN : -(INT64_C(1) << (bits - 1))) : 0;
    *high = bits == 64 ? INT64_MAX : has_sign ? (INT64_C(1) << (bits - 1)) - 1 : (INT64_C(1) << bits) - 1;
}

/* What the function is called with. */
typedef struct registers {
    int64_t words[KH_WORDS + KH_STACK_WORDS];
    double reals[KH_REALS];
    int word_count, real_count;
    int64_t counts[KH_MOST_PARAMETERS]; /* by parameter; -1: not known yet */
    char *copies[KH_MOST_PARAMETERS];   /* of arrays and cells; NULL: as they lie */
} registers;

static counted array_of(const char *state, const kh_parameter *at) {
    counted value;
    memcpy(&value, state + at->offset, sizeof value);
    return value;
}

/* ------------------------------------------------------------- counts --- */

static int agree(kh_call *call, const kh_thunk *self, int index, int64_t given, registers *regs) {
    int counter = self->parameters[index].number;
    int64_t *count = &regs->counts[counter];
    if (*count >= 0 && *count != given)
        return kh_fail(call, -EINVAL, "%s has %lld elements, the array before it %lld; %s counts both",
                       self->names[index], (long long)given, (long long)*count,
                       self->names[counter]);
    *count = given;
    return 0;
}

/* What counts arrays, from the arrays that are given and from what is said. */
static int find_counts(kh_call *call, const kh_thunk *self, const char *state, registers *regs) {
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (at->kind != KH_COUNTED) continue;
        counted value = array_of(state, at);
        if (at->is_written && (value.count == 0 || at->type == 'T') &&
            self->parameters[at->number].kind == KH_OPTIONAL_COUNT)
            continue; /* it need not be given, or is a buffer that a text need not fill */
        int answer = agree(call, self, i, (int64_t)value.count, regs);
        if (answer < 0) return answer;
    }
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (at->kind != KH_COUNT && at->kind != KH_OPTIONAL_COUNT) continue;
        int64_t said = 0, low, high;
        if (at->kind == KH_OPTIONAL_COUNT)
            convert(at->type, (char *)(uintptr_t)state + at->offset, (char *)&said, 1, true);
        if (said < 0 || (said > 0 && regs->counts[i] >= 0 && regs->counts[i] != said))
            return kh_fail(call, -EINVAL, "%s is %lld, and what it counts has %lld elements",
                           self->names[i], (long long)said, (long long)regs->counts[i]);
        if (regs->counts[i] < 0) regs->counts[i] = said;
        limits_of(at->type, &low, &high);
        if (regs->counts[i] > high)
            return kh_fail(call, -ERANGE, "%lld elements are more than %s, their count, can say: %lld",
                           (long long)regs->counts[i], self->names[i], (long long)high);
    }
    return 0;
}

/* ---------------------------------------------------------- arguments --- */

/* Room that the call owns; of a size that a mistake does not make wrap round. */
static void *room(kh_call *call, uint64_t count, uint64_t size) {
    return count > (UINT64_C(1) << 48) ? NULL : kh_alloc(call, (size_t)(count * size) + 1);
}

/* How many bytes a text that the function writes to may have, its NUL too. */
static uint64_t buffer_size(const kh_parameter *at, const registers *regs) {
    return (uint64_t)(at->kind == KH_FIXED ? at->number : regs->counts[at->number]);
}

static int take_text(kh_call *call, const kh_thunk *self, int index, char *state, registers *regs) {
    const kh_parameter *at = &self->parameters[index];
    counted text = array_of(state, at);
    bool is_buffer = at->is_written, ends = is_buffer || at->kind == KH_VALUE;
    if (ends && text.count > 0 && memchr(text.data, 0, text.count) != NULL)
        return kh_fail(call, -EINVAL, "%s has a NUL character in it, where a text of C ends",
                       self->names[index]);
    const char *start = text.data == NULL ? "" : text.data;
    if (is_buffer) {
        if (at->kind == KH_COUNTED && regs->counts[at->number] == 0)
            regs->counts[at->number] = (int64_t)text.count + 1;
        uint64_t size = buffer_size(at, regs);
        if (text.count >= size)
            return kh_fail(call, -EINVAL, "%s has %llu bytes and a NUL, and room for %llu",
                           self->names[index], (unsigned long long)text.count,
                           (unsigned long long)size);
        char *copy = room(call, size, 1);
        if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
        memcpy(copy, start, text.count);
        regs->copies[index] = copy;
        start = copy;
    }
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)start;
    return 0;
}

static int take_array(kh_call *call, const kh_thunk *self, int index, char *state, registers *regs) {
    const kh_parameter *at = &self->parameters[index];
    counted value = array_of(state, at);
    bool is_bytes = at->type == 'V';
    uint64_t count = at->kind == KH_FIXED ? (uint64_t)at->number : (uint64_t)regs->counts[at->number];
    if (value.count == 0 && at->is_written && count > 0) {
        value.data = room(call, count, is_bytes ? 1 : 8);
        if (value.data == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
        value.count = count;
        memcpy(state + at->offset, &value, sizeof value);
    }
    if (value.count != count)
        return kh_fail(call, -EINVAL, "%s has %llu elements, expected %llu", self->names[index],
                       (unsigned long long)value.count, (unsigned long long)count);
    int64_t wrong = is_bytes ? -1 : misfit(at->type, value.data, value.count);
    if (wrong >= 0)
        return kh_fail(call, -ERANGE, "element %lld of %s does not fit its type", (long long)wrong,
                       self->names[index]);
    bool lies_right = is_bytes ? !at->is_written : is_plain(at->type);
    if (!lies_right) {
        char *copy = room(call, count, kh_size_of(at->type));
        if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
        if (is_bytes && count > 0) memcpy(copy, value.data, count);
        if (!is_bytes) convert(at->type, copy, value.data, count, false);
        regs->copies[index] = copy;
        value.data = copy;
    }
    /* Some functions refuse NULL, though there is nothing to read. */
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)(value.data == NULL ? "" : value.data);
    return 0;
}

/* Behind the one element of a cell lies what a function leaves alone that means one. */
enum { CELL_SIZE = 256, CELL_FILL = 0xa5 };

static int take_cell(kh_call *call, const kh_thunk *self, int index, const char *state,
                     registers *regs) {
    char *cell = kh_alloc(call, CELL_SIZE);
    if (cell == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
    size_t size = kh_size_of(self->parameters[index].type);
    memcpy(cell, state + self->parameters[index].offset, size);
    memset(cell + size, CELL_FILL, CELL_SIZE - size);
    regs->copies[index] = cell;
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)cell;
    return 0;
}

static int take_choice(kh_call *call, const kh_thunk *self, int index, const char *state,
                       registers *regs) {
    const kh_parameter *at = &self->parameters[index];
    counted text = array_of(state, at);
    for (int i = 0; at->choices[i] != NULL; i++) {
        if (strlen(at->choices[i]) != text.count ||
            memcmp(at->choices[i], text.data, text.count) != 0)
            continue;
        regs->words[regs->word_count++] = at->values[i];
        return 0;
    }
    return kh_fail(call, -EINVAL, "%s is none of its constants", self->names[index]);
}

static int take_argument(kh_call *call, const kh_thunk *self, int index, char *state,
                         registers *regs) {
    const kh_parameter *at = &self->parameters[index];
    if (at->kind == KH_CELL) return take_cell(call, self, index, state, regs);
    if (at->type == 'T') return take_text(call, self, index, state, regs);
    if (kh_is_array(at)) return take_array(call, self, index, state, regs);
    if (at->type == 'E') return take_choice(call, self, index, state, regs);
    if (at->kind == KH_COUNT || at->kind == KH_OPTIONAL_COUNT) {
        regs->word_count++; /* set when all buffers are known */
    } else if (at->type == 'f') {
        float value;
        memcpy(&value, state + at->offset, sizeof value);
        regs->reals[regs->real_count++] = float_bits(value);
    } else if (at->type == 'd') {
        memcpy(&regs->reals[regs->real_count++], state + at->offset, 8);
    } else {
        convert(at->type, state + at->offset, (char *)&regs->words[regs->word_count++], 1, true);
    }
    return 0;
}

static int take_arguments(kh_call *call, const kh_thunk *self, char *state, registers *regs) {
    int answer = find_counts(call, self, state, regs);
    for (int i = 0; i < self->parameter_count && answer >= 0; i++)
        answer = take_argument(call, self, i, state, regs);
    int word = 0;
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (at->kind == KH_COUNT || at->kind == KH_OPTIONAL_COUNT)
            regs->words[word] = regs->counts[i];
        if (at->kind != KH_VALUE || !kh_is_real(at->type)) word++;
    }
    return answer;
}

/* ---------------------------------------------------------------- call --- */

#define WORDS int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#if defined(__aarch64__)
#define MORE_WORDS , int64_t, int64_t
#define MORE(r) , (r)->words[6], (r)->words[7]
#else
#define MORE_WORDS
#define MORE(r)
#endif
/* With all registers full these lie on the stack. */
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

/* The function's own answer into the state. */
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
    memcpy(out, &value, kh_size_of(self->result)); /* above them a register holds anything */
    return 0;
}

/* What the function left in arrays and cells, for the results. */
static int give_back(kh_call *call, const kh_thunk *self, char *state, const registers *regs) {
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        char *copy = regs->copies[i];
        if (copy == NULL || !at->is_written) continue;
        if (at->kind == KH_CELL) {
            size_t size = kh_size_of(at->type);
            memcpy(state + at->offset, copy, size);
            for (size_t k = size; k < CELL_SIZE; k++)
                if ((unsigned char)copy[k] != CELL_FILL)
                    return kh_fail(call, -EOVERFLOW,
                                   "the function wrote more than one element of %s; its declaration "
                                   "must say how many it has, as %s[3] does",
                                   self->names[i], self->names[i]);
            continue;
        }
        counted value = array_of(state, at);
        if (at->type == 'T') {
            value = (counted){copy, strnlen(copy, (size_t)buffer_size(at, regs))};
        } else if (at->type == 'V') {
            value.data = copy;
        } else {
            convert(at->type, copy, value.data, value.count, true);
        }
        memcpy(state + at->offset, &value, sizeof value);
    }
    return 0;
}

static pthread_mutex_t initializing = PTHREAD_MUTEX_INITIALIZER;

/* In each process before the library's first call. */
static int initialize(kh_call *call, const kh_thunk *self) {
    if (self->initializer_count == 0) return 0;
    bool *is_done = self->initializers[0].is_done;
    int answer = 0;
    pthread_mutex_lock(&initializing); /* lanes may be threads */
    for (int i = 0; i < self->initializer_count && !*is_done && answer >= 0; i++) {
        const kh_initializer *at = &self->initializers[i];
        int (*function)(void);
        memcpy(&function, &at->function, sizeof function);
        int value = function();
        if (at->returns_number && value < 0)
            answer = kh_fail(call, -EIO, "%s returned %d", at->name, value);
    }
    if (answer >= 0) *is_done = true;
    pthread_mutex_unlock(&initializing);
    return answer;
}

int kh_function_step(kh_call *call, void *memory) {
    char *state = memory;
    const kh_thunk *self;
    memcpy(&self, state, sizeof self);
    registers regs = {.words = {0}};
    for (int i = 0; i < KH_MOST_PARAMETERS; i++) regs.counts[i] = -1;
    int answer = initialize(call, self);
    if (answer >= 0) answer = take_arguments(call, self, state, &regs);
    errno = 0;
    if (answer >= 0) answer = call_function(call, self, state, &regs);
    int error = errno;
    if (answer >= 0 && self->reports_errno && error != 0) answer = -error;
    if (answer >= 0) answer = give_back(call, self, state, &regs);
    return answer < 0 ? answer : KH_DONE;
}
