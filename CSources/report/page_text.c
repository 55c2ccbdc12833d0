/* Embeds the files of page/. The order of the files means nothing: scripts are ES modules, and
 * ScriptModules.swift joins them by their imports. */
#include "kh_report.h"

#define FILES(X)                                                                                   \
    X(html, "page.html")                                                                           \
    X(css, "page.css")                                                                             \
    X(axes, "axes.js")                                                                             \
    X(canvas, "canvas.js")                                                                         \
    X(columns, "columns.js")                                                                       \
    X(curves, "curves.js")                                                                         \
    X(data, "data.js")                                                                             \
    X(details, "details.js")                                                                       \
    X(download, "download.js")                                                                     \
    X(failures, "failures.js")                                                                     \
    X(format, "format.js")                                                                         \
    X(frame, "frame.js")                                                                           \
    X(groups, "groups.js")                                                                         \
    X(head, "head.js")                                                                             \
    X(heat, "heat.js")                                                                             \
    X(histogram, "histogram.js")                                                                   \
    X(hits, "hits.js")                                                                             \
    X(ink, "ink.js")                                                                               \
    X(main, "main.js")                                                                             \
    X(plot, "plot.js")                                                                             \
    X(scale, "scale.js")                                                                           \
    X(select, "select.js")                                                                         \
    X(status, "status.js")                                                                         \
    X(study, "study.js")                                                                           \
    X(table, "table.js")                                                                           \
    X(time, "time.js")                                                                             \
    X(timeline, "timeline.js")                                                                     \
    X(tint, "tint.js")                                                                             \
    X(xy, "xy.js")

/* A question about a file makes the compiler note that this file depends on it: a change of the
 * file compiles this one again. */
#if !(__has_include("page.html") && __has_include("page.css") && __has_include("axes.js") && \
      __has_include("canvas.js") && __has_include("columns.js") && __has_include("curves.js") && \
      __has_include("data.js") && __has_include("details.js") && __has_include("download.js") && \
      __has_include("failures.js") && __has_include("format.js") && __has_include("frame.js") && \
      __has_include("groups.js") && __has_include("head.js") && __has_include("heat.js") && \
      __has_include("histogram.js") && __has_include("hits.js") && __has_include("ink.js") && \
      __has_include("main.js") && __has_include("plot.js") && __has_include("scale.js") && \
      __has_include("select.js") && __has_include("status.js") && __has_include("study.js") && \
      __has_include("table.js") && __has_include("time.js") && __has_include("timeline.js") && \
      __has_include("tint.js") && __has_include("xy.js"))
#error "a file of CSources/report/page is missing"
#endif

#define EMBED(id, name) "kh_report_" #id ":\n.incbin \"" name "\"\nkh_report_" #id "_end:\n"
__asm__(".pushsection .rodata, \"a\", %progbits\n.balign 8\n" FILES(EMBED) ".popsection\n");

#define DECLARE(id, name) extern const char kh_report_##id[], kh_report_##id##_end[];
FILES(DECLARE)

int kh_report_get(int index, kh_report_file *file) {
#define BOUNDS(id, name) {name, kh_report_##id, kh_report_##id##_end},
    static const struct {
        const char *name, *text, *end;
    } files[] = {FILES(BOUNDS)};
    if (index < 0 || (size_t)index >= sizeof files / sizeof files[0]) return 0;
    file->name = files[index].name;
    file->text = files[index].text;
    file->length = (size_t)(files[index].end - files[index].text);
    return 1;
}
