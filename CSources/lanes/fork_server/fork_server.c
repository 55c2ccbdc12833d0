/* The fork server: the process that loads plugins and forks workers. It is this executable,
 * run again, with nothing but C in it: it takes over before main, and before any thread
 * exists. It has the end of one socket; when the host's end closes, all end. */
#include "process/frames.h"
#include "kh_system.h"
#include "protocol/messages.h"
#include "process/process_state.h"
#include "fork_server/orphans.h"
#include "fork_server/rules.h"
#include "fork_server/seal.h"
#include "process/symbols.h"
#include "process/crash_handler.h"
#include "worker/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

typedef struct child {
    pid_t process;
    uint32_t worker;
    int arena; /* for what its handler wrote */
} child;

static struct {
    int socket, signals;
    kh_kernels kernels;
    const kh_kernel *const *table; /* of them, for workers */
    kh_rules rules;
    kh_sandbox_rules sandbox;
    void *base;
    uint64_t room;
    child *children; /* `few`, until they are more */
    size_t count, capacity;
    child few[16];
    /* A worker that is ready but for an arena: a lane whose worker died does not wait for a
     * fork. 0: there is none. */
    pid_t spare;
    int spare_socket;
    bool wants_spare;
} self;

static _Noreturn void end_all(void);

static void say(uint32_t kind, uint32_t worker, int64_t value, int64_t extra, const char *text,
                int descriptor) {
    kh_message message = {kind, worker, value, extra};
    if (kh_message_send(self.socket, &message, text, &descriptor, descriptor >= 0) != 0) end_all();
}

/* Its workers', but for what only it waits for, and what a plugin that writes to a closed
 * pipe would end it with. A worker lets both through. */
static void watch_signals(void) {
    kh_watch_signals();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

/* ------------------------------------------------------------- plugins --- */

/* Threads of this process; 0: not known. */
static uint32_t count_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    uint32_t count = 0;
    if (tasks == NULL) return 0;
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;)
        count += task->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* Whether workers miss threads that a library has begun, of which there were [before] fewer. Some
 * libraries end them before a fork and begin them again when they are wanted, or at once behind
 * it; that can be seen. Of one that asks to be told of forks the like is believed. */
static bool leaves_threads(uint32_t before, uint32_t touches) {
    int status = 0;
    pid_t process = fork();
    if (process == 0) _exit(count_threads() > 1);
    if (process < 0 || waitpid(process, &status, 0) != process || status != 0) return false;
    uint32_t now = count_threads();
    /* The system takes a moment to forget a thread that was waited for. */
    for (int look = 0; look < 20 && now > before; look++) {
        usleep(1000);
        now = count_threads();
    }
    bool is_minded = (touches & KH_MINDS_FORKS) && (touches & KH_LEAVES_THREADS) == 0;
    return now > before && !is_minded;
}

static void load(const char *path) {
    kh_load_result answer = {0};
    int64_t refusal = kh_kernels_probe(&self.kernels, path, &answer);
    if (refusal == KH_LOAD_OK) {
        /* What its constructors change, all workers would find; what threads they start, none. */
        kh_process_state state;
        kh_process_note(&state, NULL);
        uint32_t threads = count_threads();
        refusal = kh_kernels_load(&self.kernels, path, &answer);
        uint32_t changes = kh_process_restore(&state, KH_CHANGED_ALL);
        if (refusal == KH_LOAD_OK && count_threads() > threads &&
            leaves_threads(threads, answer.touches))
            changes |= KH_STARTED_THREADS;
        if (refusal == KH_LOAD_OK) answer.found = changes;
        kh_process_forget(&state);
    }
    watch_signals();
    kh_frames_learn(&self.kernels);
    kh_kernels_seal(&self.kernels, &self.table);
    char text[KH_MESSAGE_TEXT]; /* two, with a line feed between */
    snprintf(text, sizeof text, "%s\n%s", answer.text, answer.other);
    say(KH_MESSAGE_LOADED, (uint32_t)answer.expected, refusal, answer.found, text, -1);
}

static void describe(int file) {
    size_t size = kh_kernels_encode(&self.kernels, NULL, 0);
    void *map = MAP_FAILED;
    if (ftruncate(file, (off_t)size) == 0)
        map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    int64_t value = -errno;
    if (map != MAP_FAILED) {
        value = (int64_t)kh_kernels_encode(&self.kernels, map, size);
        munmap(map, size);
    }
    close(file);
    say(KH_MESSAGE_DESCRIBED, 0, value, 0, "", -1);
}

/* --------------------------------------------------------------- rules --- */

