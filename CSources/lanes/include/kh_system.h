/* What Swift cannot say of the system by itself. Private. */
#ifndef KH_SYSTEM_H
#define KH_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the process ignores a signal, as nohup arranges. Swift has a struct
 * and a function of the name sigaction and cannot tell them apart. */
bool kh_signal_is_ignored(int signal);

/* A file in [folder] without a name, for writing; -1 with errno. O_TMPFILE is
 * a macro that Swift does not import. */
int kh_open_unnamed(const char *folder);

/* A pipe's two ends, which no other program inherits; -1 with errno. pipe2 is a GNU
 * extension that Swift does not import. */
int kh_pipe(int ends[2]);

/* The columns and rows of a terminal; false: it is none, or does not tell. */
bool kh_terminal_size(int descriptor, int *columns, int *rows);

/* Processors that this process may use, by its affinity. */
int kh_usable_processors(void);

/* The text of kernel_host.h, which this executable was built with; no NUL behind it. */
const char *kh_header_text(size_t *length);

/* What main gets: Swift reads it from /proc, which may not be there. [index] from 0, the
 * program's name; NULL beyond. */
int kh_argument_count(void);
const char *kh_argument(int index);

#endif
