/* The client of a lane: how calls are submitted and reaped. Private; KernelBridge sees it. */
#ifndef KH_INCLUDE_CLIENT_H
#define KH_INCLUDE_CLIENT_H

#include "kh_supervisor.h"

typedef struct kh_client kh_client;

#define KH_LARGEST_ARENA (UINT64_C(1) << 36)
#define KH_DEFAULT_LIVE (1u << 17)

/* How a call ended, as the lane can tell. */
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
    kh_supervisor *supervisor;     /* NULL: the lane is a thread */
    uint32_t lanes;      /* that run at the same time, this one too; 0: 1 */
    /* How long a lane may keep it to itself in a long pass that calls have ended; 0: 4 ms. To
     * wake the client costs two switches of a processor that may be the lane's own, and what the
     * client then does. */
    uint64_t notify_ns;
} kh_client_options;

/* One ended call. The pointers are into the arena, for the client's eyes, valid
 * until kh_client_release of the slot. */
typedef struct kh_completion {
    uint64_t tag; /* as given to kh_client_submit */
    const void *state;
    const char *message; /* of kh_fail; NULL: none */
    uint64_t message_length;
    uint64_t steps;
    uint64_t nanoseconds; /* own time: its steps and sleeps; 7 digits of it */
    uint64_t elapsed_ns;  /* from its start to its end; 7 digits of it */
    uint64_t started_ns;  /* by kh_now; 0: it never was */
    uint32_t slot;
    uint32_t kernel;
    int32_t code; /* negative; 0 if ok */
    uint32_t ending;
    uint32_t overruns; /* enum kh_overrun, as bits: what was written over */
    uint32_t changes;  /* enum kh_change, as bits */
} kh_completion;

/* What a call left changed of the process that others find; it was restored. */
enum kh_change {
    KH_CHANGED_FLOATS = 1, /* the floating-point state: rounding, subnormals, traps */
    KH_CHANGED_LOCALE = 2,
    KH_CHANGED_FOLDER = 4,
    KH_CHANGED_MASK = 8, /* of files that are made */
    KH_CHANGED_SIGNALS = 16, /* that are blocked */
    KH_CHANGED_PROCESSORS = 32,
    KH_CHANGED_LIMITS = 64,
    KH_CHANGED_ENVIRONMENT = 128,
    KH_CHANGED_HANDLERS = 256, /* of signals */
    KH_CHANGED_OUTPUT = 512,   /* descriptors 0, 1 and 2, or the streams over them */
    KH_CHANGED_ALL = 1023,
    KH_STARTED_THREADS = 1024, /* at load: no worker has them, and nothing starts them again */
    KH_CHANGED_PERHAPS = 1 << 15 /* it, or a call that ended shortly before */
};

/* Guard words that a call, or a neighbour, has written over. */
enum kh_overrun {
    KH_OVERRUN_BEFORE = 1, /* in front of its state */
    KH_OVERRUN_BEHIND = 2, /* behind its state */
    KH_OVERRUN_BLOCK = 4   /* around memory of kh_alloc */
};

/* A piece of printed text, in the order of printing. */
typedef struct kh_text_piece {
    uint64_t tag; /* of the call that printed it */
    uint64_t offset, length; /* in the buffer given */
    uint32_t kernel;
    uint32_t is_output; /* 1: it wrote to descriptor 1 or 2 by itself */
} kh_text_piece;

typedef struct kh_call_options {
    uint64_t tag;
    uint64_t timeout_ns;  /* of the call's own time: its steps and sleeps; 0: no limit */
    uint64_t deadline_ns; /* of wall time, from its start; 0: no limit */
    uint64_t grace_ns;    /* how long a step may outlive one of them in a worker */
    uint64_t processor_ns; /* of processor time; 0: no limit */
    uint64_t memory;     /* bytes of kh_alloc; 0: no limit */
    uint64_t skip_text;  /* bytes of text that an earlier attempt has shown */
    uint64_t number;     /* what the call can know as its own; below 2^48 */
    uint32_t attempt;    /* which start of it this is, from 1 */
} kh_call_options;

/* A call under construction. */
typedef struct kh_draft {
    void *state;      /* holds the defaults; the arguments go here */
    void *payload;    /* room for texts and arrays, as much as was asked for */
    int64_t distance; /* add it to an address here to get the lane's own */
    uint32_t slot;
    uint32_t reserved;
} kh_draft;

/* Makes an arena, and a lane on a thread of its own if there is no supervisor. NULL, with
 * errno, if there is no memory or no thread to be had. */
