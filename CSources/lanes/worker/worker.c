/* A worker process: one lane over an arena that it shares only with the host. */
#include "worker/worker.h"

#include "lane/checked.h"
#include "process/crash_handler.h"
#include "process/frames.h"
#include "lane/lane.h"
#include "lane/processor_time.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Unblocks the signals that the fork server has blocked. */
static void let_signals_through(void) {
    /* This avoids the C library's functions, which are on further pages to fault in. */
    uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

static uint64_t pages_mapped(void) {
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    return length > 0 ? strtoull(text, NULL, 10) : 0;
}

static void limit(int what, uint64_t soft, uint64_t hard) {
    struct rlimit limit;
    if (getrlimit(what, &limit) != 0) return;
    if (soft < limit.rlim_cur) limit.rlim_cur = soft;
    if (hard < limit.rlim_max) limit.rlim_max = hard;
    setrlimit(what, &limit);
}

static void set_limits(const kh_rules *rules) {
    if (rules->address_space > 0) {
        uint64_t most = pages_mapped() * (uint64_t)sysconf(_SC_PAGESIZE) + KH_OUTPUT_BYTES +
                        rules->address_space;
        limit(RLIMIT_AS, most, most);
    }
}

/* Without timers of the system the limit is one of the whole worker. */
static void limit_processor(kh_lane *lane, uint64_t seconds) {
    if (seconds == 0 || kh_lane_count_processor(lane, seconds * UINT64_C(1000000000))) return;
    limit(RLIMIT_CPU, seconds, seconds + 1);
}

/* Limits what kh_alloc takes of the arena, whose address space every worker has. */
static void limit_blocks(kh_blocks *blocks, const kh_rules *rules) {
    if (rules->address_space == 0 || rules->address_space >= blocks->size) return;
    blocks->size = rules->address_space > blocks->top ? rules->address_space : blocks->top;
}

static kh_arena *map_arena(const kh_worker_orders *orders) {
    off_t size = lseek(orders->arena, 0, SEEK_END);
    if (size < 0 || (uint64_t)size > orders->room ||
        kh_arena_map_in_worker(orders->arena, orders->base, (uint64_t)size) != 0)
        _exit(KH_WORKER_NO_MAP);
    return orders->base;
}

/* Maps the file that descriptors 1 and 2 lead to. The lane can read it without a system call, so
 * it knows after each step which call has written. */
static char *take_output(int descriptor) {
    char *output = mmap(NULL, KH_OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (output == MAP_FAILED) _exit(KH_WORKER_NO_MAP);
    lseek(descriptor, 0, SEEK_SET);
    memset(output, 0, kh_output_length(output));
    output[0] = (char)KH_OUTPUT_MARK;
    dup2(descriptor, 1);
    dup2(descriptor, 2);
    return output;
}

/* Closes all descriptors of the fork server: sockets, and other workers' memory. */
static void close_the_rest(void) {
    if (syscall(SYS_close_range, (unsigned)KH_STANDARD, ~0u, 0u) == 0) return;
    struct rlimit limit; /* before Linux 5.9 */
    int most = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (1 << 20)
                   ? (int)limit.rlim_cur
                   : 1 << 20;
    for (int descriptor = KH_STANDARD; descriptor < most; descriptor++) close(descriptor);
}

/* A spare worker learns its arena later. */
static void wait_for_orders(kh_worker_orders *orders) {
    kh_message message;
    int descriptors[2];
    /* The fork server is gone. */
    if (kh_message_receive(orders->spare, &message, NULL, descriptors) <= 0) _exit(0);
    orders->arena = descriptors[0];
    orders->output = descriptors[1];
}

void kh_worker_main(kh_worker_orders orders) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != orders.fork_server) _exit(0); /* it died before the prctl above */
    let_signals_through();
    set_limits(orders.rules);
    kh_frames_begin();
    uint32_t in_force;
    char why[256];
    if (orders.sandbox->level != KH_SANDBOX_NONE &&
        kh_sandbox_enter_worker(orders.sandbox, &in_force, why, sizeof why) != 0)
        _exit(KH_WORKER_NO_SANDBOX);
    if (orders.spare >= 0) wait_for_orders(&orders);
    kh_arena *arena = map_arena(&orders);
    kh_layout layout = arena->layout;
    kh_note_crashes_in(&kh_tables_of(arena, &layout)->crash);
    kh_lane *lane = kh_lane_in(arena, &layout);
    kh_lane_init(lane, arena, &layout, orders.kernels, orders.kernel_count, true);
    limit_blocks(&lane->blocks, orders.rules);
    char *output = take_output(orders.output);
    lane->output = output;
    close_the_rest();
    kh_float_restore();
    limit_processor(lane, orders.rules->processor_seconds);
    kh_process_note(&lane->process, output);
    lane->locale = setlocale(LC_ALL, NULL);
    kh_checked_begin(lane);
    kh_lane_run(lane);
    kh_lane_tear_down(lane);
    fflush(NULL);
    _exit(0);
}
