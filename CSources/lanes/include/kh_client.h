/* The client of a lane: how calls are submitted and reaped. Private; KernelBridge sees it. */
#ifndef KH_INCLUDE_CLIENT_H
#define KH_INCLUDE_CLIENT_H

#include "kh_supervisor.h"

typedef struct kh_client kh_client;

#define KH_LARGEST_ARENA (UINT64_C(1) << 36)
#define KH_DEFAULT_LIVE (1u << 17)

/* How a call ended, as far as the lane knows. */
enum kh_ending {
    KH_ENDED_OK = 0,
    KH_ENDED_ERROR = 1,
    KH_ENDED_TIMEOUT = 2,
    KH_ENDED_CANCELLED = 3
};

typedef struct kh_client_options {
    const kh_shape *shapes; /* what calls name by index; outlives the client */
    const kh_kernel *const *kernels; /* the same for a lane that is a thread */
    uint32_t kernel_count;
    uint32_t live_limit; /* calls in the arena at a time; 0: KH_DEFAULT_LIVE */
    kh_supervisor *supervisor;     /* NULL: the lane is a thread of this process */
    uint32_t lanes;      /* lanes that run at the same time, this one included; 0: 1 */
    /* How long a lane may delay the notification that calls have ended, in a long pass; 0: 4 ms.
     * Waking the client costs two context switches, perhaps on the lane's own processor. */
    uint64_t notify_ns;
    /* Its calls may be copied and restored (kh_snapshot.h). For workers; not where memory is
     * checked. */
    uint32_t snapshots;
} kh_client_options;

/* One ended call. The pointers lie in the arena as the client maps it. They are valid until
 * kh_client_release of the slot. */
typedef struct kh_completion {
    uint64_t tag; /* as given to kh_client_submit */
    const void *state;
    const char *message; /* of kh_fail; NULL: none */
    uint64_t message_length;
    uint64_t steps;
    uint64_t nanoseconds; /* own time: its steps and sleeps; precise to 7 digits */
    uint64_t elapsed_ns;  /* from its start to its end; precise to 7 digits */
    uint64_t started_ns;  /* by kh_now; 0: the call was never started */
    uint32_t slot;
    uint32_t kernel;
    int32_t code; /* negative; 0 if ok */
    uint32_t ending;
    uint32_t overruns; /* enum kh_overrun, as bits */
    uint32_t changes;  /* enum kh_change, as bits */
} kh_completion;

/* What a call left changed in its process. The lane has restored it. */
enum kh_change {
    KH_CHANGED_FLOATS = 1, /* the floating-point state: rounding, subnormals, traps */
    KH_CHANGED_LOCALE = 2,
    KH_CHANGED_FOLDER = 4,
    KH_CHANGED_MASK = 8, /* the mask of file modes */
    KH_CHANGED_SIGNALS = 16, /* blocked signals */
    KH_CHANGED_PROCESSORS = 32,
    KH_CHANGED_LIMITS = 64,
    KH_CHANGED_ENVIRONMENT = 128,
    KH_CHANGED_HANDLERS = 256, /* signal handlers */
    KH_CHANGED_OUTPUT = 512,   /* descriptors 0, 1 and 2, or the streams over them */
    KH_CHANGED_ALL = 1023,
    /* while it was loaded: workers have no such threads, and nothing starts them again */
    KH_STARTED_THREADS = 1024,
    KH_CHANGED_PERHAPS = 1 << 15 /* this call, or another that ended shortly before */
};

/* Guard words that a call, or a neighbour, has overwritten. */
enum kh_overrun {
    KH_OVERRUN_BEFORE = 1, /* in front of its state */
    KH_OVERRUN_BEHIND = 2, /* behind its state */
    KH_OVERRUN_BLOCK = 4   /* around memory of kh_alloc */
};

/* A piece of printed text, in the order of printing. */
typedef struct kh_text_piece {
    uint64_t tag; /* the call that printed it */
    uint64_t offset, length; /* in the buffer of the caller */
    uint32_t kernel;
    uint32_t is_output; /* 1: the call wrote it to descriptor 1 or 2 */
} kh_text_piece;

typedef struct kh_call_options {
    uint64_t tag;
    uint64_t timeout_ns;  /* of the call's own time: its steps and sleeps; 0: no limit */
    uint64_t deadline_ns; /* of wall time, since its start; 0: no limit */
    uint64_t grace_ns;    /* how long a step in a worker may exceed one of them */
    uint64_t processor_ns; /* of processor time; 0: no limit */
    uint64_t memory;     /* bytes that kh_alloc may give it; 0: no limit */
    uint64_t skip_text;  /* bytes of text that an earlier attempt has shown */
    uint64_t number;     /* the number that kh_number returns; below 2^48 */
    uint32_t attempt;    /* the attempt that kh_attempt returns, from 1 */
} kh_call_options;

/* A call under construction. */
typedef struct kh_draft {
    void *state;      /* holds the defaults; the caller writes the arguments here */
    void *payload;    /* room for texts and arrays, as many bytes as were requested */
    int64_t distance; /* an address here plus this is the lane's address */
    uint32_t slot;
    uint32_t reserved;
} kh_draft;

/* Makes an arena. Without a supervisor it also starts a lane on a thread of its own. Returns
 * NULL, with errno, if there is no memory or no thread. */
