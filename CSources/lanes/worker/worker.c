/* A worker process: one lane over an arena that it shares with the host alone. */
#include "worker/worker.h"

#include "lane/checked.h"
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
#include <ucontext.h>

/* Not even a lane came of it. The host reads these from the wait status. */
enum { KH_WORKER_NO_MAP = 113, KH_WORKER_NO_SANDBOX = 114 };

static kh_crash *crash;

/* Notes what it can see, then lets the signal do what it does: the wait status is the
 * truth. Registers and memory may be anything here. */
static void on_crash(int signal, siginfo_t *information, void *context) {
    if (crash != NULL && atomic_load_explicit(&crash->signal, memory_order_relaxed) == 0) {
        const ucontext_t *registers = context;
        uint64_t stack = 0, link = 0;
        crash->code = information->si_code;
        crash->address = (uint64_t)(uintptr_t)information->si_addr;
#if defined(__x86_64__)
        crash->instruction = (uint64_t)registers->uc_mcontext.gregs[REG_RIP];
        stack = (uint64_t)registers->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
        crash->instruction = registers->uc_mcontext.pc;
        stack = registers->uc_mcontext.sp;
        link = registers->uc_mcontext.regs[30];
#else
        (void)registers;
#endif
        crash->caller = crash->full_stack = 0;
        atomic_store_explicit(&crash->signal, (uint32_t)signal, memory_order_release);
        /* What may fault itself comes last. */
        if (signal == SIGSEGV)
            crash->full_stack =
                kh_frames_full_stack(crash->address, stack, information->si_code != SEGV_MAPERR);
        crash->caller = kh_frames_caller(crash->instruction, stack, link);
    }
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(signal, &plain, NULL);
    /* A fault comes again by itself; what somebody sent does not. */
    if (information->si_code <= 0 || signal == SIGABRT) raise(signal);
}

static const int noted_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
static char handler_stack[65536];

void kh_worker_watch_signals(void) {
    stack_t alternative = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    sigaltstack(&alternative, NULL);
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < 32; signal++) sigaction(signal, &plain, NULL);
    struct sigaction noted = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (size_t i = 0; i < sizeof noted_signals / sizeof *noted_signals; i++)
        sigaction(noted_signals[i], &noted, NULL);
}

static bool is_noted(int signal) {
    for (size_t i = 0; i < sizeof noted_signals / sizeof *noted_signals; i++)
        if (noted_signals[i] == signal) return true;
    return false;
}

static bool has_other_handlers(void) {
    stack_t alternative;
    if (sigaltstack(NULL, &alternative) == 0 && alternative.ss_sp != (void *)handler_stack)
        return true;
    for (int signal = 1; signal < 32; signal++) {
        struct sigaction now;
        if (sigaction(signal, NULL, &now) != 0) continue;
        bool is_ours = is_noted(signal)
                           ? (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_crash
                           : (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL;
        if (!is_ours) return true;
    }
    return false;
}

bool kh_worker_restore_signals(void) {
    if (!has_other_handlers()) return false;
    kh_worker_watch_signals();
    return true;
}

/* The rest is as the spawner has it. */
static void let_signals_through(void) {
    /* Not by the C library's functions: each is a page more to fault in. */
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

/* Where the system gives no timers, the limit is one of the whole worker. */
static void limit_processor(kh_lane *lane, uint64_t seconds) {
    if (seconds == 0 || kh_lane_count_processor(lane, seconds * UINT64_C(1000000000))) return;
    limit(RLIMIT_CPU, seconds, seconds + 1);
}

/* The arena is address space that every worker has: what kh_alloc takes of it is limited
 * here. */
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

/* What kernels write by themselves lands in memory that the lane can look at without a
 * call to the system: so it knows after each step whose it is. */
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

/* What the spawner has open, the ends of sockets and other workers' memory among it, is for no
 * kernel. */
static void close_the_rest(void) {
    if (syscall(SYS_close_range, (unsigned)KH_STANDARD, ~0u, 0u) == 0) return;
    struct rlimit limit; /* before Linux 5.9 */
    int most = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (1 << 20)
                   ? (int)limit.rlim_cur
                   : 1 << 20;
    for (int descriptor = KH_STANDARD; descriptor < most; descriptor++) close(descriptor);
}

/* A spare worker is told late which arena is its own. */
static void wait_for_orders(kh_worker_orders *orders) {
    kh_message message;
    int descriptors[2];
    /* The spawner's end is gone: so is the spawner. */
    if (kh_message_receive(orders->spare, &message, NULL, descriptors) <= 0) _exit(0);
    orders->arena = descriptors[0];
    orders->output = descriptors[1];
}

void kh_worker_main(kh_worker_orders orders) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != orders.spawner) _exit(0); /* it died before that call */
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
    crash = &kh_tables_of(arena, &layout)->crash;
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
