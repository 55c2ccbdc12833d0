#include "process_state.h"

#include "float_state.h"

#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void kh_process_note(kh_process_state *state) {
    struct stat folder;
    memset(state, 0, sizeof *state);
    if (stat(".", &folder) == 0) {
        state->device = folder.st_dev;
        state->folder = folder.st_ino;
    }
    state->folder_descriptor = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    state->mask = umask(0);
    umask(state->mask);
    sigprocmask(SIG_SETMASK, NULL, &state->signals);
    sched_getaffinity(0, sizeof state->processors, &state->processors);
    for (int what = 0; what < RLIM_NLIMITS; what++)
        getrlimit((__rlimit_resource_t)what, &state->limits[what]);
}

static bool has_moved(const kh_process_state *state) {
    struct stat folder;
    if (state->folder_descriptor < 0) return false;
    if (stat(".", &folder) == 0 && folder.st_dev == state->device &&
        folder.st_ino == state->folder)
        return false;
    return fchdir(state->folder_descriptor) == 0;
}

static bool has_another_locale(void) {
    const char *name = setlocale(LC_ALL, NULL);
    bool is_another = name == NULL || strcmp(name, "C") != 0;
    if (is_another) setlocale(LC_ALL, "C");
    if (uselocale((locale_t)0) == LC_GLOBAL_LOCALE) return is_another;
    uselocale(LC_GLOBAL_LOCALE);
    return true;
}

/* A limit that was lowered for good stays so. */
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

uint32_t kh_process_restore(const kh_process_state *state) {
    uint32_t changes = 0;
    if (!kh_float_is_as_given()) {
        kh_float_restore();
        changes |= KH_CHANGED_FLOATS;
    }
    if (has_another_locale()) changes |= KH_CHANGED_LOCALE;
    if (has_moved(state)) changes |= KH_CHANGED_FOLDER;
    if (umask(state->mask) != state->mask) changes |= KH_CHANGED_MASK;
    sigset_t signals;
    sigprocmask(SIG_SETMASK, &state->signals, &signals);
    if (memcmp(&signals, &state->signals, sizeof(uint64_t)) != 0) changes |= KH_CHANGED_SIGNALS;
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0 &&
        !CPU_EQUAL(&processors, &state->processors) &&
        sched_setaffinity(0, sizeof state->processors, &state->processors) == 0)
        changes |= KH_CHANGED_PROCESSORS;
    if (has_other_limits(state)) changes |= KH_CHANGED_LIMITS;
    return changes;
}
