/* Moves the arguments of a declared function from the state to registers and stack. */
#include "plugins/ffi_arguments.h"

#include <errno.h>
#include <string.h>

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

/* Returns whether the arena has elements of the same type, so that the function can use them
 * directly. */
static bool is_plain(char type) {
    return type == 'd' || type == 'l' || type == 'L';
}

/* Returns a double whose low bytes are the float's, as a register holds it. */
static double float_bits(float value) {
    double bits = 0;
    memcpy(&bits, &value, sizeof value);
    return bits;
}

void kh_convert(char type, char *theirs, char *ours, uint64_t count, bool back) {
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

/* Returns the first element of an array that the function's type cannot hold; -1: all fit. */
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
    return at->kind == KH_COUNTED || at->kind == KH_FIXED || at->kind == KH_BY_CELL;
}

/* Returns the least and the most that a whole number's type holds. For 64 bits it is the range
 * of int64_t. */
static void limits_of(char type, int64_t *low, int64_t *high) {
    int bits = 8 * (int)kh_size_of(type);
    bool has_sign = type == 'c' || type == 's' || type == 'i' || type == 'l';
    *low = has_sign ? (bits == 64 ? INT64_MIN : -(INT64_C(1) << (bits - 1))) : 0;
    *high = bits == 64 ? INT64_MAX
            : has_sign ? (INT64_C(1) << (bits - 1)) - 1
                       : (INT64_C(1) << bits) - 1;
}

counted kh_array_of(const char *state, const kh_parameter *at) {
    counted value;
    memcpy(&value, state + at->offset, sizeof value);
    return value;
}

/* ------------------------------------------------------------- counts --- */

static int agree(kh_call *call, const kh_thunk *self, int index, int64_t given, registers *regs) {
    int counter = self->parameters[index].number;
    int64_t *count = &regs->counts[counter];
    if (*count >= 0 && *count != given)
        return kh_fail(
            call, -EINVAL, "%s has %lld elements, the array before it %lld; %s counts both",
            self->names[index], (long long)given, (long long)*count, self->names[counter]);
    *count = given;
    return 0;
}

/* Finds the counts of arrays, from the arrays that are given and from explicit counts. */
static int find_counts(kh_call *call, const kh_thunk *self, const char *state, registers *regs) {
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (at->kind == KH_BY_CELL) {
            const kh_parameter *cell = &self->parameters[at->number];
            int64_t *room = &regs->counts[at->number];
            kh_convert(cell->type, (char *)(uintptr_t)state + cell->offset, (char *)room, 1, true);
            if (*room < 0) return kh_fail(call, -EINVAL, "%s is negative", self->names[at->number]);
        }
        if (at->kind != KH_COUNTED) continue;
        counted value = kh_array_of(state, at);
        if (at->is_written && (value.count == 0 || at->type == 'T') &&
            self->parameters[at->number].kind == KH_OPTIONAL_COUNT)
            continue; /* it is optional, or a buffer that a text need not fill */
        int result = agree(call, self, i, (int64_t)value.count, regs);
        if (result < 0) return result;
    }
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (at->kind != KH_COUNT && at->kind != KH_OPTIONAL_COUNT) continue;
        int64_t said = 0, low, high;
        if (at->kind == KH_OPTIONAL_COUNT)
            kh_convert(at->type, (char *)(uintptr_t)state + at->offset, (char *)&said, 1, true);
        if (said < 0 || (said > 0 && regs->counts[i] >= 0 && regs->counts[i] != said))
            return kh_fail(call, -EINVAL, "%s is %lld, and what it counts has %lld elements",
                           self->names[i], (long long)said, (long long)regs->counts[i]);
        if (regs->counts[i] < 0) regs->counts[i] = said;
        limits_of(at->type, &low, &high);
        if (regs->counts[i] > high)
            return kh_fail(call, -ERANGE,
                           "%lld elements are more than %s, their count, can say: %lld",
                           (long long)regs->counts[i], self->names[i], (long long)high);
    }
    return 0;
}

/* ---------------------------------------------------------- arguments --- */

/* Allocates room that the call owns. A fence follows it, and a NUL for a text without one.
 * Refuses sizes that would overflow. */
