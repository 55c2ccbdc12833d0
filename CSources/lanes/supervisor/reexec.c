/* Executes this program again as a fork server. */
#include "supervisor/reexec.h"

#include "protocol/messages.h"
#include "platform/platform.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

extern char **environ;

typedef struct orders {
    int socket;
    int null;
    char **environment;
    int error; /* of the child, which shares the memory until it executes the program */
} orders;

/* Runs in the child, on the parent's memory. The parent waits, so this makes system calls only. */
static int run_again(void *argument) {
    orders *self = argument;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Move both out of the way first: each may have a number that the other is to get. */
    int socket = fcntl(self->socket, F_DUPFD_CLOEXEC, KH_FORK_SERVER_SOCKET + 1);
    int null = self->null < 0 ? -1 : fcntl(self->null, F_DUPFD_CLOEXEC, KH_FORK_SERVER_SOCKET + 1);
    if (socket < 0 || dup2(socket, KH_FORK_SERVER_SOCKET) < 0) goto failed;
    /* What a plugin prints while it is loaded is not a result. */
    dup2(2, 1);
    if (null >= 0) dup2(null, 0);
    syscall(SYS_close_range, KH_FORK_SERVER_SOCKET + 1u, ~0u, 0u);
    char name[] = KH_FORK_SERVER_NAME;
    char *arguments[] = {name, NULL};
    execve("/proc/self/exe", arguments, self->environment);
    /* Without /proc: the path that this program was started by. */
    const char *path = (const char *)getauxval(AT_EXECFN); // NOLINT
    if (path != NULL) execve(path, arguments, self->environment);
failed:
    self->error = errno;
    _exit(127);
}

/* Maps the user and group of a process in a new user namespace. Without a map it has no
 * identity. */
static void map_identity(pid_t process) {
    const struct {
        const char *file;
        long id;
    } maps[] = {{"setgroups", -1}, {"uid_map", (long)getuid()}, {"gid_map", (long)getgid()}};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        char path[64], text[64];
        snprintf(path, sizeof path, "/proc/%d/%s", (int)process, maps[i].file);
        int length = maps[i].id < 0
                         ? snprintf(text, sizeof text, "deny")
                         : snprintf(text, sizeof text, "%ld %ld 1", maps[i].id, maps[i].id);
        int file = open(path, O_WRONLY | O_CLOEXEC);
        if (file < 0) continue;
        if (write(file, text, (size_t)length) < 0) { /* then it has no identity, and may do less */
        }
        close(file);
    }
}

#if defined(__SANITIZE_THREAD__)
#define KH_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define KH_THREAD_SANITIZER
#endif
#endif

/* Starts a child that runs on this process's memory, as vfork does. A fork would copy the page
 * tables of all the host's memory. */
static pid_t start(orders *self, void *stack_end, int namespaces) {
#ifdef KH_THREAD_SANITIZER
    (void)stack_end; /* the thread sanitizer cannot follow that */
    if (namespaces != 0) {
        errno = EPERM;
        return -1;
    }
    pid_t process = fork();
    if (process == 0) run_again(self);
    return process;
#else
    return clone(run_again, stack_end, CLONE_VM | CLONE_VFORK | SIGCHLD | namespaces, self);
#endif
}

/* Returns "[name]=[first]" with the variable's current value after a colon. NULL: no memory. */
static char *put_before(const char *name, const char *first) {
    const char *rest = getenv(name);
    bool has_rest = rest != NULL && rest[0] != 0;
    size_t size = strlen(name) + strlen(first) + (has_rest ? strlen(rest) : 0) + 3;
    char *entry = malloc(size);
    if (entry != NULL)
        snprintf(entry, size, "%s=%s%s%s", name, first, has_rest ? ":" : "", has_rest ? rest : "");
    return entry;
}

/* Returns a copy of the environment with further entries, which replace those of the same name.
 * The caller frees the list. NULL: no memory. */
static char **environment_with(char *const *entries, size_t more) {
    size_t count = 0, kept = 0;
    while (environ[count] != NULL) count++;
    char **environment = calloc(count + more + 1, sizeof *environment);
    if (environment == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        bool is_replaced = false;
        for (size_t k = 0; k < more; k++)
            is_replaced = is_replaced ||
                          strncmp(environ[i], entries[k],
                                  (size_t)(strchr(entries[k], '=') - entries[k]) + 1) == 0;
        if (!is_replaced) environment[kept++] = environ[i];
    }
    memcpy(environment + kept, entries, more * sizeof *entries);
    return environment;
}

kh_reexec_result kh_reexec(int socket, const char *preload) {
    static const int namespaces[] = {CLONE_NEWPID, CLONE_NEWUSER | CLONE_NEWPID, 0};
    size_t size = 1 << 18;
    void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    kh_reexec_result spawned = {.process = -1, .error = ENOMEM};
    if (stack == MAP_FAILED) return spawned;
    /* Symbols are resolved once, not by each worker. A sanitizer leaves signals to the worker,
     * and its report ends in one of them. The memory of a dead worker is not a leak. */
    static char bind_now[] = "LD_BIND_NOW=1";
    char *entries[3] = {bind_now};
    if (preload != NULL) {
        entries[1] = put_before("LD_PRELOAD", preload);
        entries[2] = put_before("ASAN_OPTIONS",
                                "abort_on_error=1:detect_leaks=0:use_sigaltstack=0:handle_segv=0:"
                                "handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0");
    }
    bool has_all = entries[1] != NULL && entries[2] != NULL;
    char **environment = environment_with(entries, has_all ? 3 : 1);
    if (environment == NULL) {
        free(entries[1]);
        free(entries[2]);
        munmap(stack, size);
        return spawned;
    }
    orders self = {.socket = socket,
                   .null = open("/dev/null", O_RDONLY | O_CLOEXEC),
                   .environment = environment};
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        int flags = namespaces[i];
        self.error = 0;
        spawned.process = start(&self, (char *)stack + size, flags);
        spawned.error = spawned.process < 0 ? errno : self.error;
        spawned.in_namespace = flags != 0;
        if (spawned.process < 0) continue;
        if (spawned.error == 0) {
            if (flags & CLONE_NEWUSER) map_identity(spawned.process);
            break;
        }
        /* The program could not be executed. It may work without the namespaces. */
        while (waitpid(spawned.process, NULL, 0) < 0 && errno == EINTR) continue;
        spawned.process = -1;
    }
    if (self.null >= 0) close(self.null);
    free(environment);
    free(entries[1]);
    free(entries[2]);
    munmap(stack, size);
    return spawned;
}
