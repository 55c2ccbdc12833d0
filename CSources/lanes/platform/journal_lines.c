#include "kh_journal.h"

#include <string.h>

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* What stands between a line's bytes and its end: ,"crc":"xxxxxxxx"} */
enum { CHECKSUM_LENGTH = 18 };

static kh_line_state check(const char *line, size_t length) {
    if (length <= CHECKSUM_LENGTH || line[0] != '{') return KH_LINE_UNCHECKED;
    size_t before = length - CHECKSUM_LENGTH;
    const char *end = line + before;
    if (memcmp(end, ",\"crc\":\"", 8) != 0 || memcmp(end + 16, "\"}", 2) != 0)
        return KH_LINE_UNCHECKED;
    uint32_t stated = 0;
    for (int i = 8; i < 16; i++) {
        int value = digit(end[i]);
        if (value < 0) return KH_LINE_UNCHECKED;
        stated = stated << 4 | (uint32_t)value;
    }
    return stated == kh_crc32c(0, line, before) ? KH_LINE_WHOLE : KH_LINE_WRONG;
}

kh_line_state kh_journal_check(const char *line, size_t length) {
    kh_line_state state = check(line, length);
    return state != KH_LINE_WHOLE && memchr(line, 0, length) != NULL ? KH_LINE_ZEROS : state;
}

/* The number behind {"c": and where it ends; -1: there is none. */
static int64_t call_number(const char *line, size_t length, size_t *end) {
    static const char begin[] = "{\"c\":";
    size_t at = sizeof begin - 1;
    if (length <= at || memcmp(line, begin, at) != 0) return -1;
    int64_t number = 0;
    size_t first = at;
    for (; at < length && line[at] >= '0' && line[at] <= '9'; at++) {
        if (at - first >= 15) return -1;
        number = number * 10 + (line[at] - '0');
    }
    *end = at;
    return at > first && at < length && line[at] == ',' ? number : -1;
}

size_t kh_journal_lines(const char *bytes, size_t size, kh_journal_line *lines, size_t room,
                        size_t *used) {
    static const char status[] = ",\"status\":";
    size_t count = 0, at = 0;
    while (count < room && at < size) {
        const char *line = bytes + at, *feed = memchr(line, '\n', size - at);
        if (feed == NULL) break;
        size_t length = (size_t)(feed - line);
        if (length > 0) {
            kh_journal_line *found = &lines[count++];
            *found = (kh_journal_line){.start = at, .length = length, .call = -1};
            kh_line_state state = kh_journal_check(line, length);
            found->state = state;
            size_t end = 0;
            if (state == KH_LINE_WHOLE) found->call = call_number(line, length, &end);
            if (found->call >= 0)
                found->is_ok = length - end < sizeof status - 1 ||
                               memcmp(line + end, status, sizeof status - 1) != 0;
        }
        at += length + 1;
    }
    *used = at;
    return count;
}

/* The end of the digits from [at] on, at most [most] of them; [*number] takes them, too. */
static size_t digits(const char *line, size_t at, size_t most, int64_t *number) {
    size_t first = at;
    for (; line[at] >= '0' && line[at] <= '9'; at++) {
        if (at - first >= most) return first;
        *number = *number * 10 + (line[at] - '0');
    }
    return at;
}

/* The end of a JSON number; [at] if there is none. Each line has a byte behind it that is in none. */
static size_t number_end(const char *line, size_t at, uint32_t *is_real) {
    size_t begin = at, first = at + (line[at] == '-');
    int64_t ignored = 0;
    at = digits(line, first, 18, &ignored);
    if (at == first || (at > first + 1 && line[first] == '0')) return begin;
    *is_real = 0;
    if (line[at] == '.') {
        *is_real = 1;
        first = ++at;
        while (line[at] >= '0' && line[at] <= '9') at++;
        if (at == first) return begin;
    }
    if (line[at] == 'e' || line[at] == 'E') {
        *is_real = 1;
        at += line[at + 1] == '+' || line[at + 1] == '-' ? 2 : 1;
        first = at;
        while (line[at] >= '0' && line[at] <= '9') at++;
        if (at == first) return begin;
    }
    return at;
}

static int has(const char *line, size_t at, const char *text, size_t length) {
    return strncmp(line + at, text, length) == 0;
}

int kh_journal_plain(const char *bytes, size_t size, kh_plain_end *found) {
    const char *feed = memchr(bytes, '\n', size);
    if (feed == NULL) return 0;
    size_t length = (size_t)(feed - bytes), at = 0;
    if (check(bytes, length) != KH_LINE_WHOLE) return 0;
    *found = (kh_plain_end){.call = call_number(bytes, length, &at)};
    if (found->call < 0) return 0;
    /* The checksum's text is at the end: what is read here stops in front of it. */
    if (has(bytes, at, ",\"r\":", 5)) {
        found->result = at + 5;
        at = number_end(bytes, found->result, &found->is_real);
        found->result_length = at - found->result;
        if (found->result_length == 0) return 0;
    }
    if (has(bytes, at, ",\"n\":", 5)) {
        size_t first = at + 5;
        at = digits(bytes, first, 18, &found->steps);
        if (at == first) return 0;
    }
    if (!has(bytes, at, ",\"s\":", 5)) return 0;
    size_t first = at + 5;
    at = digits(bytes, first, 6, &found->nanoseconds);
    if (at == first || bytes[at] != '.') return 0;
    first = ++at;
    at = digits(bytes, first, 9, &found->nanoseconds);
    if (at == first) return 0;
    for (size_t decimals = at - first; decimals < 9; decimals++) found->nanoseconds *= 10;
    if (has(bytes, at, ",\"from\":\"", 9)) {
        first = at += 9;
        while (digit(bytes[at]) >= 0) at++;
        if (bytes[at] != '"') return 0;
        found->source = first;
        found->source_length = at++ - first;
    }
    return at == length - CHECKSUM_LENGTH;
}
