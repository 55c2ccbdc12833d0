/* Lines of a journal: JSON objects, one a line, each with a checksum as its last member. Private. */
#ifndef KH_JOURNAL_H
#define KH_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C of [bytes] (Castagnoli's polynomial, RFC 3720 B.4), going on from [crc]; 0 begins. */
uint32_t kh_crc32c(uint32_t crc, const void *bytes, size_t size);

/* The same without the processor's instruction for it, for machines that have none. */
uint32_t kh_crc32c_portable(uint32_t crc, const void *bytes, size_t size);

typedef enum kh_line_state {
    KH_LINE_WHOLE,       /* the checksum is that of the bytes before it */
    KH_LINE_UNCHECKED,   /* there is no checksum at the end */
    KH_LINE_WRONG,       /* the checksum is that of other bytes */
    KH_LINE_ZEROS        /* either of these, and there are bytes of value 0 in the line */
} kh_line_state;

typedef struct kh_journal_line {
    size_t start, length; /* without the line feed */
    int64_t call;         /* of the record of a call's end, {"c":N,...; -1: it is another one */
    uint32_t state;       /* kh_line_state */
    uint32_t is_ok;       /* no "status" follows the call's number */
} kh_journal_line;

/* Whether a line, without its line feed, ends with the checksum of what is before. */
kh_line_state kh_journal_check(const char *line, size_t length);

/* Splits [bytes] into lines, empty ones left out, at most [room] of them. Returns how many; [*used]:
 * how many bytes they take with their line feeds. What follows the last line feed is no line. */
size_t kh_journal_lines(const char *bytes, size_t size, kh_journal_line *lines, size_t room,
                        size_t *used);

/* The record of a call that ended well at its first attempt, with one number as its result. */
typedef struct kh_plain_end {
    int64_t call, steps, nanoseconds;
    size_t result, result_length; /* the number's text, from the line's begin; 0: no result */
    size_t source, source_length; /* of the run that the token was taken from; 0: this run */
    uint32_t is_real;             /* the number has a point or an exponent */
} kh_plain_end;

/* Reads the line at [bytes], if it is whole, ends with a line feed before [size], and is such a
 * record just as this host writes it. Else returns 0: it may be any other line. */
int kh_journal_plain(const char *bytes, size_t size, kh_plain_end *end);

#endif
