/* A client of `host serve` in C: writes requests and counts records, with one thread. */
#include "bench_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static pid_t start(const char *host, const char *plugin, int *in, int *out) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0) return -1;
    if (pipe2(from, O_CLOEXEC) != 0) return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    char *words[] = {(char *)host, "serve", "--plugin", (char *)plugin, NULL};
    pid_t child = -1;
    if (posix_spawn(&child, host, &actions, NULL, words, environ) != 0) child = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    *in = to[1];
    *out = from[0];
    return child;
}

/* Records begin with an id; the first and the last line do not. */
static long count_records(const char *bytes, size_t length, bool *is_start) {
    long count = 0;
    for (size_t at = 0; at < length;) {
        if (*is_start && length - at > 1 && bytes[at + 1] == '"') {
            if (length - at > 2 && bytes[at + 2] == 'i') count++;
        }
        const char *end = memchr(bytes + at, '\n', length - at);
        *is_start = end != NULL;
        if (!end) break;
        at = (size_t)(end - bytes) + 1;
    }
    return count;
}

static size_t write_requests(char *to, size_t room, long *next, long count, long every_crash) {
    size_t used = 0;
    while (*next < count && room - used > 128) {
        bool dies = every_crash > 0 && *next % every_crash == every_crash / 2;
        used += (size_t)snprintf(to + used, room - used,
                                 "{\"id\":%ld,\"kernel\":\"point\",\"args\":[%s]}\n", *next,
                                 dies ? "true" : "false");
        ++*next;
    }
    return used;
}

double bench_serve(const char *host, const char *plugin, long count, long every_crash,
                   long *tokens) {
    enum { ROOM = 1 << 18 };
    int in, out;
    pid_t child = start(host, plugin, &in, &out);
    char *text = malloc(2 * ROOM), *line = text + ROOM;
    *tokens = 0;
    if (child < 0 || !text) return -1;
    fcntl(in, F_SETFL, O_NONBLOCK);
    size_t used = 0, sent = 0;
    long next = 0;
    double begin = 0;
    size_t kept = 0; /* the beginning of a line that was cut */
    for (;;) {
        if (begin > 0 && sent == used && next < count) {
            used = write_requests(text, ROOM, &next, count, every_crash);
            sent = 0;
        }
        bool has_more = sent < used;
        if (!has_more && next == count && in >= 0) {
            close(in);
            in = -1;
        }
        struct pollfd waits[2] = {{.fd = out, .events = POLLIN},
                                  {.fd = has_more ? in : -1, .events = POLLOUT}};
        if (poll(waits, 2, 30000) <= 0) break;
        if (waits[1].revents) {
            ssize_t wrote = write(in, text + sent, used - sent);
            if (wrote > 0) sent += (size_t)wrote;
            else if (wrote < 0 && errno != EAGAIN) break;
        }
        if (!waits[0].revents) continue;
        ssize_t got = read(out, line + kept, ROOM - kept);
        if (got <= 0) break;
        if (begin == 0) {
            /* The server is there: its first line has come, or a part of it. */
            begin = now();
        }
        size_t length = kept + (size_t)got;
        size_t whole = length;
        while (whole > 0 && line[whole - 1] != '\n') whole--;
        if (whole == 0 && length == ROOM) whole = length; /* only the first line is so long */
        bool is_start = true;
        *tokens += count_records(line, whole, &is_start);
        kept = length - whole;
        memmove(line, line + whole, kept);
    }
    double seconds = now() - begin;
    free(text);
    close(out);
    if (in >= 0) close(in);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0 ? seconds : -1;
}
