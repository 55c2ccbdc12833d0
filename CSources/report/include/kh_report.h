/* The files of the HTML report's page, which lie in this executable. Private. */
#ifndef KH_REPORT_H
#define KH_REPORT_H

#include <stddef.h>

typedef struct {
    const char *name;
    const char *text; /* without a NUL behind it */
    size_t length;
} kh_report_file;

/* Sets the file at an index, in any order. Returns 0 behind the last one. */
int kh_report_get(int index, kh_report_file *file);

#endif