kh_client *kh_client_open(const kh_client_options *options);
/* How a worker is to be. */
enum kh_start {
    KH_START_ONCE = 1,    /* it ends when nothing is left to do */
    KH_START_MEASURED = 2 /* the memory that it takes can be looked at */
};

/* Starts the worker of a client with a supervisor; [how]: of kh_start. 0 or errno. [client] */
int kh_client_start(kh_client *client, uint32_t how);
/* Lets a lane that has no calls any more, and something to tear down, end by its own; a worker
 * has a second for it. To be followed by kh_client_close, which does it, too. [client] */
void kh_client_let_end(kh_client *client);
/* Ends every live call, ends the lane, frees the arena. [client] */
void kh_client_close(kh_client *client);

/* What became of a wish for room. */
enum kh_room {
    KH_ROOM = 0,
    KH_ROOM_SOON = 1,  /* the submit ring is full: wait */
    KH_ROOM_LATER = 2, /* no slot or no memory until calls are released */
    KH_ROOM_NEVER = 3  /* no arena of ours is so large */
};

/* Room for a call and [payload] bytes more. [client] */
enum kh_room kh_client_draft(kh_client *client, uint32_t kernel, uint64_t payload, kh_draft *draft);
/* Hand a draft to the lane, which sees it at the next flush. [client] */
void kh_client_submit(kh_client *client, const kh_draft *draft, const kh_call_options *options);
/* While a batch is open the lane begins no second pass: every call of the
 * batch is stepped once before any is stepped twice. Flushes. [client] */
void kh_client_set_open(kh_client *client, bool open);
/* Let the lane see what was submitted; wake it. [client] */
void kh_client_flush(kh_client *client);

/* Look what there is. Then take all text, then all completions: text of an
 * ended call is always there before its completion. [client] */
void kh_client_poll(kh_client *client);
size_t kh_client_reap_text(kh_client *client, kh_text_piece *pieces, size_t piece_limit,
                           char *buffer, size_t buffer_size);
size_t kh_client_reap(kh_client *client, kh_completion *completions, size_t limit);
/* What is written over by now around a call's state, as bits of kh_overrun: to be asked for once
 * its results were read. [slot]: of a completion. [client] */
uint32_t kh_client_overruns(const kh_client *client, uint32_t slot);
/* Bytes of text that the call of a slot, ended and not released, has printed. */
uint64_t kh_client_printed(const kh_client *client, uint32_t slot);
/* Give the slot of a completion back. [client] */
void kh_client_release(kh_client *client, uint32_t slot);
/* Sleep until one of some clients has something to take, room for a draft that was refused
 * for want of it, a dead worker, kh_client_wake, or the time is over (negative: no limit).
 * May also return for nothing. [client] */
void kh_client_wait(kh_client *const *clients, size_t count, int64_t nanoseconds);
/* Of a client that is one of several: takes back some of the calls that the lane has not begun,
 * the last ones, at most half of them; answers how many. They are as if they had never been
 * submitted. [client] */
uint32_t kh_client_waiting(kh_client *client); /* how many there are, at the most */
size_t kh_client_take_back(kh_client *client, uint64_t *tags, size_t limit);
/* End a wait, now or the next. [any] */
void kh_client_wake(kh_client *client);
/* End the calls whose tag is from [first] to [last], between two steps. O(calls
 * submitted at one time). [client] */
void kh_client_cancel_tags(kh_client *client, uint64_t first, uint64_t last);
/* End all calls between two steps, and those submitted later before their
 * start. [any] */
void kh_client_stop(kh_client *client);
/* Calls submitted and not yet released. [client] */
uint32_t kh_client_live(const kh_client *client);

/* Where a lane's pointer lies for the client: NULL unless [length] bytes at it
 * are inside the arena. [client] */
const void *kh_client_view(const kh_client *client, const void *lane_pointer, uint64_t length);

#define KH_MOST_RUNNING 8

/* A call that was started and has not ended, as far as can be seen from outside. */
typedef struct kh_running {
    uint64_t tag, steps;
    uint64_t started_ns; /* by kh_now */
    uint64_t inside_ns;  /* so long, at least, its lane has been in one step of it; 0: it was
                          * between steps since the last look, or nobody knows */
    double progress;     /* what it said with kh_progress, above 0 to 1; NaN: nothing */
    uint32_t kernel;
    bool is_parked; /* in kh_sleep */
} kh_running;

/* The calls that have run longest, oldest first, and one in whose step the lane has been
 * since the last look; at most KH_MOST_RUNNING. O(calls submitted at one time): to be called
 * now and then. [client] */
size_t kh_client_running(kh_client *client, kh_running *calls, size_t limit);

#endif
