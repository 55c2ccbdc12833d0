/* SHA-256 of a text or a file (FIPS 180-4), 64 KiB a step. */
#define _POSIX_C_SOURCE 200809L
#include "kernel_host.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64, BYTES_A_STEP = 65536 };

typedef struct {
    kh_text text, path; /* parameters */
    uint32_t hash[8];
    uint64_t length;       /* bytes so far */
    uint8_t *buffer;       /* what a step reads from the file */
    uint8_t rest[BLOCK];   /* bytes that do not fill a block yet */
    int file;              /* descriptor + 1; 0: it is not open */
    char hex[65];
    kh_text digest; /* result */
} sha256;

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, int by) {
    return x >> by | x << (32 - by);
}

static void hash_block(uint32_t hash[8], const uint8_t *bytes) {
    uint32_t w[64], h[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
               (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(h, hash, sizeof h);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotate(h[4], 6) ^ rotate(h[4], 11) ^ rotate(h[4], 25);
        uint32_t t1 = h[7] + s1 + ((h[4] & h[5]) ^ (~h[4] & h[6])) + k[i] + w[i];
        uint32_t s0 = rotate(h[0], 2) ^ rotate(h[0], 13) ^ rotate(h[0], 22);
        uint32_t t2 = s0 + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));
        memmove(h + 1, h, 7 * sizeof *h);
        h[4] += t1;
        h[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) hash[i] += h[i];
}

static void add(sha256 *self, const uint8_t *bytes, size_t count) {
    size_t filled = self->length % BLOCK;
    self->length += count;
    while (count > 0) {
        if (filled == 0 && count >= BLOCK) {
            hash_block(self->hash, bytes);
            bytes += BLOCK;
            count -= BLOCK;
            continue;
        }
        size_t part = BLOCK - filled < count ? BLOCK - filled : count;
        memcpy(self->rest + filled, bytes, part);
        filled += part;
        bytes += part;
        count -= part;
        if (filled == BLOCK) {
            hash_block(self->hash, self->rest);
            filled = 0;
        }
    }
}

static int end(sha256 *self) {
    uint64_t bits = self->length * 8;
    uint8_t padding[BLOCK + 8] = {0x80};
    size_t zeros = (BLOCK + 56 - 1 - self->length % BLOCK) % BLOCK;
    for (int i = 0; i < 8; i++) padding[1 + zeros + (size_t)i] = (uint8_t)(bits >> (56 - 8 * i));
    add(self, padding, 1 + zeros + 8);
    for (int i = 0; i < 64; i++)
        self->hex[i] = "0123456789abcdef"[self->hash[i / 8] >> (28 - 4 * (i % 8)) & 15];
    self->digest = (kh_text){self->hex, 64};
    return KH_DONE;
}

static int sha256_start(kh_call *call, void *state) {
    sha256 *self = state;
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(self->hash, first, sizeof first);
    if (self->path.length == 0) return KH_MORE;
    if (self->text.length > 0)
        return kh_fail(call, -EINVAL, "give a text or a path, not both");
    if (memchr(self->path.data, 0, self->path.length) != NULL)
        return kh_fail(call, -EINVAL, "the path has a NUL in it");
    self->buffer = kh_alloc(call, BYTES_A_STEP);
    if (self->buffer == NULL) return kh_fail(call, -ENOMEM, "no memory to read into");
    /* O_NONBLOCK: opening a FIFO must not block the other calls. */
    int descriptor = open(self->path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    self->file = descriptor + 1;
    struct stat info;
    if (descriptor < 0 || fstat(descriptor, &info) != 0) {
        int error = errno;
        return kh_fail(call, -error, "cannot open %s: %s", self->path.data, strerror(error));
    }
    if (S_ISDIR(info.st_mode))
        return kh_fail(call, -EISDIR, "%s is a directory", self->path.data);
    if (!S_ISREG(info.st_mode))
        return kh_fail(call, -EINVAL, "%s is not a regular file", self->path.data);
    return KH_MORE;
}

static int sha256_step(kh_call *call, void *state) {
    sha256 *self = state;
    if (self->file == 0) {
        size_t left = self->text.length - (size_t)self->length;
        if (left == 0) return end(self);
        add(self, (const uint8_t *)self->text.data + self->length,
            left < BYTES_A_STEP ? left : BYTES_A_STEP);
        return KH_MORE;
    }
    ssize_t count = read(self->file - 1, self->buffer, BYTES_A_STEP);
    if (count < 0) {
        int error = errno;
        if (error == EINTR) return KH_MORE;
        return kh_fail(call, -error, "cannot read %s: %s", self->path.data, strerror(error));
    }
    if (count == 0) return end(self);
    add(self, self->buffer, (size_t)count);
    return KH_MORE;
}

static int sha256_finish(kh_call *call, void *state) {
    sha256 *self = state;
    (void)call;
    if (self->file != 0) close(self->file - 1);
    return 0;
}

/* Not flat: the bytes of the state do not contain the open file. */
KH_KERNEL(sha256,
    .summary = "SHA-256 of a text or of a file, 64 KiB a step.",
    .flags = KH_PURE,
    .params = KH_PARAMS(
        KH_PARAM(sha256, text, "the text whose UTF-8 is hashed"),
        KH_PARAM(sha256, path, "a regular file to hash instead; empty: the text")),
    .results = KH_RESULTS(KH_RESULT(sha256, digest, "64 hexadecimal digits")),
    .start = sha256_start,
    .step = sha256_step,
    .finish = sha256_finish);
