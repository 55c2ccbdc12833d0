/* Descriptors 0, 1 and 2, and the C library's streams over them, as each kernel finds them. What
 * a call, or code at load, has closed, redirected or made wide is restored. */
#ifndef KH_STANDARD_FILES_H
#define KH_STANDARD_FILES_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <wchar.h>

enum { KH_STANDARD = 3 };

typedef struct kh_standard_files {
    struct {
        bool is_open;
        dev_t device;
        ino_t file;
    } files[KH_STANDARD];
    /* A copy of descriptor 1, and so of 2. Its number is high, so that kernels do not use it by
     * accident. -1: absent. */
    int copy;
    FILE *streams[KH_STANDARD];
    int flags[KH_STANDARD]; /* of the streams, as kh_stream_flags returns them */
    char *output; /* of a worker: 1 and 2 lead to this memory; NULL: elsewhere */
} kh_standard_files;

/* Notes the current state. [output]: see the member. */
void kh_standard_note(kh_standard_files *self, char *output);
/* Frees what the note holds. */
void kh_standard_forget(kh_standard_files *self);
enum kh_standard_change {
    KH_STANDARD_SAME,
    KH_STANDARD_WIDE, /* only wide characters were written, which is allowed */
    KH_STANDARD_CHANGED
};
/* Restores what differs from the note. Returns what differed. Writes what the streams have in
 * their buffers. Takes some microseconds, or one if nothing differs. */
enum kh_standard_change kh_standard_restore(kh_standard_files *self);
/* Returns the copy, which shares the file offset of 1 and 2; -1: it is lost. */
int kh_standard_copy(kh_standard_files *self);

/* Returns how a stream buffers, whether it is writable, and whether it has failed. */
static inline int kh_stream_flags(FILE *stream) {
#ifdef __GLIBC__
    return stream->_flags & (0x2 | 0x8 | 0x20 | 0x200);
#else
    return ferror(stream);
#endif
}

static inline bool kh_stream_is_wide(FILE *stream) {
#ifdef __GLIBC__
    return stream->_mode > 0;
#else
    return fwide(stream, 0) > 0;
#endif
}

/* Forgets that bytes were written, so that the next call may write wide characters, as in a
 * process of its own. */
static inline void kh_standard_forget_bytes(void) {
#ifdef __GLIBC__
    if (stdout->_mode < 0) stdout->_mode = 0;
    if (stderr->_mode < 0) stderr->_mode = 0;
#endif
}

/* This ignores wide characters. */
static inline bool kh_stream_is_as_noted(const kh_standard_files *self, FILE *now, int number) {
    return now == self->streams[number] && kh_stream_flags(now) == self->flags[number];
}

/* Returns whether stdout and stderr are as noted. Reads some words, and makes no system call. */
static inline bool kh_standard_streams_are_as_noted(const kh_standard_files *self) {
    return kh_stream_is_as_noted(self, stdout, 1) && !kh_stream_is_wide(stdout) &&
           kh_stream_is_as_noted(self, stderr, 2) && !kh_stream_is_wide(stderr);
}

#endif
