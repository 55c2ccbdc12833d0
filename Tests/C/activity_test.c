/* In how much of a time a process could act: asleep, stopped, ready to run, with threads. Each
 * state is waited for, however long that takes. */
#include "supervisor/supervisor_parts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Shared with the processes: one of them has a thread that computes. */
static _Atomic bool *spinning;
static const uint64_t hour = UINT64_C(3600000000000);
static int failures;

static void expect(bool is_so, const char *what) {
    printf("%s %s\n", is_so ? "ok  " : "FAIL", what);
    if (!is_so) failures++;
}

static void *spin(void *unused) {
    atomic_store(spinning, true);
    for (volatile uint64_t turn = 0;; turn++) (void)unused;
    return NULL;
}

static void sleeps(void) {
    for (;;) pause();
}

static void spins(void) {
    spin(NULL);
}

static void waits_for_a_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, spin, NULL) == 0) pthread_join(thread, NULL);
}

/* Starts a process that does only this. */
static pid_t start(void (*body)(void)) {
    pid_t process = fork();
    if (process == 0) {
        body();
        _exit(1);
    }
    return process;
}

/* Waits until the process' first thread is in this state. */
static void wait_for(pid_t process, char wanted) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    for (char state = 0; state != wanted;) {
        FILE *file = fopen(path, "re");
        if (file == NULL || fgets(text, sizeof text, file) == NULL) exit(99);
        fclose(file);
        state = strrchr(text, ')')[2];
        sched_yield();
    }
}

static void end(pid_t process) {
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
}

/* What a process that computes could do in an hour is what it has just computed. */
static void expect_processor_time(pid_t process, const char *what) {
    kh_activity activity = {0};
    uint64_t begin = kh_monotonic();
    kh_time_to_act(&activity, process, 0);
    uint64_t acted = 0;
    while (acted == 0) acted = kh_time_to_act(&activity, process, hour);
    expect(acted <= kh_monotonic() - begin + 1000000, what);
}

int main(void) {
    spinning = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (spinning == MAP_FAILED) return 99;
    kh_activity activity = {0};
    pid_t process = start(sleeps);
    wait_for(process, 'S');
    expect(kh_time_to_act(&activity, process, hour) == hour, "a sleeping process could act");
    kill(process, SIGSTOP);
    wait_for(process, 'T');
    expect(kh_time_to_act(&activity, process, hour) == 0, "a stopped process could not");
    kill(process, SIGCONT);
    wait_for(process, 'S');
    expect(kh_time_to_act(&activity, process, hour) == hour, "it could, once it continues");
    end(process);
    expect(kh_time_to_act(&activity, process, hour) == hour, "of an unknown process all time counts");
    expect(kh_time_to_act(&activity, 0, hour) == hour, "and of no process");

    process = start(spins);
    while (!atomic_load(spinning)) sched_yield();
    expect_processor_time(process, "a process that computes acts while it has a processor");
    end(process);
    atomic_store(spinning, false);
    process = start(waits_for_a_thread);
    while (!atomic_load(spinning)) sched_yield();
    wait_for(process, 'S');
    expect_processor_time(process, "so does one that waits for its thread");
    end(process);
    return failures;
}
