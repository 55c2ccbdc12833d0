/* The files of the page, as in page/. The scripts follow one another. */
#include "kh_report.h"

/* To ask for a file makes the compiler note that this depends on it: a change of it
 * compiles this file again. */
#if !(__has_include("page.html") && __has_include("page.css") && __has_include("data.js") && \
      __has_include("format.js") && __has_include("select.js") && __has_include("head.js") && \
      __has_include("time.js") && __has_include("timeline.js") && __has_include("table.js") && \
      __has_include("details.js") && __has_include("axes.js") && __has_include("plot.js") && \
      __has_include("failures.js") && __has_include("main.js"))
#error "a file of CSources/report/page is missing"
#endif

#define FILE_TEXT(name) ".incbin \"" name "\"\n"

__asm__(".pushsection .rodata, \"a\", %progbits\n"
        ".balign 8\n"
        "kh_report_page:\n" FILE_TEXT("page.html")
        "kh_report_style:\n" FILE_TEXT("page.css")
        "kh_report_script:\n" FILE_TEXT("data.js") FILE_TEXT("format.js") FILE_TEXT("select.js")
        FILE_TEXT("head.js") FILE_TEXT("time.js") FILE_TEXT("timeline.js") FILE_TEXT("table.js")
        FILE_TEXT("details.js") FILE_TEXT("axes.js") FILE_TEXT("plot.js") FILE_TEXT("failures.js")
        FILE_TEXT("main.js")
        "kh_report_end:\n"
        ".popsection\n");

extern const char kh_report_page[], kh_report_style[], kh_report_script[], kh_report_end[];

const char *kh_report_part(int part, size_t *length) {
    const char *const begins[] = {kh_report_page, kh_report_style, kh_report_script, kh_report_end};
    if (part < KH_REPORT_PAGE || part > KH_REPORT_SCRIPT) return NULL;
    *length = (size_t)(begins[part + 1] - begins[part]);
    return begins[part];
}
