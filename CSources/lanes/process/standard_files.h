/* Descriptors 0, 1 and 2, and the C library's streams over them, as each kernel finds them: what a
 * call, or code at load, has closed, redirected or made wide is put back. */
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
    /* A copy of descriptor 1, and so of 2, of a high number, which kernels do not meet by chance;
     * -1: there is none. */
    int copy;
    FILE *streams[KH_STANDARD];
    int flags[KH_STANDARD]; /* of the streams, as kh_stream_flags has them */
    char *output; /* of a worker: 1 and 2 lead to this memory; NULL: elsewhere */
} kh_standard_files;

/* Notes all as it is. [output]: see there. */
void kh_standard_note(kh_standard_files *self, char *output);
/* Gives back what the note holds. */
void kh_standard_forget(kh_standard_files *self);
enum kh_standard_change {
    KH_STANDARD_SAME,
    KH_STANDARD_WIDE, /* nothing but that wide letters were written, which all may */
    KH_STANDARD_CHANGED
};
/* Puts back what is not as it was noted, and returns what was not. What the streams have in their
 * buffers is written. Some microseconds; one where nothing is to be done. */
enum kh_standard_change kh_standard_restore(kh_standard_files *self);
/* The copy, which shares its place in the file with 1 and 2; -1: it is lost. */
int kh_standard_copy(kh_standard_files *self);

/* How a stream buffers, whether it can be written to, and has failed. */
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

/* What was written with letters of one byte: the next call may write wide ones, as it could in a
 * process of its own. */
static inline void kh_standard_forget_bytes(void) {
#ifdef __GLIBC__
    if (stdout->_mode < 0) stdout->_mode = 0;
    if (stderr->_mode < 0) stderr->_mode = 0;
#endif
}

/* But for wide letters. */
static inline bool kh_stream_is_as_noted(const kh_standard_files *self, FILE *now, int number) {
    return now == self->streams[number] && kh_stream_flags(now) == self->flags[number];
}

/* Whether stdout and stderr are as noted: a look at some words, with no call to the system. */
static inline bool kh_standard_streams_are_as_noted(const kh_standard_files *self) {
    return kh_stream_is_as_noted(self, stdout, 1) && !kh_stream_is_wide(stdout) &&
           kh_stream_is_as_noted(self, stderr, 2) && !kh_stream_is_wide(stderr);
}

#endif
