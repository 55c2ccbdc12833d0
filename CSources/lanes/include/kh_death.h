/* The death of a worker, and what becomes of its calls. Private; KernelBridge sees it. */
#ifndef KH_INCLUDE_DEATH_H
#define KH_INCLUDE_DEATH_H

#include "kh_client.h"

enum kh_reason {
    KH_REASON_NONE = 0, /* by itself, or somebody else's doing */
    KH_REASON_TIMEOUT = 1,
    KH_REASON_MEMORY = 2,
    KH_REASON_DEADLINE = 3,
    KH_REASON_HOST = 4,   /* kh_client_kill */
    KH_REASON_DAMAGE = 5  /* what it wrote for the host cannot be */
};

/* How a worker died, and in whose code. The pointers live until the client's next start. */
typedef struct kh_death {
    int status, error;     /* status < 0: it could not be started, or went with its fork server */
    int signal, exit_code; /* 0; -1: not so */
    int stopped;           /* the signal that stopped it before; 0 */
    enum kh_reason reason; /* why the client killed it */
    bool was_noted;        /* its handler saw the signal */
    bool has_address;
    uint64_t address;
    const char *symbol;   /* lines as KH_MESSAGE_DIED has them: where, by whom called, facts */
    uint64_t most_memory; /* bytes that it had at most */
    /* The call whose code ran, if one did. Its slot is the caller's to release. */
    bool has_call;
    uint32_t slot, kernel, phase; /* enum kh_phase: the call's code that ran */
    uint64_t tag, steps, printed, nanoseconds, started_ns; /* nanoseconds: own time */
    const char *output; /* what it wrote by itself and the lane has not taken */
    uint64_t output_length;
} kh_death;

/* What becomes of a call that was live. */
enum kh_fate {
    KH_FATE_QUEUED = 0,  /* had not begun, and will */
    KH_FATE_RESUMED = 1, /* goes on from its bytes */
    KH_FATE_AGAIN = 2    /* begun, and its bytes are no use: release it */
};

typedef struct kh_survivor {
    uint64_t tag, steps, printed;
    uint32_t slot, kernel;
    enum kh_fate fate;
} kh_survivor;

/* Whether the worker is dead (or its start failed). Then: take what there is till nothing
 * is left, kh_client_death, kh_client_recover, release those that shall not go on,
 * kh_client_revive. [client] */
bool kh_client_has_died(const kh_client *client);
void kh_client_death(kh_client *client, kh_death *death);
/* How many calls are left, in the order in which they go on. O(slots). */
size_t kh_client_recover(kh_client *client, const kh_death *death);
void kh_client_survivor(kh_client *client, size_t index, kh_survivor *survivor);
/* Starts a new worker with those that were not released. 0 or errno. */
int kh_client_revive(kh_client *client);
/* Instead of kh_client_recover, where it can be: leaves all calls but the one that died where
 * they are, for the worker that kh_client_start starts next. False: it cannot be, and
 * nothing is lost. O(live calls), at a fraction of a nanosecond each. */
bool kh_client_take_over(kh_client *client, const kh_death *death);
/* Then: some of the calls that were live beside it; answers how many. O(limit). */
size_t kh_client_beside(kh_client *client, kh_survivor *survivors, size_t limit);
/* Whether it was never there, or went with its fork server. */
bool kh_client_is_gone(const kh_client *client);
/* Makes a client whose worker is dead, and whose calls were all released, ready for drafts
 * and another start. */
void kh_client_renew(kh_client *client);
/* Whether the worker was stopped by a signal, as far as is known. */
bool kh_client_is_stopped(const kh_client *client);
/* Looks for a step that does not return, and for memory above the limit (0: none): kills
 * the worker then, and answers whether it did. To be called now and then while calls with
 * limits are live. [client] */
bool kh_client_check(kh_client *client, uint64_t memory_limit);
/* Whether the lane has taken all that was submitted and sleeps: what it has waits for a
 * time, if it has anything. [client] */
bool kh_client_is_idle(kh_client *client);
/* Ends the worker now. [client] */
void kh_client_kill(kh_client *client);

#endif
