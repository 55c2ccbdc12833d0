/* What the fuzzers of the C part share: an input that is read as numbers, and a check that
 * ends the process. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What must hold for any input. */
#define MUST(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

static const uint8_t *input;
static size_t input_left;

static inline void begin_input(const uint8_t *bytes, size_t count) {
    input = bytes;
    input_left = count;
}

static inline bool has_input(void) { return input_left > 0; }

/* The next [size] bytes as a number, least byte first; 0 behind the end. */
static inline uint64_t number(size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size && input_left > 0; i++, input_left--)
        value |= (uint64_t)*input++ << (8 * i);
    return value;
}

/* Reads each byte, so that a sanitizer sees it. */
static inline void read_all(const void *bytes, size_t count) {
    static volatile uint8_t sink;
    for (size_t i = 0; i < count; i++) sink = ((const volatile uint8_t *)bytes)[i];
    (void)sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#endif
