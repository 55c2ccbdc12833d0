/* In how much of a time a process could act.
 *
 * A process that is ready to run acts only while it has a processor, so its processor time counts.
 * On a busy machine, or in a group of processes with a limit, it may wait for seconds. A process
 * that sleeps, or waits for a device, would have a processor at once if it were ready, so all time
 * counts. A stopped process cannot act. */
#include "supervisor/supervisor_parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a small file whole. Returns false if it cannot be read. */
static bool read_text(int folder, const char *thread, const char *name, char *text, size_t room) {
    char path[64];
    snprintf(path, sizeof path, "%.20s/%s", thread, name);
    int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t length = read(file, text, room - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    return length > 0;
}

uint64_t kh_time_to_act(kh_activity *activity, pid_t process, uint64_t passed) {
    enum { KH_THREADS = 64 }; /* more are not looked at */
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *threads = process > 0 ? opendir(path) : NULL;
    if (threads == NULL) return passed;
    uint64_t used = 0;
    int count = 0, ready = 0, asleep = 0;
    bool has_times = true;
    for (const struct dirent *one; (one = readdir(threads)) != NULL && count < KH_THREADS;) {
        if (one->d_name[0] == '.') continue;
        if (!read_text(dirfd(threads), one->d_name, "stat", text, sizeof text)) continue;
        count++;
        /* The state follows the name, which may have any bytes. */
        const char *state = strrchr(text, ')');
        char letter = state != NULL && strlen(state) > 2 ? state[2] : 'S';
        if (letter == 'R') ready++;
        else if (strchr("TtZX", letter) == NULL) asleep++;
        if (read_text(dirfd(threads), one->d_name, "schedstat", text, sizeof text))
            used += strtoull(text, NULL, 10);
        else has_times = false;
    }
    closedir(threads);
    uint64_t more = used > activity->processor_ns ? used - activity->processor_ns : 0;
    activity->processor_ns = used;
    if (ready > 0 && has_times) return more < passed ? more : passed;
    return ready > 0 || asleep > 0 || count == 0 ? passed : 0;
}
