/* The death of a worker, and what becomes of its calls. Private; KernelBridge sees it. */
#ifndef KH_INCLUDE_DEATH_H
#define KH_INCLUDE_DEATH_H

#include "kh_client.h"

enum kh_reason {
    KH_REASON_NONE = 0, /* it died without the host's doing */
    KH_REASON_TIMEOUT = 1,
    KH_REASON_MEMORY = 2,
    KH_REASON_DEADLINE = 3,
    KH_REASON_HOST = 4,   /* kh_client_kill */
    KH_REASON_DAMAGE = 5  /* what it wrote for the host is impossible */
};

/* Exit codes of a worker that could not start a lane. The host reads them from the wait status. */
enum kh_worker_exit {
    KH_WORKER_NO_MAP = 113,    /* no memory for its lane */
    KH_WORKER_NO_SANDBOX = 114 /* the sandbox could not be entered */
};

/* How a worker died, and in which call. The pointers live until the client's next start. */
typedef struct kh_death {
    int status, error;     /* status < 0: it could not be started, or died with its fork server */
    int signal, exit_code; /* 0, or -1: it did not end so */
    int stopped;           /* the signal that stopped it before; 0: it was not stopped */
    enum kh_reason reason; /* why the client killed it */
    bool was_noted;        /* its signal handler saw the signal */
    bool has_address;
    uint64_t address;
    const char *symbol;   /* lines as in KH_MESSAGE_DIED: function, caller, facts */
    uint64_t most_memory; /* the most bytes that it had */
    /* The call whose code ran, if there was one. The caller releases its slot. */
    bool has_call;
    uint32_t slot, kernel, phase; /* enum kh_phase: which code of the call ran */
    uint64_t tag, steps, printed, nanoseconds, started_ns; /* nanoseconds: own time */
    const char *output; /* what it wrote to descriptors 1 and 2 and the lane has not taken */
    uint64_t output_length;
} kh_death;

/* What happens to a call that was live. */
enum kh_fate {
    KH_FATE_QUEUED = 0,  /* it has not begun, and will */
    KH_FATE_RESUMED = 1, /* it continues from its bytes */
    KH_FATE_AGAIN = 2    /* it has begun, and its bytes are unusable: release it */
};

typedef struct kh_survivor {
    uint64_t tag, steps, printed;
    uint32_t slot, kernel;
    enum kh_fate fate;
} kh_survivor;

/* Returns whether the worker is dead, or its start has failed. Then: reap all there is;
 * kh_client_death; kh_client_recover; release the calls that do not continue; kh_client_revive.
 * [client] */
bool kh_client_has_died(const kh_client *client);
void kh_client_death(kh_client *client, kh_death *death);
/* Returns how many calls are left, in the order in which they continue. O(slots). */
size_t kh_client_recover(kh_client *client, const kh_death *death);
void kh_client_survivor(kh_client *client, size_t index, kh_survivor *survivor);
/* Starts a new worker with the calls that were not released. Returns 0 or errno. */
int kh_client_revive(kh_client *client);
/* The fast way, instead of kh_client_recover. Leaves all calls but the one that died in their
 * places, for the worker that kh_client_start starts next. Returns false, and changes nothing,
 * if that is impossible. O(live calls), at less than a nanosecond each. */
bool kh_client_take_over(kh_client *client, const kh_death *death);
/* Then: returns some of the calls that were live at the same time, and their number. O(limit). */
size_t kh_client_beside(kh_client *client, kh_survivor *survivors, size_t limit);
/* Returns whether the worker never existed, or died with its fork server. */
bool kh_client_is_gone(const kh_client *client);
/* Prepares a client for drafts and another start. Its worker is dead, and all its calls are
 * released. */
void kh_client_renew(kh_client *client);
/* Returns whether a signal has stopped the worker, as far as is known. */
bool kh_client_is_stopped(const kh_client *client);
/* Kills the worker if a step does not return or its memory exceeds the limit (0: no limit).
 * Returns whether it did. The caller calls this regularly while calls with limits are live.
 * [client] */
bool kh_client_check(kh_client *client, uint64_t memory_limit);
/* Returns whether the lane has taken everything and sleeps: all its calls wait for a time.
 * [client] */
bool kh_client_is_idle(kh_client *client);
/* Kills the worker now. [client] */
void kh_client_kill(kh_client *client);

#endif
