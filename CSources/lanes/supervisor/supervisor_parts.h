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
    char *preload; /* by the fork server, before all else; NULL: nothing */
    pid_t fork_server;
    bool in_namespace;
    bool checks_memory;
    bool is_ready, is_gone;
    bool has_plugins; /* code of others has run in the fork server, or may run there still */
    bool is_broken; /* the fork server said what it cannot */
    int error; /* why the fork server could not be started */
    uint64_t base, room;
    /* One question at a time; the answer to it. */
    pthread_mutex_t asking;
    uint32_t expected; /* the kind of answer that is waited for; 0: none is */
    bool has_answer;
    kh_message answer;
    char answer_text[KH_MESSAGE_TEXT];
    /* Workers that are starting or running. */
    kh_worker **workers;
    size_t count, capacity;
    uint32_t next_id;
    kh_supervisor *next; /* in the list of all */
};

/* The process ends: a worker's death is news for no lane any more. */
extern _Atomic bool kh_supervisors_are_ending;
/* supervisor.c: for a thread that the end of the process overtakes: what it would say and return is
 * not why the process ends. */
_Noreturn void kh_wait_for_exit(void);
/* ask.c: the time in so many seconds, by CLOCK_MONOTONIC. */
struct timespec kh_supervisor_after(double seconds);

/* receive.c, on the supervisor's thread: hears the fork server until it ends, or is to be ended.
 */
void kh_supervisor_listen(kh_supervisor *supervisor);
/* receive.c: a worker is dead, or was never there. With the supervisor's lock. */
void kh_supervisor_note_death(kh_supervisor *supervisor, size_t at, int status, int error,
                              uint64_t memory, const char *symbol);
/* workers.c: the process that a pidfd is of, in this process's count; 0: not known, or
 * gone. */
pid_t kh_process_of(int handle);

/* What a process has of memory, in bytes. */
typedef struct kh_memory {
    uint64_t private; /* in memory or swapped out, and in huge pages */
    uint64_t shared;  /* mapped, without files of a disk: anonymous, memfd, the arena */
} kh_memory;

/* memory.c: all 0 if it is not known. */
kh_memory kh_memory_of(pid_t process);
/* memory.c: what is in files of memory that the process has open but, page for page,
 * has not mapped. */
uint64_t kh_unmapped_memory(pid_t process);

#endif
