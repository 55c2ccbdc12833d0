/* Size classes of memory, in bytes. Slots and blocks are rounded up to them. */
#ifndef KH_SIZES_H
#define KH_SIZES_H

#include <stdint.h>

enum { KH_SIZE_CLASSES = 16 + 4 * 30 };

/* Memory of this size and more gives its pages back when it is freed. */
#define KH_LARGE_BLOCK (UINT64_C(1) << 20)

/* Returns the size class: a class every 64 bytes up to 1024, then four classes to a doubling.
 * The result may exceed the last class. */
static inline uint32_t kh_size_class(uint64_t size, uint64_t *rounded) {
    if (size <= 1024) {
        uint32_t index = size == 0 ? 0 : (uint32_t)((size - 1) / 64);
        *rounded = (uint64_t)(index + 1) * 64;
        return index;
    }
    uint32_t doubling = 63u - (uint32_t)__builtin_clzll(size - 1); /* 2^doubling < size */
    uint64_t quarter = UINT64_C(1) << (doubling - 2);
    uint64_t quarters = (size - (UINT64_C(1) << doubling) + quarter - 1) / quarter; /* 1...4 */
    *rounded = (UINT64_C(1) << doubling) + quarters * quarter;
    return 16 + 4 * (doubling - 10) + (uint32_t)quarters - 1;
}

/* Zeroes [size] bytes and gives their whole pages back to the system. */
void kh_discard(char *bytes, uint64_t size);

#endif
