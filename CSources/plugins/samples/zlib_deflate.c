/* zlib: what a library opens lives from start to finish. By hand, in the repository's root:
 *   cc -shared -fPIC -Iinclude CSources/plugins/samples/zlib_deflate.c -lz -o libzlib_deflate.so */
#include "kernel_host.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

typedef struct {
    kh_text path; /* parameters */
    int32_t level, window;
    uint64_t bytes_in, bytes_out, crc32; /* results */
    double ratio;
    uint8_t *input;
    z_stream zlib;
    int file; /* descriptor + 1: a state begins as zeros, so 0 means that it is not open */
} zlib_deflate;
static int zlib_deflate_start(kh_call *call, void *state) {
    zlib_deflate *self = state;
    if (strlen(self->path.data) != self->path.length) return -EINVAL; /* a NUL inside */
    self->input = kh_alloc(call, (size_t)self->window); /* the host frees it */
    if (self->input == NULL || deflateInit(&self->zlib, self->level) != Z_OK) return -ENOMEM;
    /* O_NONBLOCK: waiting for the writer of a pipe would block all other calls. */
    self->file = open(self->path.data, O_RDONLY | O_NONBLOCK) + 1;
    if (self->file != 0) return KH_MORE;
    return kh_fail(call, -errno, "%s: %s", self->path.data, strerror(errno));
}
static int zlib_deflate_step(kh_call *call, void *state) {
    zlib_deflate *self = state;
    uint8_t output[16384];
    ssize_t count = read(self->file - 1, self->input, (size_t)self->window);
    if (count < 0) return kh_fail(call, -errno, "%s: %s", self->path.data, strerror(errno));
    self->crc32 = crc32(self->crc32, self->input, (uInt)count);
    self->zlib.next_in = self->input;
    self->zlib.avail_in = (uInt)count;
    do { /* again as long as zlib fills the output: it has more to give */
        self->zlib.next_out = output;
        self->zlib.avail_out = sizeof output;
        deflate(&self->zlib, count == 0 ? Z_FINISH : Z_NO_FLUSH);
    } while (self->zlib.avail_out == 0);
    self->bytes_in = self->zlib.total_in;
    self->bytes_out = self->zlib.total_out;
    self->ratio = (double)self->bytes_in / (double)self->bytes_out;
    return count > 0 ? KH_MORE : KH_DONE;
}
static int zlib_deflate_finish(kh_call *call, void *state) { /* also after a failed start */
    zlib_deflate *self = state;
    deflateEnd(&self->zlib);
    if (self->file != 0) close(self->file - 1);
    return (void)call, 0;
}
KH_KERNEL(zlib_deflate, .summary = "Deflate a file, a window of it a step.", .flags = KH_PURE,
    .params = KH_PARAMS(KH_PARAM(zlib_deflate, path, "the file", .required = 1),
        KH_PARAM(zlib_deflate, level, "1 is fast, 9 small", .range = KH_RANGE(1, 9)),
        KH_PARAM(zlib_deflate, window, "bytes a step", .range = KH_RANGE(1, 1 << 24))),
    .results = KH_RESULTS(KH_RESULT(zlib_deflate, bytes_in, "of the file"),
        KH_RESULT(zlib_deflate, bytes_out, "deflated"), KH_RESULT(zlib_deflate, ratio, "in / out"),
        KH_RESULT(zlib_deflate, crc32, "of the file")),
    .defaults = KH_DEFAULTS(zlib_deflate, .level = 6, .window = 65536),
    .start = zlib_deflate_start, .step = zlib_deflate_step, .finish = zlib_deflate_finish);