static void take_rules(int file) {
    if (!kh_rules_read(file, &self.rules, &self.sandbox)) {
        say(KH_MESSAGE_READY, 0, EINVAL, 0, "the rules did not arrive", -1);
        return;
    }
    if (!self.rules.core) kh_limit_core();
    if (self.rules.one_thread) kh_limit_threads();
    uint32_t in_force = 0;
    char why[512] = "";
    int error = 0;
    if (self.sandbox.level != KH_SANDBOX_NONE) kh_drop_capabilities();
    if (self.sandbox.level != KH_SANDBOX_NONE &&
        kh_sandbox_enter_fork_server(&self.sandbox, &in_force, why, sizeof why) != 0)
        error = errno == 0 ? EPERM : errno;
    say(KH_MESSAGE_READY, 0, error, in_force, why, -1);
}

/* ------------------------------------------------------------- workers --- */

static bool make_room(void) {
    if (self.count < self.capacity) return true;
    size_t capacity = self.capacity * 2;
    child *grown = malloc(capacity * sizeof *grown);
    if (grown == NULL) return false;
    memcpy(grown, self.children, self.count * sizeof *grown);
    if (self.children != self.few) free(self.children);
    self.children = grown;
    self.capacity = capacity;
    return true;
}

static pid_t fork_worker(int spare, int arena, int output) {
    kh_worker_orders orders = {self.table, self.kernels.count, &self.rules, &self.sandbox,
                               getpid(),   self.base,          self.room,   spare,
                               arena,      output};
    pid_t process = fork();
    if (process == 0) kh_worker_main(orders);
    return process;
}

/* None is no harm: a worker is forked when it is wanted. */
static void make_spare(void) {
    int ends[2];
    self.wants_spare = false;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
    pid_t process = fork_worker(ends[1], -1, -1);
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return;
    }
    self.spare = process;
    self.spare_socket = ends[0];
}

static void forget_spare(void) {
    close(self.spare_socket);
    self.spare = 0;
}

static pid_t use_spare(int arena, int output) {
    kh_message message = {.kind = KH_MESSAGE_START};
    int descriptors[2] = {arena, output};
    pid_t process = self.spare;
    bool sent = kh_message_send(self.spare_socket, &message, "", descriptors, 2) == 0;
    forget_spare();
    return sent ? process : -1;
}

static void start_worker(uint32_t worker, uint32_t how, int arena, int output) {
    pid_t process = -1;
    /* One for a single call ends soon, and nothing waits for it but that call. */
    bool is_urgent = (how & KH_START_ONCE) == 0;
    if (make_room()) {
        if (is_urgent && self.spare != 0) process = use_spare(arena, output);
        if (process < 0) process = fork_worker(-1, arena, output);
    }
    int error = errno;
    if (is_urgent) self.wants_spare = true;
    close(output);
    if (process < 0) {
        close(arena);
        say(KH_MESSAGE_DIED, worker, -1, error, "", -1);
        return;
    }
    self.children[self.count++] = (child){process, worker, arena};
    int handle = how & KH_START_MEASURED ? (int)syscall(SYS_pidfd_open, process, 0) : -1;
    if (handle >= 0) {
        say(KH_MESSAGE_STARTED, worker, 0, 0, "", handle);
        close(handle);
    }
    sched_yield(); /* a worker that is woken here shall not wait for the next fork */
}

static void kill_worker(uint32_t worker) {
    for (size_t i = 0; i < self.count; i++)
        if (self.children[i].worker == worker) kill(self.children[i].process, SIGKILL);
}

/* What is known of a death, as KH_MESSAGE_DIED has it. */
static void describe_death(int arena, int status, const struct rusage *usage, char *text,
                           size_t size) {
    char function[512] = "", caller[512] = "", stack[64] = "", processor[64] = "";
    kh_crash crash;
    kh_layout layout;
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal != 0 &&
        pread(arena, &layout, sizeof layout, offsetof(kh_arena, layout)) == sizeof layout &&
        pread(arena, &crash, sizeof crash,
              (off_t)(layout.tables + offsetof(kh_tables, crash))) == sizeof crash &&
        atomic_load(&crash.signal) == (uint32_t)signal) {
        kh_symbol_text((const void *)(uintptr_t)crash.instruction, function, sizeof function);
        if (crash.caller != 0) /* the call, not what is behind it */
            kh_symbol_text((const void *)(uintptr_t)(crash.caller - 1), caller, sizeof caller);
        if (crash.full_stack != 0)
            snprintf(stack, sizeof stack, "\nstack %llu", (unsigned long long)crash.full_stack);
    }
    uint64_t limit = self.rules.processor_seconds;
    uint64_t used = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);
    if (limit > 0 && (signal == SIGXCPU || (signal == SIGKILL && used >= limit)))
        snprintf(processor, sizeof processor, "\ncpu %llu", (unsigned long long)limit);
    snprintf(text, size, "%s\n%s%s%s", function, caller, stack, processor);
}

