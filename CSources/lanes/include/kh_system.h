/* Functions of the system that Swift cannot call directly. Private. */
#ifndef KH_SYSTEM_H
#define KH_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns whether the process ignores a signal, as nohup arranges. Swift cannot tell the struct
 * sigaction from the function. */
bool kh_signal_is_ignored(int signal);

/* Opens a file without a name in [folder], for writing. Returns -1 with errno. Swift does not
 * import the macro O_TMPFILE. */
int kh_open_unnamed(const char *folder);

/* Makes a pipe that no other program inherits. Returns -1 with errno. Swift does not import
 * pipe2, a GNU extension. */
int kh_pipe(int ends[2]);

/* Copies a descriptor to a high number, which kernels do not use by accident. No other program
 * inherits it. Returns -1 with errno. */
int kh_high_descriptor(int descriptor);

/* Takes the write lock of a part of a file, which may lie behind its end. Length 0: all that
 * follows. Returns 1; 0 if another process has a part of it; -1 with errno. The file is open for
 * writing. The lock lasts as long as the descriptor. */
int kh_try_lock(int descriptor, int64_t start, int64_t length);

/* Returns whether a process has the lock of a part of a file. Ask through another descriptor than
 * its owner's. */
bool kh_lock_is_held(int descriptor, int64_t start, int64_t length);

/* Returns the columns and rows of a terminal. False: it is not a terminal, or its size is
 * unknown. */
bool kh_terminal_size(int descriptor, int *columns, int *rows);

/* Returns "EINVAL" for 22; NULL: there is no such errno. */
const char *kh_errno_name(int number);
/* Returns the nanoseconds of CLOCK_MONOTONIC. */
uint64_t kh_now(void);

/* Returns the seconds since 1970 of "17:30[:00]", the next one by the local clock, or of
 * "2026-01-31T17:30[:00]", local or with a Z in UTC. Returns -1 for other texts. Swift does not
 * import strptime. */
int64_t kh_wall_time(const char *text);

/* Returns how many processors this process may use, by its affinity. */
int kh_usable_processors(void);

/* Copies the build ID of this executable (NT_GNU_BUILD_ID) into [bytes], as far as it fits.
 * Returns its length; 0: the linker wrote no ID. */
size_t kh_build_id(unsigned char *bytes, size_t room);

/* A program that is watched while it runs: which files it and its children access. */
typedef struct kh_watched kh_watched;
/* Starts the program at path [program] in [folder], without input. Its output goes to [output].
 * All arguments must live until kh_watched_end. Returns NULL with errno. */
kh_watched *kh_watched_start(const char *program, char *const *arguments, const char *folder,
                             int output);
/* Waits for the end of the program. Returns 0, or the errno that kept it from starting. [*notes]
 * has [*length] bytes: for each path a letter, the path and a NUL.
 *   'r'  it was accessed, whether it exists or not
 *   'd'  it was read as a folder
 *   'w'  it was written
 * NULL: the list is incomplete, because this machine does not allow watching. It lives until
 * kh_watched_free. */
int kh_watched_end(kh_watched *watched, int *status, const char **notes, size_t *length);
void kh_watched_free(kh_watched *watched);

/* Writes out what loaded libraries print through buffers of their own (runtimes.h). No lane of
 * this process is in a step. */
void kh_runtimes_flush(void);

/* Returns the text of kernel_host.h that this executable was built with. No NUL ends it. */
const char *kh_header_text(size_t *length);
/* The same of kh_test.h. */
const char *kh_test_header_text(size_t *length);

/* The arguments of main. Swift reads them from /proc, which may not exist. [index] from 0, the
 * program's name. Returns NULL after the last. */
int kh_argument_count(void);
const char *kh_argument(int index);

#endif
