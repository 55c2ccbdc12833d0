/* Kernels that use descriptors: other code's, and some of their own. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int closes_descriptors_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    for (int descriptor = 0; descriptor < 1024; descriptor++) close(descriptor);
    return KH_DONE;
}
HOSTILE_KERNEL(closes_descriptors, "Close descriptors 0 to 1023, then end well.");

static int writes_descriptors_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    unsigned char garbage[64];
    memset(garbage, 0xA5, sizeof garbage);
    for (int descriptor = 0; descriptor < 10; descriptor++)
        if (write(descriptor, garbage, sizeof garbage) < 0) continue; /* on to the next */
    return KH_DONE;
}
HOSTILE_KERNEL(writes_descriptors, "Write garbage to descriptors 0 to 9, then end well.");

/* Writes everything. Returns -1 with errno on failure. */
static int write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

typedef struct {
    HOSTILE_MEMBERS;
    kh_text path, mode;
    int64_t bytes;
} opens_file;

static int opens_file_step(kh_call *call, void *state) {
    opens_file *self = state;
    HOSTILE_WAIT(self);
    bool writes = strcmp(self->mode.data, "write") == 0;
    int flags = writes ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY;
    int file = open(self->path.data, flags | O_CLOEXEC, 0666);
    if (file < 0) return hostile_refused(call, self->path.data);
    char bytes[4096] = "written by a kernel\n";
    ssize_t count = writes ? write(file, bytes, strlen(bytes)) : read(file, bytes, sizeof bytes);
    int number = errno;
    close(file);
    errno = number;
    if (count < 0) return hostile_refused(call, self->path.data);
    self->bytes = count;
    return KH_DONE;
}

KH_KERNEL(opens_file,
    .summary = "Open a file; read its first 4 KiB, or write a line.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        HOSTILE_AT(opens_file), KH_PARAM(opens_file, path, "the file", .required = 1),
        KH_PARAM(opens_file, mode, "what to do", .choices = KH_CHOICES("read", "write"))),
    .results = KH_RESULTS(KH_RESULT(opens_file, bytes, "read or written", .unit = "bytes")),
    .defaults = KH_DEFAULTS(opens_file, .mode = {"read", 4}),
    .step = opens_file_step);

/* It has a listener of its own, so it works wherever sockets do. */
static int connects_step(kh_call *call, void *state) {
    hostile_state *self = state;
    HOSTILE_WAIT(self);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) return hostile_refused(call, "socket");
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    int result = KH_DONE, client = -1;
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
        (client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
        connect(client, (struct sockaddr *)&address, length) != 0)
        result = hostile_refused(call, "connect to 127.0.0.1");
    if (client >= 0) close(client);
    close(listener);
    return result;
}
HOSTILE_KERNEL(connects, "Connect a socket of AF_INET to one that listens on 127.0.0.1.");

typedef struct {
    HOSTILE_MEMBERS;
    kh_text text;
    int64_t times;
} prints_raw;

static int prints_raw_step(kh_call *call, void *state) {
    prints_raw *self = state;
    HOSTILE_WAIT(self);
    for (int64_t i = 0; i < self->times; i++) {
        if (write_all(STDOUT_FILENO, self->text.data, self->text.length) != 0)
            return hostile_refused(call, "write to stdout");
        printf("%s", self->text.data); /* not flushed, as is often forgotten */
    }
    return KH_DONE;
}

KH_KERNEL(prints_raw,
    .summary = "Write to descriptor 1 past the host, with write() and with printf().",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        HOSTILE_AT(prints_raw), KH_PARAM(prints_raw, text, "what to write"),
        KH_PARAM(prints_raw, times, "how often, each way", .range = KH_AT_LEAST(0))),
    .defaults = KH_DEFAULTS(prints_raw, .text = {"raw\n", 4}, .times = 1),
    .step = prints_raw_step);

typedef struct {
    HOSTILE_MEMBERS;
    int64_t megabytes;
} floods;

static int floods_step(kh_call *call, void *state) {
    floods *self = state;
    HOSTILE_WAIT(self);
    char lines[4096];
    memset(lines, 'x', sizeof lines);
    for (size_t i = 63; i < sizeof lines; i += 64) lines[i] = '\n';
    for (int64_t i = 0; i < self->megabytes * 256; i++)
        if (write_all(STDERR_FILENO, lines, sizeof lines) != 0)
            return hostile_refused(call, "write to stderr");
    return KH_DONE;
}

KH_KERNEL(floods,
    .summary = "Write many lines to descriptor 2 in one step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(floods), KH_PARAM(floods, megabytes, "how much", .unit = "MiB",
                                                     .range = KH_RANGE(0, 1 << 20))),
    .defaults = KH_DEFAULTS(floods, .megabytes = 1),
    .step = floods_step);
