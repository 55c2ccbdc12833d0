#include "kh_journal.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

/* Row 0 has the remainder of each byte, row k that of a byte with k zero bytes behind it: eight
 * bytes at a time are eight look-ups that do not wait for each other. */
#define POLYNOMIAL 0x82F63B78u /* 0x1EDC6F41 with its bits reversed */

#define BIT(c) ((c) & 1 ? (c) >> 1 ^ POLYNOMIAL : (c) >> 1)

static uint32_t rows[8][256];
static bool has_instruction;

static uint64_t eight(const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

uint32_t kh_crc32c_portable(uint32_t crc, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    crc = ~crc;
    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word = eight(at) ^ crc;
        crc = rows[7][word & 0xFF] ^ rows[6][word >> 8 & 0xFF] ^ rows[5][word >> 16 & 0xFF] ^
              rows[4][word >> 24 & 0xFF] ^ rows[3][word >> 32 & 0xFF] ^ rows[2][word >> 40 & 0xFF] ^
              rows[1][word >> 48 & 0xFF] ^ rows[0][word >> 56];
    }
    for (; size > 0; size--, at++) crc = crc >> 8 ^ rows[0][(crc ^ *at) & 0xFF];
    return ~crc;
}

/* The instruction takes eight bytes each three cycles: a record of a journal is done in some
 * nanoseconds, so that three streams at a time, for long texts, are not worth their code. */
#if defined(__x86_64__)
static bool find_instruction(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const void *bytes,
                                                                 size_t size) {
    const unsigned char *at = bytes;
    uint64_t wide = ~crc;
    for (; size >= 8; size -= 8, at += 8) wide = __builtin_ia32_crc32di(wide, eight(at));
    crc = (uint32_t)wide;
    for (; size > 0; size--, at++) crc = __builtin_ia32_crc32qi(crc, *at);
    return ~crc;
}
#elif defined(__aarch64__)
static bool find_instruction(void) {
    return (getauxval(AT_HWCAP) & 1ul << 7) != 0; /* HWCAP_CRC32 */
}

/* gcc and clang name the intrinsics and their targets differently. */
static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    crc = ~crc;
    for (; size >= 8; size -= 8, at += 8)
        __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(eight(at)));
    for (; size > 0; size--, at++)
        __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"((uint32_t)*at));
    return ~crc;
}
#else
static bool find_instruction(void) { return false; }

static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t size) {
    return kh_crc32c_portable(crc, bytes, size);
}
#endif

/* Runs before main, so that threads find all of it complete. */
__attribute__((constructor)) static void make_rows(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t c = byte;
        for (int bit = 0; bit < 8; bit++) c = BIT(c);
        rows[0][byte] = c;
    }
    for (int row = 1; row < 8; row++)
        for (int byte = 0; byte < 256; byte++)
            rows[row][byte] = rows[row - 1][byte] >> 8 ^ rows[0][rows[row - 1][byte] & 0xFF];
    has_instruction = find_instruction();
}

uint32_t kh_crc32c(uint32_t crc, const void *bytes, size_t size) {
    return has_instruction ? by_instruction(crc, bytes, size) : kh_crc32c_portable(crc, bytes, size);
}