static void forget_child(size_t at, int status, const struct rusage *usage) {
    child gone = self.children[at];
    char text[KH_DEATH_TEXT];
    describe_death(gone.arena, status, usage, text, sizeof text);
    close(gone.arena);
    self.children[at] = self.children[--self.count];
    say(KH_MESSAGE_DIED, gone.worker, status, usage->ru_maxrss, text, -1);
}

/* The first process of a namespace takes all others along. Another one reaps its children:
 * the process that they would be left to may reap nothing. */
static _Noreturn void end_all(void) {
    if (getpid() == 1) _exit(0);
    for (size_t i = 0; i < self.count; i++) kill(self.children[i].process, SIGKILL);
    if (self.spare != 0) kill(self.spare, SIGKILL);
    kh_end_children(self.signals);
    _exit(0);
}

static void reap(void) {
    struct signalfd_siginfo drained; /* never more: all that wait are one signal */
    if (read(self.signals, &drained, sizeof drained) < 0 && errno != EAGAIN && errno != EINTR)
        end_all();
    for (;;) {
        int status = 0;
        struct rusage usage;
        pid_t process = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, &usage);
        if (process <= 0) return;
        /* As the first process of a namespace it has orphans to bury, too. */
        if (process == self.spare && (WIFEXITED(status) || WIFSIGNALED(status))) {
            forget_spare();
            self.wants_spare = false; /* it could not make itself ready, or was killed */
        }
        for (size_t i = 0; i < self.count; i++) {
            if (self.children[i].process != process) continue;
            if (WIFSTOPPED(status) || WIFCONTINUED(status))
                say(KH_MESSAGE_STOPPED, self.children[i].worker,
                    WIFSTOPPED(status) ? WSTOPSIG(status) : 0, 0, "", -1);
            else
                forget_child(i, status, &usage);
            break;
        }
    }
}

/* ---------------------------------------------------------------- main --- */

static void obey(const kh_message *message, const char *text, const int *descriptors) {
    switch (message->kind) {
    case KH_MESSAGE_RULES: take_rules(descriptors[0]); break;
    case KH_MESSAGE_LOAD: load(text); break;
    case KH_MESSAGE_DESCRIBE: describe(descriptors[0]); break;
    case KH_MESSAGE_START:
        start_worker(message->worker, (uint32_t)message->value, descriptors[0], descriptors[1]);
        break;
    case KH_MESSAGE_KILL: kill_worker(message->worker); break;
    default: end_all();
    }
}

static _Noreturn void fork_server_main(void) {
    self.socket = KH_FORK_SERVER_SOCKET;
    self.children = self.few;
    self.capacity = sizeof self.few / sizeof *self.few;
    prctl(PR_SET_NAME, "kh-forkserver");
    prctl(PR_SET_CHILD_SUBREAPER, 1L);
    setsid(); /* what a terminal sends is for the host */
    watch_signals();
    setvbuf(stdout, NULL, _IONBF, 0); /* of its workers: what a call prints is known as its own */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    self.signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    /* Address space for one arena: the same in all workers, so that the host knows it
     * before they are there. */
    uint64_t room = KH_LARGEST_ARENA;
    self.base = MAP_FAILED;
    for (; room >= (UINT64_C(1) << 26) && self.base == MAP_FAILED; room /= 2)
        self.base = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    self.room = room * 2;
    if (self.signals < 0 || self.base == MAP_FAILED || !kh_kernels_init(&self.kernels)) _exit(1);
    self.table = kh_kernels_table(&self.kernels);
    say(KH_MESSAGE_HELLO, 0, (int64_t)(uintptr_t)self.base, (int64_t)self.room, "", -1);
    struct pollfd waits[2] = {{.fd = self.socket, .events = POLLIN},
                              {.fd = self.signals, .events = POLLIN}};
    for (;;) {
        bool is_short = self.wants_spare && self.spare == 0;
        int ready = poll(waits, 2, is_short ? 0 : -1);
        if (ready < 0 && errno != EINTR) end_all();
        if (ready == 0 && is_short) make_spare();
        if (ready <= 0) continue;
        if (waits[1].revents != 0) reap();
        if (waits[0].revents == 0) continue;
        static char text[KH_MESSAGE_TEXT];
        kh_message message;
        int descriptors[2];
        if (kh_message_receive(self.socket, &message, text, descriptors) <= 0) end_all();
        obey(&message, text, descriptors);
    }
}

/* The C library hands a constructor what main gets. Before all others of the program: what
 * Swift's runtime would read and write to begin with is in no fork. */
__attribute__((constructor(101))) static void take_over(int argc, char **argv) {
    if (argc == 1 && argv != NULL && argv[0] != NULL && strcmp(argv[0], KH_FORK_SERVER_NAME) == 0)
        fork_server_main();
}
