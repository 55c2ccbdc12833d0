#include "bench_manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

/* Returns the whole file with a NUL after it; NULL: it cannot be read. The caller frees it. */
static char *whole(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    char *text = NULL;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0) text = malloc((size_t)size + 1);
    if (text != NULL) {
        if (fread(text, 1, (size_t)size, file) == (size_t)size) {
            text[size] = 0;
        } else {
            free(text);
            text = NULL;
        }
    }
    fclose(file);
    return text;
}

/* Reads a number of at most 15 digits, without sign or exponent. This is exact, and faster than
 * strtod. */
static double number(const char *text) {
    static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15};
    uint64_t digits = 0;
    int behind = 0;
    for (; *text >= '0' && *text <= '9'; text++) digits = digits * 10 + (uint64_t)(*text - '0');
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9' && behind < 15; text++, behind++)
            digits = digits * 10 + (uint64_t)(*text - '0');
    return (double)digits / tens[behind];
}

uint64_t bench_floor_manifest(const char *from, const char *to, uint64_t *calls) {
    uint64_t start = now();
    *calls = 0;
    char *text = whole(from);
    FILE *out = text == NULL ? NULL : fopen(to, "wb");
    if (out == NULL) {
        free(text);
        return 0;
    }
    setvbuf(out, NULL, _IOFBF, 1 << 20);
    const char *at = text;
    while ((at = strstr(at, "\"r\":")) != NULL) {
        double r = number(at + 4);
        const char *first = strstr(at, "\"x0\":");
        const char *steps = first == NULL ? NULL : strstr(first, "\"n\":");
        if (steps == NULL) break;
        double x = number(first + 5);
        for (int64_t left = (int64_t)number(steps + 4); left > 0; left--) x = r * x * (1 - x);
        fprintf(out, "[%.17g, true, \"\"]\n", x);
        at = steps;
        ++*calls;
    }
    free(text);
    if (fclose(out) != 0) return 0;
    return now() - start;
}

uint64_t bench_floor_numbers(const char *from, uint64_t *count, double *sum) {
    uint64_t start = now();
    *count = 0;
    *sum = 0;
    char *text = whole(from);
    if (text == NULL) return 0;
    for (const char *at = text; *at != 0; at++) {
        if (*at < '0' || *at > '9') continue;
        *sum += number(at);
        ++*count;
        while ((*at >= '0' && *at <= '9') || *at == '.') at++;
        if (*at == 0) break;
    }
    free(text);
    return now() - start;
}
