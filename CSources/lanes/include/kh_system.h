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

/* A copy of a descriptor, of a high number that kernels do not meet by chance, which no other
 * program inherits; -1 with errno. */
int kh_high_descriptor(int descriptor);

/* Takes the lock of a file for writing, unless another process has it: 1; 0: another has it; -1
 * with errno. The file must be open for writing. It lasts as long as the descriptor. */
int kh_try_lock(int descriptor);

/* Whether somebody has the lock of a file; asked through another descriptor than theirs. */
bool kh_lock_is_held(int descriptor);

/* The columns and rows of a terminal; false: it is none, or does not tell. */
bool kh_terminal_size(int descriptor, int *columns, int *rows);

/* Processors that this process may use, by its affinity. */
int kh_usable_processors(void);

/* What the linker noted of this executable's content (NT_GNU_BUILD_ID): its bytes, as many as fit
 * into [room], and their count; 0: it noted nothing. */
size_t kh_build_id(unsigned char *bytes, size_t room);

/* A program that is watched while it runs: which files it and its children look at. */
typedef struct kh_watched kh_watched;
/* Starts [program], a path, in [folder], with nothing to read; what it writes goes to
 * [output]. All that is given must live until kh_watched_end. NULL with errno. */
kh_watched *kh_watched_start(const char *program, char *const *arguments, const char *folder,
                             int output);
/* Waits for its end: 0, or the errno of what kept it from beginning. [*notes], [*length] bytes,
 * has for each path a letter, the path and a NUL: 'r' it was looked at, found or not; 'd' it
 * was read as a folder; 'w' it was written. NULL: something was missed, for this machine does
 * not let programs be watched. It lives until kh_watched_free. */
int kh_watched_end(kh_watched *watched, int *status, const char **notes, size_t *length);
void kh_watched_free(kh_watched *watched);

/* Writes out what libraries that were loaded print through buffers of their own (runtimes.h). No
 * lane of this process may be in a step. */
void kh_runtimes_flush(void);

/* The text of kernel_host.h, which this executable was built with; no NUL behind it. */
const char *kh_header_text(size_t *length);

/* What main gets: Swift reads it from /proc, which may not be there. [index] from 0, the
 * program's name; NULL beyond. */
int kh_argument_count(void);
const char *kh_argument(int index);

#endif
