/* Loads plugins into the fork server, and checks what loading has changed. */
#include "fork_server/fork_server_parts.h"

#include "fork_server/seal.h"
#include "process/frames.h"
#include "process/process_state.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns the number of threads of this process; 0: not known. */
static uint32_t count_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    uint32_t count = 0;
    if (tasks == NULL) return 0;
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;)
        count += task->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* Returns whether workers miss threads that a library has started: [before] is the number before
 * it was loaded. Some libraries end their threads before a fork, and start them again when
 * needed or right after it. A fork shows this. A library that registers fork handlers is
 * believed to do the same. */
static bool leaves_threads(uint32_t before, uint32_t touches) {
    int status = 0;
    pid_t process = fork();
    if (process == 0) _exit(count_threads() > 1);
    if (process < 0 || waitpid(process, &status, 0) != process || status != 0) return false;
    uint32_t now = count_threads();
    /* The system takes a moment to forget a joined thread. */
    for (int look = 0; look < 20 && now > before; look++) {
        usleep(1000);
        now = count_threads();
    }
    bool is_minded = (touches & KH_MINDS_FORKS) && (touches & KH_LEAVES_THREADS) == 0;
    return now > before && !is_minded;
}

void kh_server_load(kh_load *load, const char *text) {
    kh_load_result report = {0};
    int64_t refusal = kh_kernels_probe(&kh_server.kernels, load, text, &report);
    if (refusal == KH_LOAD_OK) {
        /* All workers would find what its constructors change, and miss the threads that they
         * start. */
        kh_process_state state;
        kh_process_note(&state, NULL);
        uint32_t threads = count_threads();
        refusal = load(&kh_server.kernels, text, &report);
        uint32_t changes = kh_process_restore(&state, KH_CHANGED_ALL);
        if (refusal == KH_LOAD_OK && count_threads() > threads &&
            leaves_threads(threads, report.touches))
            changes |= KH_STARTED_THREADS;
        if (refusal == KH_LOAD_OK) report.found = changes;
        kh_process_forget(&state);
    }
    kh_server_watch_signals();
    kh_frames_learn(&kh_server.kernels);
    kh_kernels_seal(&kh_server.kernels, &kh_server.table);
    char said[KH_MESSAGE_TEXT]; /* two texts, with a line feed between */
    snprintf(said, sizeof said, "%s\n%s", report.text, report.other);
    const kh_message message = {.kind = KH_MESSAGE_LOADED,
                                .value = refusal,
                                .extra = report.found,
                                .more = report.expected};
    kh_server_send_message(&message, said, -1);
}

void kh_server_encode(int file) {
    size_t size = kh_kernels_encode(&kh_server.kernels, NULL, 0);
    void *map = MAP_FAILED;
    if (ftruncate(file, (off_t)size) == 0)
        map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    int64_t value = -errno;
    if (map != MAP_FAILED) {
        value = (int64_t)kh_kernels_encode(&kh_server.kernels, map, size);
        munmap(map, size);
    }
    close(file);
    kh_server_send(KH_MESSAGE_DESCRIBED, 0, value, 0, "", -1);
}
