/* Notes and restores the state of a process that kernels find. */
#include "process/process_state.h"

#include "process/float_state.h"
#include "kh_system.h"
#include "plugins/runtimes.h"
#include "process/crash_handler.h"

#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* Notes the list of pointers to strings: the same pointers are the same environment. */
static void note_environment(kh_process_state *state) {
    size_t count = 1;
    while (environ != NULL && environ[count - 1] != NULL) count++;
    state->environment = environ;
    state->entries = environ == NULL ? NULL : malloc(2 * count * sizeof *environ);
    if (state->entries == NULL) return;
    memcpy(state->entries, environ, count * sizeof *environ);
    state->own = state->entries + count;
}

/* The folder's path, for when a kernel has closed the descriptor. All workers share the fork
 * server's. */
static char folder_path[4096];

static bool is_the_folder(const kh_process_state *state, const struct stat *folder) {
    return folder->st_dev == state->device && folder->st_ino == state->folder;
}

static int open_folder(void) {
    int low = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int high = low < 0 ? -1 : kh_high_descriptor(low);
    if (high < 0) return low;
    close(low);
    return high;
}

void kh_process_note(kh_process_state *state, char *output) {
    struct stat folder;
    memset(state, 0, sizeof *state);
    if (stat(".", &folder) == 0) {
        state->device = folder.st_dev;
        state->folder = folder.st_ino;
    }
    state->folder_descriptor = open_folder();
    if (folder_path[0] == 0 && getcwd(folder_path, sizeof folder_path) == NULL) folder_path[0] = 0;
    kh_standard_note(&state->files, output);
    state->mask = umask(0);
    umask(state->mask);
    sigprocmask(SIG_SETMASK, NULL, &state->signals);
    sched_getaffinity(0, sizeof state->processors, &state->processors);
    for (int what = 0; what < RLIM_NLIMITS; what++)
        getrlimit((__rlimit_resource_t)what, &state->limits[what]);
    note_environment(state);
}

void kh_process_forget(kh_process_state *state) {
    struct stat kept;
    if (fstat(state->folder_descriptor, &kept) == 0 && is_the_folder(state, &kept))
        close(state->folder_descriptor);
    if (environ != state->own) free(state->entries);
    kh_standard_forget(&state->files);
    *state = (kh_process_state){.folder_descriptor = -1};
}

static bool has_another_environment(kh_process_state *state) {
    if (state->entries == NULL) return false;
    size_t at = 0;
    if (environ == state->environment)
        while (state->entries[at] != NULL && environ[at] == state->entries[at]) at++;
    if (environ == state->environment && state->entries[at] == NULL && environ[at] == NULL)
        return false;
    /* The noted list may be freed by now: the C library allocates a longer one. */
    for (at = 0; state->entries[at] != NULL; at++) state->own[at] = state->entries[at];
    state->own[at] = NULL;
    environ = state->environment = state->own;
    return true;
}

static bool has_moved(kh_process_state *state) {
    struct stat folder, kept;
    if (state->folder_descriptor < 0) return false;
    bool is_there = stat(".", &folder) == 0 && is_the_folder(state, &folder);
    /* A kernel that closes unknown descriptors has closed this one too, and may have another
     * folder open under its number. */
    bool is_kept = fstat(state->folder_descriptor, &kept) == 0 && is_the_folder(state, &kept);
    bool has_come_back = !is_there && (is_kept ? fchdir(state->folder_descriptor) == 0
                                               : chdir(folder_path) == 0);
    if (!is_kept && (is_there || has_come_back)) state->folder_descriptor = open_folder();
    return has_come_back;
}

static bool has_another_locale(void) {
    const char *name = setlocale(LC_ALL, NULL);
    bool is_another = name == NULL || strcmp(name, "C") != 0;
    if (is_another) setlocale(LC_ALL, "C");
    if (uselocale((locale_t)0) == LC_GLOBAL_LOCALE) return is_another;
    uselocale(LC_GLOBAL_LOCALE);
    return true;
}

/* Restores limits. A hard limit that was lowered stays lowered. */
static bool has_other_limits(const kh_process_state *state) {
    bool changed = false;
    for (int what = 0; what < RLIM_NLIMITS; what++) {
        struct rlimit now;
        if (getrlimit((__rlimit_resource_t)what, &now) != 0 ||
            now.rlim_cur == state->limits[what].rlim_cur)
            continue;
        now.rlim_cur = state->limits[what].rlim_cur;
        changed = setrlimit((__rlimit_resource_t)what, &now) == 0 || changed;
    }
    return changed;
}

static bool has_another_mask(const kh_process_state *state) {
    return umask(state->mask) != state->mask;
}

static bool blocks_others(const kh_process_state *state) {
    sigset_t signals;
    sigprocmask(SIG_SETMASK, &state->signals, &signals);
    return memcmp(&signals, &state->signals, sizeof(uint64_t)) != 0;
}

static bool has_other_processors(const kh_process_state *state) {
    cpu_set_t processors;
    return sched_getaffinity(0, sizeof processors, &processors) == 0 &&
           !CPU_EQUAL(&processors, &state->processors) &&
           sched_setaffinity(0, sizeof state->processors, &state->processors) == 0;
}

static bool has_other_floats(void) {
    if (kh_float_is_as_given()) return false;
    kh_float_restore();
    return true;
}

uint32_t kh_process_restore(kh_process_state *state, uint32_t parts) {
    uint32_t changes = 0;
    enum kh_standard_change standard =
        parts & KH_CHANGED_OUTPUT ? kh_standard_restore(&state->files) : KH_STANDARD_SAME;
    if (standard != KH_STANDARD_SAME) {
        kh_runtimes_clear();
        changes |= standard == KH_STANDARD_WIDE ? KH_WROTE_WIDE : KH_CHANGED_OUTPUT;
    }
    if ((parts & KH_CHANGED_FLOATS) && has_other_floats()) changes |= KH_CHANGED_FLOATS;
    if ((parts & KH_CHANGED_LOCALE) && has_another_locale()) changes |= KH_CHANGED_LOCALE;
    if ((parts & KH_CHANGED_FOLDER) && has_moved(state)) changes |= KH_CHANGED_FOLDER;
    if ((parts & KH_CHANGED_MASK) && has_another_mask(state)) changes |= KH_CHANGED_MASK;
    if ((parts & KH_CHANGED_SIGNALS) && blocks_others(state)) changes |= KH_CHANGED_SIGNALS;
    if ((parts & KH_CHANGED_PROCESSORS) && has_other_processors(state))
        changes |= KH_CHANGED_PROCESSORS;
    if ((parts & KH_CHANGED_LIMITS) && has_other_limits(state)) changes |= KH_CHANGED_LIMITS;
    if ((parts & KH_CHANGED_ENVIRONMENT) && has_another_environment(state))
        changes |= KH_CHANGED_ENVIRONMENT;
    if ((parts & KH_CHANGED_HANDLERS) && kh_restore_signals())
        changes |= KH_CHANGED_HANDLERS;
    return changes;
}
