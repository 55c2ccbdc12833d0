/* The fork server: the process that loads plugins and forks workers.
 *
 * It is this executable, run again, with only C in it. It takes over before main, and before any
 * thread exists. It has one end of a socket, and ends with all its children when the host's end
 * closes. */
#include "fork_server/fork_server_parts.h"

#include "fork_server/orphans.h"
#include "fork_server/rules.h"
#include "plugins/ffi.h"
#include "process/crash_handler.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

kh_fork_server_state kh_server;

/* Sets up its signals: its workers' handlers, and two blocked signals. It waits for SIGCHLD
 * itself. A plugin that writes to a closed pipe must not end it by SIGPIPE. A worker unblocks
 * both. */
void kh_server_watch_signals(void) {
    kh_watch_signals();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

void kh_server_send_message(const kh_message *message, const char *text, int descriptor) {
    if (kh_message_send(kh_server.socket, message, text, &descriptor, descriptor >= 0) != 0)
        kh_server_end();
}

void kh_server_send(uint32_t kind, uint32_t worker, int64_t value, int64_t extra, const char *text,
                    int descriptor) {
    const kh_message message = {
        .kind = kind, .worker = worker, .value = value, .extra = extra};
    kh_server_send_message(&message, text, descriptor);
}

/* --------------------------------------------------------------- rules --- */

static void take_rules(int file) {
    if (!kh_rules_read(file, &kh_server.rules, &kh_server.sandbox)) {
        kh_server_send(KH_MESSAGE_READY, 0, EINVAL, 0, "the rules did not arrive", -1);
        return;
    }
    if (!kh_server.rules.core) kh_limit_core();
    if (kh_server.rules.one_thread) kh_limit_threads();
    uint32_t in_force = 0;
    char why[512] = "";
    int error = 0;
    if (kh_server.sandbox.level != KH_SANDBOX_NONE) kh_drop_capabilities();
    if (kh_server.sandbox.level != KH_SANDBOX_NONE &&
        kh_sandbox_enter_fork_server(&kh_server.sandbox, &in_force, why, sizeof why) != 0)
        error = errno == 0 ? EPERM : errno;
    kh_server_send(KH_MESSAGE_READY, 0, error, in_force, why, -1);
}

/* The first process of a namespace takes all others with it. Any other reaps its children: their
 * next parent may reap nothing. */
_Noreturn void kh_server_end(void) {
    if (getpid() == 1) _exit(0);
    for (size_t i = 0; i < kh_server.count; i++) kill(kh_server.children[i].process, SIGKILL);
    if (kh_server.spare != 0) kill(kh_server.spare, SIGKILL);
    kh_end_children(kh_server.signals);
    _exit(0);
}

/* ---------------------------------------------------------------- main --- */

static void dispatch(const kh_message *message, const char *text, const int *descriptors) {
    switch (message->kind) {
    case KH_MESSAGE_RULES: take_rules(descriptors[0]); break;
    case KH_MESSAGE_LOAD: kh_server_load(kh_kernels_load, text); break;
    case KH_MESSAGE_DECLARE: kh_server_load(kh_ffi_load, text); break;
    case KH_MESSAGE_DESCRIBE: kh_server_encode(descriptors[0]); break;
    case KH_MESSAGE_START:
        kh_children_start(message->worker, (uint32_t)message->value, descriptors[0],
                          descriptors[1]);
        break;
    case KH_MESSAGE_KILL: kh_children_kill(message->worker); break;
    default: kh_server_end();
    }
}

/* Where arenas are mapped, if it is free: calls of one run can continue in another only at the
 * same address. The second one is for processors with smaller addresses. */
static const uintptr_t places[] = {UINT64_C(0x200000000000), UINT64_C(0x2000000000), 0};

/* Reserves address space for one arena. Returns MAP_FAILED if there is none. */
static void *reserve(uint64_t *room) {
    for (*room = KH_LARGEST_ARENA; *room >= (UINT64_C(1) << 26); *room /= 2)
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            /* The address is a wish: where it is not free, the system chooses another. */
            void *base = mmap((void *)places[i], *room, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (base == MAP_FAILED) break;
            if (places[i] == 0 || base == (void *)places[i]) return base;
            munmap(base, *room);
        }
    return MAP_FAILED;
}

static _Noreturn void fork_server_main(void) {
    kh_server.socket = KH_FORK_SERVER_SOCKET;
    kh_server.children = kh_server.few;
    kh_server.capacity = sizeof kh_server.few / sizeof *kh_server.few;
    prctl(PR_SET_NAME, "kh-forkserver");
    prctl(PR_SET_CHILD_SUBREAPER, 1L);
    setsid(); /* a terminal's signals are for the host */
    kh_server_watch_signals();
    /* for its workers: the lane can tell which call has printed */
    setvbuf(stdout, NULL, _IONBF, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    kh_server.signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    /* Reserve address space for one arena. It is the same in all workers, so the host knows it
     * before they exist. */
    kh_server.base = reserve(&kh_server.room);
    if (kh_server.signals < 0 || kh_server.base == MAP_FAILED ||
        !kh_kernels_init(&kh_server.kernels))
        _exit(1);
    kh_server.table = kh_kernels_table(&kh_server.kernels);
    kh_server_send(KH_MESSAGE_HELLO, 0, (int64_t)(uintptr_t)kh_server.base, (int64_t)kh_server.room,
                   "", -1);
    struct pollfd waits[2] = {{.fd = kh_server.socket, .events = POLLIN},
                              {.fd = kh_server.signals, .events = POLLIN}};
    for (;;) {
        bool is_short = kh_server.wants_spare && kh_server.spare == 0;
        int ready = poll(waits, 2, is_short ? 0 : -1);
        if (ready < 0 && errno != EINTR) kh_server_end();
        if (ready == 0 && is_short) kh_children_make_spare();
        if (ready <= 0) continue;
        if (waits[1].revents != 0) kh_children_reap();
        if (waits[0].revents == 0) continue;
        static char text[KH_MESSAGE_TEXT];
        kh_message message;
        int descriptors[2];
        if (kh_message_receive(kh_server.socket, &message, text, descriptors) <= 0) kh_server_end();
        dispatch(&message, text, descriptors);
    }
}

/* The C library passes the arguments of main to a constructor. This one runs before all others
 * of the program, so that forks do not carry the first writes of Swift's runtime. */
__attribute__((constructor(101))) static void take_over(int argc, char **argv) {
    if (argc == 1 && argv != NULL && argv[0] != NULL && strcmp(argv[0], KH_FORK_SERVER_NAME) == 0)
        fork_server_main();
}
