/* The signal handler of a worker records what it can see of the worker's death. */
#include "process/crash_handler.h"

#include "process/frames.h"

#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

static kh_crash *crash;

/* Records what it can see, and lets the signal take its effect: the wait status is the truth.
 * Registers and memory may be anything here. */
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
        /* What may fault comes last. */
        if (signal == SIGSEGV)
            crash->full_stack =
                kh_frames_full_stack(crash->address, stack, information->si_code != SEGV_MAPERR);
        crash->caller = kh_frames_caller(crash->instruction, stack, link);
    }
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(signal, &plain, NULL);
    /* A fault repeats when this returns. A signal that was sent does not, so raise it. */
    if (information->si_code <= 0 || signal == SIGABRT) raise(signal);
}

static const int noted_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
static char handler_stack[65536];

void kh_watch_signals(void) {
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

bool kh_restore_signals(void) {
    if (!has_other_handlers()) return false;
    kh_watch_signals();
    return true;
}

void kh_note_crashes_in(kh_crash *place) {
    crash = place;
}
