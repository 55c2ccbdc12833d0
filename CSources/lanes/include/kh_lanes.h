/*
 * kh_lanes.h - the lane loop, as KernelBridge sees it. Private: kernels read
 * kernel_host.h and nothing else.
 *
 * A lane steps its live calls in turn. It shares one arena with one owner, the
 * port: the port writes calls into slots of the arena and submits them, the
 * lane runs them and reports completions and printed text. Nothing else passes
 * between the two, so the lane may be a thread or another process.
 *
 *     port  -> submit ring      -> lane     slots, memory to release
 *     port <-  completion ring <-  lane     how each call ended
 *     port <-  text ring       <-  lane     what kernels print, in order
 *
 * [port]  on the one thread that owns the port (at a time)
 * [any]   on any thread
 * The port believes nothing that it reads from the arena: each field is read
 * once and checked.
 */
#ifndef KH_LANES_H
#define KH_LANES_H

#include "kernel_host.h"

typedef struct kh_port kh_port;

/* How a call ended, as the lane can tell. */
enum kh_ending {
    KH_ENDED_OK = 0,
    KH_ENDED_ERROR = 1,
    KH_ENDED_TIMEOUT = 2,
    KH_ENDED_CANCELLED = 3
};

typedef struct kh_port_options {
    const kh_kernel *const *kernels; /* what calls name by index; outlives the port */
    uint32_t kernel_count;
    uint32_t live_limit; /* calls in the arena at a time; 0: KH_DEFAULT_LIVE */
} kh_port_options;

#define KH_DEFAULT_LIVE (1u << 18)

/* One ended call. The pointers are into the arena, for the port's eyes, valid
 * until kh_port_release of the slot. */
typedef struct kh_completion {
    uint64_t tag; /* as given to kh_port_submit */
    const void *state;
    const char *message; /* of kh_fail; NULL: none */
    uint64_t message_length;
    uint64_t steps;
    uint64_t nanoseconds; /* from start to the end of finish */
    uint32_t slot;
    uint32_t kernel;
    int32_t code; /* negative; 0 if ok */
    uint32_t ending;
} kh_completion;

/* A piece of printed text, in the order of printing. */
typedef struct kh_text_piece {
    uint64_t tag; /* of the call that printed it */
    uint64_t offset, length; /* in the buffer given */
} kh_text_piece;

/* A call under construction. */
typedef struct kh_draft {
    void *state;      /* holds the defaults; the arguments go here */
    void *payload;    /* room for texts and arrays, as much as was asked for */
    int64_t distance; /* add it to an address here to get the lane's own */
    uint32_t slot;
    uint32_t reserved;
} kh_draft;

/* The kernels of this executable (built in). [any] */
const kh_library *kh_builtin_library(void);

/* Make an arena and start a lane on a thread of its own. NULL, with errno, if
 * there is no memory or no thread to be had. */
kh_port *kh_port_open(const kh_port_options *options);
/* End every live call, end the lane, free the arena. [port] */
void kh_port_close(kh_port *port);

/* What became of a wish for room. */
enum kh_room {
    KH_ROOM = 0,
    KH_ROOM_SOON = 1,  /* the submit ring is full: wait */
    KH_ROOM_LATER = 2, /* no slot or no memory until calls are released */
    KH_ROOM_NEVER = 3  /* no arena of ours is so large */
};

/* Room for a call and [payload] bytes more. [port] */
enum kh_room kh_port_draft(kh_port *port, uint32_t kernel, uint64_t payload, kh_draft *draft);
/* Hand a draft to the lane, which sees it at the next flush. 0: no timeout. [port] */
void kh_port_submit(kh_port *port, const kh_draft *draft, uint64_t tag, uint64_t timeout_ns);
/* While a batch is open the lane begins no second pass: every call of the
 * batch is stepped once before any is stepped twice. Flushes. [port] */
void kh_port_set_open(kh_port *port, bool open);
/* Let the lane see what was submitted; wake it. [port] */
void kh_port_flush(kh_port *port);

/* Look what there is. Then take all text, then all completions: text of an
 * ended call is always there before its completion. [port] */
void kh_port_look(kh_port *port);
size_t kh_port_take_text(kh_port *port, kh_text_piece *pieces, size_t piece_limit, char *buffer,
                         size_t buffer_size);
size_t kh_port_take(kh_port *port, kh_completion *completions, size_t limit);
/* Give the slot of a completion back. [port] */
void kh_port_release(kh_port *port, uint32_t slot);
/* Sleep until there is something to take, room for a draft that was refused
 * for want of it, kh_port_wake, or the time is over (negative: no limit). May
 * also return for nothing. [port] */
void kh_port_wait(kh_port *port, int64_t nanoseconds);
/* End a wait, now or the next. [any] */
void kh_port_wake(kh_port *port);
/* End the calls whose tag is from [first] to [last], between two steps. O(calls
 * submitted at one time). [port] */
void kh_port_cancel_tags(kh_port *port, uint64_t first, uint64_t last);
/* End all calls between two steps, and those submitted later before their
 * start. [any] */
void kh_port_stop(kh_port *port);
/* Calls submitted and not yet released. [port] */
uint32_t kh_port_live(const kh_port *port);

/* Where a lane's pointer lies for the port: NULL unless [length] bytes at it
 * are inside the arena. [port] */
const void *kh_port_view(const kh_port *port, const void *lane_pointer, uint64_t length);

/* "EINVAL" for 22; NULL: no such errno. [any] */
const char *kh_errno_name(int number);
/* Nanoseconds of CLOCK_MONOTONIC. [any] */
uint64_t kh_now(void);

#endif
