/*
 * kh_lanes.h - the lane loop, as KernelBridge sees it. Private: kernels read
 * kernel_host.h and nothing else.
 *
 * A lane steps its live calls in turn. It shares one arena with one owner, the
 * client: the client writes calls into slots of the arena and submits them, the
 * lane runs them and reports completions and printed text. Nothing else passes
 * between the two, so the lane may be a thread or another process.
 *
 *     client  -> submit ring      -> lane     slots, memory to release
 *     client <-  completion ring <-  lane     how each call ended
 *     client <-  text ring       <-  lane     what kernels print, in order
 *
 * A lane in another process is run by a worker, which a supervisor starts: see below.
 *
 * [client]  on the one thread that owns the client (at a time)
 * [any]   on any thread
 * The client believes nothing that it reads from the arena: each field is read
 * once and checked.
 */
#ifndef KH_LANES_H
#define KH_LANES_H

#include "kernel_host.h"

typedef struct kh_client kh_client;
typedef struct kh_supervisor kh_supervisor;
typedef struct kh_kernels kh_kernels;

#define KH_LARGEST_STATE (UINT64_C(1) << 20)
#define KH_LARGEST_ARENA (UINT64_C(1) << 36)
/* Of all that plugins say of their kernels, in bytes. */
#define KH_LARGEST_DESCRIPTION (UINT64_C(64) << 20)
#define KH_DEFAULT_LIVE (1u << 17)

/* -------------------------------------------------------------- kernels --- */

/* Why a library was not loaded. */
enum kh_refusal {
    KH_LOAD_OK = 0,     /* text: what bindings.h found, "": nothing */
    KH_LOAD_LINKER = 1, /* text: the loader's own */
    KH_LOAD_NO_KERNELS = 2,
    KH_LOAD_MAGIC = 3,     /* found, expected */
    KH_LOAD_MAJOR = 4,     /* found, expected */
    KH_LOAD_SIZE = 5,      /* found, expected; text: of which struct */
    KH_LOAD_DUPLICATE = 6, /* text: the kernel; other: the library that has it, "": built in */
    KH_LOAD_CRASHED = 7,   /* found: the signal */
    KH_LOAD_EXITED = 8,    /* found: the code */
    KH_LOAD_HUNG = 9,
    /* Of a function of a plain library; text: its name. */
    KH_LOAD_NO_SYMBOL = 10,
    KH_LOAD_ELSEWHERE = 11, /* other: the library that has it */
    KH_LOAD_NO_FUNCTION = 12,
    KH_LOAD_SIGNATURE = 13, /* more parameters than registers; found: how many */
    KH_LOAD_LARGE = 14,     /* found: bytes of the description, with those before it; expected */
    /* What this host does not know of; text: the kernel, "": the library itself. */
    KH_LOAD_NEWER = 15, /* found: its minor version; other: the struct, expected: the byte */
    KH_LOAD_NEEDS = 16, /* found: the minor version that it needs */
    KH_LOAD_FLAG = 17   /* found: the flag; expected: its minor version; other: the field or "" */
};

typedef struct kh_load_result {
    enum kh_refusal refusal;
    int64_t found, expected; /* found, of one that was loaded: bits of kh_change */
    char text[2048], other[1024];
    uint32_t touches; /* what the library is known to do, as kh_bindings_touch has it */
} kh_load_result;

/* The kernels of this executable, in this process. Lives as long as it. NULL: no memory. [any] */
kh_kernels *kh_kernels_open(void);
/* Loads a library into this process. Nothing stands between the two. */
void kh_kernels_add(kh_kernels *kernels, const char *path, kh_load_result *answer);
/* What kernels say of themselves: bytes as descriptor_encode.c has them, sorted by name. Answers
 * how many there are; writes those that fit. */
size_t kh_kernels_encode(const kh_kernels *kernels, void *buffer, size_t size);
/* Their descriptors in the same order, for lanes in this process. */
const kh_kernel *const *kh_kernels_table(const kh_kernels *kernels);

/* What the client needs to know of a kernel. */
typedef struct kh_shape {
    uint64_t state_size;
    const void *defaults; /* the state as the lane's process has it; NULL: zero bytes */
    uint32_t state_align;
    uint32_t is_flat;
} kh_shape;

/* ---------------------------------------------------------------- supervisor --- */

typedef struct kh_supervisor_rules {
    uint32_t sandbox; /* enum kh_sandbox_level: 0 none, 1 default, 2 strict */
    uint32_t core;    /* 1: core files may be written */
    uint32_t check_memory; /* 1: overruns of states and of kh_alloc's memory fault */
    uint64_t address_space;     /* of a worker; 0: no limit */
    uint64_t processor_seconds; /* of each call in it; 0: no limit */
    const char *const *read, *const *write;    /* paths that are allowed */
    uint32_t read_count, write_count;
    uint32_t one_thread; /* 1: other workers run at the same time: OMP_NUM_THREADS is 1 */
} kh_supervisor_rules;

/* The parts of a sandbox that this machine's kernel can enforce, as bits. [any] */
uint32_t kh_sandbox_parts(void);
/* Starts a fork server: this executable again, with only C in it. Returns at once. [preload]: a
 * library that it loads before all else; NULL: none. NULL with [*error]: no thread, no memory.
 * [any] */
kh_supervisor *kh_supervisor_open(const char *preload, int *error);
/* Ends the fork server and everything below it. No client of it may be open. */
void kh_supervisor_close(kh_supervisor *supervisor);
/* For a process that is the host alone: children of a fork server that dies become its own, and
 * kh_supervisors_end reaps them. [any] */
void kh_supervisors_adopt_orphans(void);
/* Before the process ends: ends all fork servers and reaps them, so that none is left to a parent
 * that reaps nothing. Takes [patience] seconds at most. Clients hear of no
 * death any more, and a thread that opens a supervisor or asks one from then on waits for the end.
 * [any]
 */
void kh_supervisors_end(double patience);
/* Waits until the fork server is there: 0, or why it is not. */
int kh_supervisor_wait(kh_supervisor *supervisor, double patience);
/* Before all that follows. 0 or errno, and a sentence; [*in_force]: parts of the sandbox. */
int kh_supervisor_set_rules(kh_supervisor *supervisor, const kh_supervisor_rules *rules,
                            uint32_t *in_force, char *why, size_t why_size);
void kh_supervisor_load(kh_supervisor *supervisor, const char *path, double patience,
                        kh_load_result *answer);
/* The description of all its kernels, which the caller frees. NULL: the fork server is gone. */
void *kh_supervisor_describe(kh_supervisor *supervisor, size_t *size);
/* Whether all that workers start dies with them. */
bool kh_supervisor_has_namespace(const kh_supervisor *supervisor);

/* ----------------------------------------------------------------- client --- */

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

/* ------------------------------------------------------ death of a worker --- */

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

/* ------------------------------------------------------- a look at what runs --- */

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