kh_client *kh_client_open(const kh_client_options *options);
/* How a worker runs. */
enum kh_start {
    KH_START_ONCE = 1,    /* it ends when it has no calls left */
    KH_START_MEASURED = 2 /* its memory can be measured */
};

/* Starts the worker of a client that has a supervisor. [how]: bits of kh_start. Returns 0 or
 * errno. [client] */
int kh_client_start(kh_client *client, uint32_t how);
/* Lets a lane without calls end after its kernels' teardown. A worker has a second for that. The
 * caller then calls kh_client_close, which also does this. [client] */
void kh_client_let_end(kh_client *client);
/* Ends every live call, ends the lane, frees the arena. [client] */
void kh_client_close(kh_client *client);

/* The outcome of a request for room. */
enum kh_room {
    KH_ROOM = 0,
    KH_ROOM_SOON = 1,  /* the submit ring is full: wait */
    KH_ROOM_LATER = 2, /* there is no slot or no memory until calls are released */
    KH_ROOM_NEVER = 3  /* no arena is large enough */
};

/* Reserves room for a call and [payload] more bytes. [client] */
enum kh_room kh_client_draft(kh_client *client, uint32_t kernel, uint64_t payload, kh_draft *draft);
/* Submits a draft. The lane sees it at the next flush. [client] */
void kh_client_submit(kh_client *client, const kh_draft *draft, const kh_call_options *options);
/* Opens or closes a batch. While a batch is open the lane begins no second pass: it steps every
 * call of the batch once before it steps any twice. Flushes. [client] */
void kh_client_set_open(kh_client *client, bool open);
/* Publishes what was submitted, and wakes the lane. [client] */
void kh_client_flush(kh_client *client);

/* Notes what there is to reap. Then the caller reaps all text, and after that all completions.
 * Text of an ended call always precedes its completion. [client] */
void kh_client_poll(kh_client *client);
size_t kh_client_reap_text(kh_client *client, kh_text_piece *pieces, size_t piece_limit,
                           char *buffer, size_t buffer_size);
size_t kh_client_reap(kh_client *client, kh_completion *completions, size_t limit);
/* Returns which guard words around a call's state are damaged now, as bits of kh_overrun. The
 * caller asks after it has read the results. [slot]: of a completion. [client] */
uint32_t kh_client_overruns(const kh_client *client, uint32_t slot);
/* Returns the bytes of text that an ended call has printed. Its slot is not released yet. */
uint64_t kh_client_printed(const kh_client *client, uint32_t slot);
/* Gives back the slot of a completion. [client] */
void kh_client_release(kh_client *client, uint32_t slot);
/* Sleeps until there is something to reap, room for a refused draft, a dead worker or a
 * kh_client_wake. Ends after [nanoseconds] (negative: no limit). May return early. [client] */
void kh_client_wait(kh_client *const *clients, size_t count, int64_t nanoseconds);
/* Takes back calls that the lane has not begun: the last ones, at most half of them. Returns how
 * many. It is as if they had never been submitted. For a client that shares its calls with
 * others. [client] */
uint32_t kh_client_waiting(kh_client *client); /* returns the most that there can be */
size_t kh_client_take_back(kh_client *client, uint64_t *tags, size_t limit);
/* Ends the current wait, or the next one. [any] */
void kh_client_wake(kh_client *client);
/* Ends the calls of some tags between two steps. [bounds] has the first and the last tag of each
 * of [count] ranges, in order and without overlaps. O(calls submitted at one time x log count).
 * [client] */
void kh_client_cancel_tags(kh_client *client, const uint64_t *bounds, size_t count);
/* Ends all calls between two steps, and later ones before their start. [any] */
void kh_client_stop(kh_client *client);
/* Returns the number of calls that are submitted and not released. [client] */
uint32_t kh_client_live(const kh_client *client);

/* Translates a pointer of the lane. Returns NULL unless [length] bytes there are inside the
 * arena. [client] */
const void *kh_client_view(const kh_client *client, const void *lane_pointer, uint64_t length);

#define KH_MOST_RUNNING 8

/* A call that was started and has not ended, as seen from outside. */
typedef struct kh_running {
    uint64_t tag, steps;
    uint64_t started_ns; /* by kh_now */
    uint64_t own_ns;     /* its steps and sleeps so far */
    /* for at least this long its lane has been in one step of it. 0: it was between steps since
     * the last look, or this is not known */
    uint64_t inside_ns;
    double progress;     /* its last kh_progress, above 0 to 1; NaN: there was no such call */
    uint32_t kernel;
    bool is_parked; /* in kh_sleep */
} kh_running;

/* Returns the calls that have run longest, oldest first. A call whose step has not returned
 * since the last look is among them. At most KH_MOST_RUNNING. O(calls submitted at one time).
 * [client] */
size_t kh_client_running(kh_client *client, kh_running *calls, size_t limit);

#define KH_MOST_SURVEYED 256

/* Returns running calls that are chosen at random, at most [limit] and KH_MOST_SURVEYED. [count]
 * becomes the number of calls that run: exact if all are returned, otherwise an estimate.
 * O(calls submitted at one time). [client] */
size_t kh_client_survey(kh_client *client, kh_running *calls, size_t limit, uint32_t *count);

#endif
