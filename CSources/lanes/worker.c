/* A worker process: one lane over an arena that it shares with the host alone. */
#include "worker.h"

#include "lane.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <ucontext.h>

/* Not even a lane came of it. The host reads these from the wait status. */
enum { KH_WORKER_NO_MAP = 113, KH_WORKER_NO_SANDBOX = 114 };

static kh_crash *crash;

/* Notes what it can see, then lets the signal do what it does: the wait status is the
 * truth. Registers and memory may be anything here. */
static void on_crash(int signal, siginfo_t *information, void *context) {
    if (atomic_load_explicit(&crash->signal, memory_order_relaxed) == 0) {
        const ucontext_t *registers = context;
        crash->code = information->si_code;
        crash->address = (uint64_t)(uintptr_t)information->si_addr;
#if defined(__x86_64__)
        crash->instruction = (uint64_t)registers->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
        crash->instruction = registers->uc_mcontext.pc;
#else
        (void)registers;
#endif
        atomic_store_explicit(&crash->signal, (uint32_t)signal, memory_order_release);
    }
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(signal, &plain, NULL);
    /* A fault comes again by itself; what somebody sent does not. */
    if (information->si_code <= 0 || signal == SIGABRT) raise(signal);
}

static void watch_signals(void) {
    static char stack[65536];
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternative, NULL);
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < 32; signal++) sigaction(signal, &plain, NULL);
    struct sigaction noted = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &noted, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static uint64_t pages_mapped(void) {
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    return length > 0 ? strtoull(text, NULL, 10) : 0;
}

static void limit(int what, uint64_t value) {
    struct rlimit limit;
    if (getrlimit(what, &limit) != 0) return;
    if (value < limit.rlim_cur) limit.rlim_cur = value;
    if (value < limit.rlim_max) limit.rlim_max = value;
    setrlimit(what, &limit);
}

static void set_limits(const kh_rules *rules) {
    if (!rules->core) limit(RLIMIT_CORE, 0);
    if (rules->address_space > 0)
        limit(RLIMIT_AS, pages_mapped() * (uint64_t)sysconf(_SC_PAGESIZE) + rules->address_space);
    if (rules->processor_seconds > 0) limit(RLIMIT_CPU, rules->processor_seconds);
}

/* The host may be root; its kernels need no more of that than reading and writing files. */
static void drop_capabilities(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &head, data) != 0) return;
    uint32_t kept = (1u << CAP_DAC_OVERRIDE) | (1u << CAP_DAC_READ_SEARCH);
    for (int i = 0; i < 2; i++) {
        uint32_t mask = i == 0 ? kept : 0;
        data[i].effective &= mask;
        data[i].permitted &= mask;
        data[i].inheritable = 0;
    }
    syscall(SYS_capset, &head, data);
}

static kh_arena *map_arena(const kh_worker_orders *orders) {
    struct stat information;
    if (fstat(orders->arena, &information) != 0 || (uint64_t)information.st_size > orders->room)
        _exit(KH_WORKER_NO_MAP);
    void *base = mmap(orders->base, (size_t)information.st_size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_FIXED | MAP_NORESERVE, orders->arena, 0);
    if (base == MAP_FAILED ||
        mprotect(base, offsetof(kh_arena, port_gate), PROT_READ) != 0) /* pages of 4 KiB at least */
        _exit(KH_WORKER_NO_MAP);
    return base;
}

/* What kernels write by themselves lands in memory that the lane can look at without a
 * call to the system: so it knows after each step whose it is. */
static char *take_output(int descriptor) {
    char *output = mmap(NULL, KH_OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (output == MAP_FAILED) _exit(KH_WORKER_NO_MAP);
    lseek(descriptor, 0, SEEK_SET);
    memset(output, 0, strnlen(output, KH_OUTPUT_BYTES));
    dup2(descriptor, 1);
    dup2(descriptor, 2);
    setvbuf(stdout, NULL, _IOLBF, 0);
    return output;
}

void kh_worker_main(const kh_worker_orders *orders) {
    if (orders->sandbox->level != KH_SANDBOX_NONE) drop_capabilities();
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of capabilities may clear it */
    if (getppid() != orders->spawner) _exit(0); /* it died before that call */
    kh_arena *arena = map_arena(orders);
    crash = &arena->crash;
    static kh_lane lane;
    kh_lane_init(&lane, arena, orders->kernels->table, orders->kernels->count, true);
    lane.output = take_output(orders->output);
    watch_signals();
    set_limits(orders->rules);
    if (orders->sandbox->level != KH_SANDBOX_NONE) {
        uint32_t in_force;
        char why[256];
        if (kh_sandbox_enter_worker(orders->sandbox, &in_force, why, sizeof why) != 0)
            _exit(KH_WORKER_NO_SANDBOX);
    }
    syscall(SYS_close_range, 3u, ~0u, 0u);
    kh_lane_run(&lane);
    _exit(0);
}
