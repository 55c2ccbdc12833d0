/* Counts and limits the processor time of calls. */
#include "lane/processor_time.h"

#include <signal.h>
#include <string.h>

/* A step that ends a little late ends in the lane, which costs no worker. Timers are inexact by
 * a tick of the system anyway. */
static const uint64_t slack_ns = 20000000, second_ns = 1000000000;
/* A reading is a system call. A wall time below this is taken for processor time, which cannot
 * be longer. The next reading corrects the sum. */
static const uint64_t short_ns = 50000, reading_ns = 2000000;

static uint64_t used_now(const kh_lane *lane) {
    struct timespec now;
    clock_gettime(lane->is_worker ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * second_ns + (uint64_t)now.tv_nsec;
}

/* Returns the processor time since the last look. The caller has just read the lane's clock. */
static uint64_t look(kh_lane *lane) {
    uint64_t wall = lane->now - lane->processor_wall;
    lane->processor_wall = lane->now;
    if (wall < short_ns && lane->now - lane->processor_read < reading_ns) {
        lane->processor_seen += wall;
        return wall;
    }
    uint64_t before = lane->processor_seen;
    lane->processor_seen = used_now(lane);
    lane->processor_read = lane->now;
    return lane->processor_seen > before ? lane->processor_seen - before : 0;
}

/* [due] 0: never. */
static void set_timer(int timer, uint64_t due) {
    struct itimerspec when;
    memset(&when, 0, sizeof when);
    when.it_value.tv_sec = (time_t)(due / second_ns);
    when.it_value.tv_nsec = (long)(due % second_ns);
    syscall(SYS_timer_settime, timer, TIMER_ABSTIME, &when, NULL);
}

static void set_timers(kh_lane *lane, uint64_t due) {
    lane->processor_due = due;
    set_timer(lane->timers[0], due);
    set_timer(lane->timers[1], due == 0 ? 0 : due + second_ns);
}

static bool make_timers(kh_lane *lane) {
    static const int signals[] = {SIGXCPU, SIGKILL};
    for (int i = 0; i < 2; i++) {
        struct sigevent event;
        memset(&event, 0, sizeof event);
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = signals[i];
        if (syscall(SYS_timer_create, CLOCK_PROCESS_CPUTIME_ID, &event, &lane->timers[i]) != 0)
            return false;
    }
    return true;
}

bool kh_lane_count_processor(kh_lane *lane, uint64_t most_ns) {
    lane->is_counted = true;
    lane->is_slow = true;
    lane->processor_most = most_ns;
    lane->processor_seen = used_now(lane);
    /* The host's own threads must not be ended. */
    if (lane->is_worker) lane->has_timers = make_timers(lane);
    return lane->has_timers;
}

void kh_lane_begin_counted(kh_lane *lane, uint32_t id) {
    lane->turns[id].processor_used = 0;
    (void)look(lane);
    kh_lane_enter_counted(lane, id);
}

void kh_lane_enter_counted(kh_lane *lane, uint32_t id) {
    if (!lane->has_timers) return;
    const kh_turn *turn = &lane->turns[id];
    uint64_t most = lane->processor_most, slack = 0;
    if (turn->processor_ns != 0 && (most == 0 || turn->processor_ns <= most)) {
        most = turn->processor_ns;
        slack = slack_ns;
    }
    if (most == 0) {
        if (lane->processor_due != 0) set_timers(lane, 0);
        return;
    }
    uint64_t left = most > turn->processor_used ? most - turn->processor_used : 1;
    uint64_t due = lane->processor_seen + left + slack;
    if (lane->processor_due >= due && lane->processor_due - due < 2 * slack_ns) return;
    set_timers(lane, due + slack_ns);
}

void kh_lane_charge_processor(kh_lane *lane, uint32_t id) {
    lane->turns[id].processor_used += look(lane);
}