static void *room(kh_call *call, int index, uint64_t count, uint64_t size, registers *regs) {
    if (count > (UINT64_C(1) << 48)) return NULL;
    char *start = kh_alloc(call, (size_t)(count * size) + FENCE + 1);
    if (start == NULL) return NULL;
    regs->fences[index] = memset(start + count * size, FENCE_FILL, FENCE);
    return start;
}

uint64_t kh_buffer_size(const kh_parameter *at, const registers *regs) {
    return (uint64_t)(at->kind == KH_FIXED ? at->number : regs->counts[at->number]);
}

static int take_text(kh_call *call, const kh_thunk *self, int index, char *state, registers *regs) {
    const kh_parameter *at = &self->parameters[index];
    counted text = kh_array_of(state, at);
    bool is_buffer = at->is_written, ends = is_buffer || at->kind == KH_VALUE;
    if (ends && text.count > 0 && memchr(text.data, 0, text.count) != NULL)
        return kh_fail(call, -EINVAL, "%s has a NUL character in it, where a text of C ends",
                       self->names[index]);
    const char *start = text.data == NULL ? "" : text.data;
    if (is_buffer) {
        if (at->kind == KH_COUNTED && regs->counts[at->number] == 0)
            regs->counts[at->number] = (int64_t)text.count + 1;
        uint64_t size = kh_buffer_size(at, regs);
        if (text.count >= size)
            return kh_fail(call, -EINVAL, "%s has %llu bytes and a NUL, and room for %llu",
                           self->names[index], (unsigned long long)text.count,
                           (unsigned long long)size);
        char *copy = room(call, index, size, 1, regs);
        if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
        memcpy(copy, start, text.count);
        regs->copies[index] = copy;
        start = copy;
    }
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)start;
    return 0;
}

static int take_array(kh_call *call, const kh_thunk *self, int index, char *state,
                      registers *regs) {
    const kh_parameter *at = &self->parameters[index];
    counted value = kh_array_of(state, at);
    bool is_bytes = at->type == 'V';
    uint64_t count =
        at->kind == KH_FIXED ? (uint64_t)at->number : (uint64_t)regs->counts[at->number];
    if (value.count == 0 && at->is_written && count > 0) {
        value.data = room(call, index, count, is_bytes ? 1 : 8, regs);
        if (value.data == NULL)
            return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
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
        char *copy = room(call, index, count, kh_size_of(at->type), regs);
        if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
        if (is_bytes && count > 0) memcpy(copy, value.data, count);
        if (!is_bytes) kh_convert(at->type, copy, value.data, count, false);
        regs->copies[index] = copy;
        value.data = copy;
    }
    /* Some functions refuse NULL, even if there is nothing to read. */
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)(value.data == NULL ? "" : value.data);
    return 0;
}

static int take_cell(kh_call *call, const kh_thunk *self, int index, const char *state,
                     registers *regs) {
    size_t size = kh_size_of(self->parameters[index].type);
    char *cell = room(call, index, 1, size, regs);
    if (cell == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
    memcpy(cell, state + self->parameters[index].offset, size);
    regs->copies[index] = cell;
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)cell;
    return 0;
}

static int take_choice(kh_call *call, const kh_thunk *self, int index, const char *state,
                       registers *regs) {
    const kh_parameter *at = &self->parameters[index];
    counted text = kh_array_of(state, at);
    for (int i = 0; at->choices[i] != NULL; i++) {
        if (strlen(at->choices[i]) != text.count ||
            memcmp(at->choices[i], text.data, text.count) != 0)
            continue;
        regs->words[regs->word_count++] = at->values[i];
        return 0;
    }
    return kh_fail(call, -EINVAL, "%s is not one of its constants", self->names[index]);
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
        kh_convert(at->type, state + at->offset, (char *)&regs->words[regs->word_count++], 1, true);
    }
    return 0;
}

int kh_take_arguments(kh_call *call, const kh_thunk *self, char *state, registers *regs) {
    int result = find_counts(call, self, state, regs);
    for (int i = 0; i < self->parameter_count && result >= 0; i++)
        result = take_argument(call, self, i, state, regs);
    int word = 0;
    for (int i = 0; i < self->parameter_count; i++) {
        const kh_parameter *at = &self->parameters[i];
        if (at->kind == KH_COUNT || at->kind == KH_OPTIONAL_COUNT)
            regs->words[word] = regs->counts[i];
        if (at->kind != KH_VALUE || !kh_is_real(at->type)) word++;
    }
    return result;
}
