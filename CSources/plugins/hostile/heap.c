/* Kernels that damage the heap. The first two end without an error: the damage kills a later
 * user of the heap, so blame must be verified. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <stdlib.h>

static void scribble(volatile unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) bytes[i] = 0xA5;
}

typedef struct {
    HOSTILE_MEMBERS;
    int64_t bytes;
} heap_overflow;

static int heap_overflow_step(kh_call *call, void *state) {
    heap_overflow *self = state;
    HOSTILE_WAIT(self);
    /* So large that no free block suffices. It is cut from the top of the heap, and the head of
     * the rest is overwritten. */
    size_t size = 64 << 10;
    unsigned char *volatile block = malloc(size);
    if (block == NULL) return kh_fail(call, -ENOMEM, "no memory to overflow");
    scribble(block, size + (size_t)self->bytes);
    return KH_DONE; /* a free(block) would be the first to notice */
}

KH_KERNEL(heap_overflow,
    .summary = "Write past the end of a block of malloc, then end well.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(heap_overflow),
                        KH_PARAM(heap_overflow, bytes, "how far past the end", .unit = "bytes",
                                 .range = KH_RANGE(0, 1 << 30))),
    .defaults = KH_DEFAULTS(heap_overflow, .bytes = 64),
    .step = heap_overflow_step);

/* For the fast lists of small blocks, and for the others. Every second block stays allocated, or
 * its free neighbours would merge, with nothing to damage inside. These blocks are lost. */
enum { SIZES = 3, BLOCKS = 32 };
static const size_t sizes[SIZES] = {32, 256, 4096};

static int use_after_free_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    unsigned char *volatile blocks[SIZES][BLOCKS];
    for (size_t s = 0; s < SIZES; s++)
        for (size_t i = 0; i < BLOCKS; i++) blocks[s][i] = malloc(sizes[s]);
    /* All uses of the heap precede all damage: this call is not the victim. */
    for (size_t s = 0; s < SIZES; s++)
        for (size_t i = 0; i < BLOCKS; i += 2) free(blocks[s][i]);
    for (size_t s = 0; s < SIZES; s++)
        for (size_t i = 0; i < BLOCKS; i += 2) {
            unsigned char *volatile block = blocks[s][i];
            if (block != NULL) scribble(block, sizes[s]);
        }
    return KH_DONE;
}
HOSTILE_KERNEL(use_after_free, "Write into blocks that it has freed, then end well.");

static int double_free_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    void *volatile block = malloc(100);
    void *volatile same = block;
    free(block);
    free(same);
    return KH_DONE;
}
HOSTILE_KERNEL(double_free, "Free a block twice.");
