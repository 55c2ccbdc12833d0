/* The services of a lane for its calls: the functions of kh_services. */
#include "lane/own_time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static kh_lane *lane_of(kh_call *call) {
    return (kh_lane *)(uintptr_t)call->services;
}

/* Returns whether this is the call whose code runs, and its id. A kernel may have kept a pointer
 * to another call, or use one in another thread: such a use has no effect. */
static bool is_current(kh_lane *lane, const kh_call *call, uint32_t *id) {
    uint64_t number = (uint64_t)(call - lane->calls);
    if (number + 1 != lane->tables->stepping >> 32) return false;
    *id = (uint32_t)number;
    return true;
}

static void *service_alloc(kh_call *call, size_t size) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return NULL;
    uint32_t number = kh_lane_alloc(lane, id, size);
    return number == 0 ? NULL : kh_block_bytes(&lane->blocks, number);
}

static int service_fail(kh_call *call, int code, const char *format, va_list arguments) {
    char text[KH_LONGEST_MESSAGE + 1];
    uint32_t id;
    if (code >= 0) code = -EINVAL; /* a positive code would read as KH_MORE */
    if (!is_current(lane_of(call), call, &id)) return code;
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) length = 0;
    if (length > KH_LONGEST_MESSAGE) length = KH_LONGEST_MESSAGE;
    kh_lane_set_message(lane_of(call), id, code, text, (size_t)length);
    return code;
}

static void service_print(kh_call *call, const char *format, va_list arguments) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return;
    char text[1024];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length >= (int)sizeof text) {
        char *longer = malloc((size_t)length + 1);
        if (longer == NULL) {
            kh_lane_put_text(lane, id, text, sizeof text - 1);
        } else {
            vsnprintf(longer, (size_t)length + 1, format, again);
            kh_lane_put_text(lane, id, longer, (size_t)length);
            free(longer);
        }
    } else if (length > 0) {
        kh_lane_put_text(lane, id, text, (size_t)length);
    }
    va_end(again);
}

static void service_progress(kh_call *call, double fraction) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return;
    atomic_store_explicit(&lane->turns[id].progress, fraction, memory_order_relaxed);
    KH_WRITE_ONCE(lane->cold[id].said, lane->cold[id].said | KH_SAID_PROGRESS);
}

/* Goes by the tick, so that a step that asks all the time does not read the clock each time. */
static bool service_should_stop(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return false;
    if (atomic_load_explicit(&lane->arena->stop, memory_order_relaxed) != 0 ||
        atomic_load_explicit(&lane->ends[id], memory_order_relaxed) != KH_GO_ON)
        return true;
    const kh_cold *cold = &lane->cold[id];
    uint64_t tick = atomic_load_explicit(&lane->arena->tick, memory_order_relaxed);
    uint64_t inside = tick > lane->now ? tick - lane->now : 0;
    uint64_t deadline = lane->turns[id].deadline_ns;
    return (cold->timeout_ns != 0 && kh_lane_own(lane, id) + inside >= cold->timeout_ns) ||
           (deadline != 0 && tick > cold->started_ns && tick - cold->started_ns >= deadline);
}

static int service_sleep(kh_call *call, double seconds) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (isnan(seconds)) return kh_fail(call, -EINVAL, "kh_sleep: the time to sleep is NaN");
    if (seconds <= 0) return KH_MORE;
    if (!is_current(lane, call, &id)) return -EINVAL;
    lane->sleeper = id + 1;
    lane->wake = seconds < 9e9 ? kh_monotonic() + (uint64_t)(seconds * 1e9) : UINT64_MAX;
    return KH_PARKED;
}

static void *service_shared(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    return is_current(lane, call, &id) ? kh_lane_shared(lane, id) : NULL;
}

static uint64_t service_number(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    return is_current(lane, call, &id) ? lane->numbers[id] >> 16 : 0;
}

static uint32_t service_attempt(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    return is_current(lane, call, &id) ? (uint32_t)(lane->numbers[id] & 0xffff) : 1;
}

/* If steps are fast, the calls that take turns share the time since the last reading. */
static double service_time_left(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return INFINITY;
    const kh_cold *cold = &lane->cold[id];
    uint64_t deadline = lane->turns[id].deadline_ns, now = kh_monotonic();
    uint64_t since = now - lane->now;
    if (!lane->is_slow && lane->live_count > 0) since /= lane->live_count;
    double own = (double)(kh_lane_own(lane, id) + since), left = INFINITY;
    if (cold->timeout_ns != 0) left = (double)cold->timeout_ns - own;
    if (deadline != 0 && cold->started_ns != 0) {
        double wall = (double)deadline - (double)(now - cold->started_ns);
        if (wall < left) left = wall;
    }
    return left > 0 ? left * 1e-9 : 0;
}

void kh_services_init(kh_services *services) {
    *services = (kh_services){
        .size = sizeof(kh_services),
        .fail = service_fail,
        .print = service_print,
        .progress = service_progress,
        .should_stop = service_should_stop,
        .alloc = service_alloc,
        .sleep = service_sleep,
        .shared = service_shared,
        .number = service_number,
        .attempt = service_attempt,
        .time_left = service_time_left,
    };
}
