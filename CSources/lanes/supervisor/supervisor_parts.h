/* What the files of the supervisor share. Private to them. */
#ifndef KH_SUPERVISOR_PARTS_H
#define KH_SUPERVISOR_PARTS_H

#include "supervisor/supervisor.h"
#include "protocol/messages.h"
#include "platform/platform.h"

#include <pthread.h>

struct kh_supervisor {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int socket;
    char *preload; /* the library that the fork server loads first; NULL: no library */
    pid_t fork_server;
    bool in_namespace;
    bool checks_memory;
    bool is_ready, is_gone;
    bool has_plugins; /* plugins' code has run in the fork server, or may still run there */
    bool is_broken; /* the fork server has sent an impossible message */
    int error; /* why the fork server could not be started */
    uint64_t base, room;
    /* One request at a time, and its reply. */
    pthread_mutex_t requesting;
    uint32_t expected; /* the kind of reply that a thread waits for; 0: no thread waits */
    bool has_reply;
    kh_message reply;
    char reply_text[KH_MESSAGE_TEXT];
    /* Workers that are starting or running. */
    kh_worker **workers;
    size_t count, capacity;
    uint32_t next_id;
    kh_supervisor *next; /* in the list of all */
};

/* The process exits: no lane needs to know of a worker's death. */
extern _Atomic bool kh_supervisors_are_ending;
/* supervisor.c: blocks a thread while the process exits, so that its messages do not look like
 * the reason. */
_Noreturn void kh_wait_for_exit(void);
/* requests.c: returns the time in [seconds], by CLOCK_MONOTONIC. */
struct timespec kh_supervisor_after(double seconds);

/* receive.c, on the supervisor's thread: receives messages until the fork server ends, or must
 * be ended. */
void kh_supervisor_listen(kh_supervisor *supervisor);
/* receive.c: marks a worker as dead, or as never started. The caller holds the supervisor's
 * lock. */
void kh_supervisor_note_death(kh_supervisor *supervisor, size_t at, int status, int error,
                              uint64_t memory, const char *symbol);
/* workers.c: returns the process of a pidfd, as numbered in this process's namespace; 0: it is
 * not known, or gone. */
pid_t kh_process_of(int handle);

/* The memory of a process, in bytes. */
typedef struct kh_memory {
    uint64_t private; /* private memory, in RAM or swap, with huge pages */
    uint64_t shared;  /* shared memory without files of a disk: anonymous, memfd, the arena */
} kh_memory;

/* memory.c: all 0 if it is not known. */
kh_memory kh_memory_of(pid_t process);
/* memory.c: returns the bytes of memory files that the process has open but not mapped, page for
 * page. */
uint64_t kh_unmapped_memory(pid_t process);

#endif
