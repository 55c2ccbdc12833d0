/* The page of the HTML report, which this executable contains. Private. */
#ifndef KH_REPORT_H
#define KH_REPORT_H

#include <stddef.h>

/* The parts of the page: HTML with marks for the others, the style, the script. No NUL ends
 * them. NULL beyond KH_REPORT_SCRIPT. */
enum { KH_REPORT_PAGE, KH_REPORT_STYLE, KH_REPORT_SCRIPT };

const char *kh_report_part(int part, size_t *length);

#endif
