/* Watches which files a program and all its children access, whether these exist or not. A
 * seccomp filter stops them only at system calls that take a path, so a compiler is not slowed
 * down. ptrace then reads the path. */
#include "kh_system.h"
#include "platform/watched_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct kh_watched {
    /* What to run. The caller owns these, and keeps them until kh_watched_end. */
    const char *program, *folder;
    char *const *arguments, *const *environment;
    int output;
    sigset_t signals; /* the signals that the program starts with blocked */
    sem_t begun;
    pthread_t thread;
    pid_t process;
    int status, error;
    bool is_whole; /* nothing was missed */
    char *notes;
    size_t length, capacity;
};

/* --------------------------------------------------------------- notes --- */

static void note(kh_watched *self, char kind, const char *path) {
    size_t size = strlen(path) + 2;
    if (self->length + size > self->capacity) {
        size_t capacity = (self->capacity + size) * 2;
        char *grown = realloc(self->notes, capacity);
        if (grown == NULL) {
            self->is_whole = false;
            return;
        }
        self->notes = grown;
        self->capacity = capacity;
    }
    self->notes[self->length] = kind;
    memcpy(self->notes + self->length + 1, path, size - 1);
    self->length += size;
}

static bool copy_from(pid_t process, uint64_t address, void *bytes, size_t size) {
    struct iovec to = {bytes, size}, from = {(void *)(uintptr_t)address, size};
    return process_vm_readv(process, &to, 1, &from, 1, 0) == (ssize_t)size;
}

/* Copies a text of another process. It may end just before unmapped memory. */
static bool copy_path(pid_t process, uint64_t address, char path[PATH_MAX]) {
    size_t length = 0;
    while (length < PATH_MAX) {
        size_t size = 4096 - (address + length) % 4096;
        if (size > PATH_MAX - length) size = PATH_MAX - length;
        if (!copy_from(process, address + length, path + length, size)) return false;
        if (memchr(path + length, 0, size) != NULL) return true;
        length += size;
    }
    return false; /* the system will not accept it either */
}

/* Finds the folder that a path of the process is relative to. */
static bool find_folder(pid_t process, int descriptor, char folder[PATH_MAX]) {
    char link[64];
    if (descriptor == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", (int)process);
    else snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)process, descriptor);
    ssize_t length = readlink(link, folder, PATH_MAX - 1);
    folder[length > 0 ? length : 0] = 0;
    return length > 0;
}

static void note_call(kh_watched *self, pid_t process, const struct watched_call *call,
                      const uint64_t *arguments) {
    char path[PATH_MAX], whole[2 * PATH_MAX + 2];
    errno = 0;
    if (!copy_path(process, arguments[call->path], path)) {
        /* The system refuses an unmapped or overlong path as well. */
        if (errno != 0 && errno != EFAULT) self->is_whole = false;
        return;
    }
    if (path[0] == 0) return; /* the call means the descriptor itself */
    uint64_t flags = call->flags < 0 ? 0 : arguments[call->flags];
    if (call->use == OPENS_BY_STRUCT &&
        !copy_from(process, arguments[call->flags], &flags, sizeof flags))
        return;
    char kind = 'r';
    if (call->use == WRITES || (flags & O_ACCMODE) != O_RDONLY ||
        (flags & (O_CREAT | O_TRUNC)) != 0)
        kind = 'w';
    else if ((flags & O_DIRECTORY) != 0)
        kind = 'd';
    if (path[0] == '/') {
        note(self, kind, path);
        return;
    }
    char folder[PATH_MAX];
    int descriptor = call->folder < 0 ? AT_FDCWD : (int)arguments[call->folder];
    if (!find_folder(process, descriptor, folder)) {
        self->is_whole = false;
        return;
    }
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    note(self, kind, whole);
}

static void note_stop(kh_watched *self, pid_t process) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, process, (void *)sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_SECCOMP || info.arch != NATIVE_ARCH) {
        self->is_whole = false;
        return;
    }
    for (size_t i = 0; i < CALLS; i++)
        if ((uint64_t)watched_calls[i].number == info.seccomp.nr)
            note_call(self, process, &watched_calls[i], (const uint64_t *)info.seccomp.args);
}

/* ------------------------------------------------------------- program --- */

static bool stop_at_paths(void) {
    struct sock_filter code[2 * CALLS + 8];
    uint16_t count = 0;
    code[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                 offsetof(struct seccomp_data, arch));
    code[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
    code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    code[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                 offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < CALLS; i++) {
        code[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                     (uint32_t)watched_calls[i].number, 0, 1);
        code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {count, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/* Runs in the child. [go] says whether it is watched. [back] receives an error. */
static _Noreturn void begin(const kh_watched *self, int go, int back) {
    char is_watched = 0;
    while (read(go, &is_watched, 1) < 0 && errno == EINTR) continue;
    if (is_watched == 1 && !stop_at_paths()) {
        int nothing = 0;
        if (write(back, &nothing, sizeof nothing) < 0) _exit(127);
    }
    int input = open("/dev/null", O_RDONLY);
    if (input > 0) dup2(input, 0);
    dup2(self->output, 1);
    dup2(self->output, 2);
    if (chdir(self->folder) == 0) {
        pthread_sigmask(SIG_SETMASK, &self->signals, NULL);
        execve(self->program, self->arguments, self->environment);
    }
    int error = errno;
    if (write(back, &error, sizeof error) < 0) _exit(127);
    _exit(127);
}

static void wait_and_note(kh_watched *self) {
    for (;;) {
        int status;
        pid_t process = waitpid(-1, &status, __WALL | __WNOTHREAD);
        if (process < 0 && errno == EINTR) continue;
        if (process < 0) { /* other code reaped the child: its end is not known */
            self->error = errno;
            break;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (process != self->process) continue;
            self->status = status;
            break; /* the rest of its processes end with this thread */
        }
        int event = status >> 16, signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_SECCOMP) note_stop(self, process);
        if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
            ptrace(PTRACE_LISTEN, process, NULL, NULL); /* all of them are stopped */
        else
            ptrace(PTRACE_CONT, process, NULL, (void *)(intptr_t)(event == 0 ? signal : 0));
    }
}

/* This thread is the program's parent, and waits only for its own children. */
static void *watch(void *argument) {
    kh_watched *self = argument;
    int go[2] = {-1, -1}, back[2] = {-1, -1};
    if (pipe2(go, O_CLOEXEC) == 0 && pipe2(back, O_CLOEXEC) == 0) self->process = fork();
    if (self->process == 0) begin(self, go[0], back[1]);
    if (self->process < 0) self->error = errno;
    close(back[1]);
    close(go[0]);
    if (self->process > 0) {
        long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
        self->is_whole = NATIVE_ARCH != 0 && ptrace(PTRACE_SEIZE, self->process, NULL,
                                                    (void *)options) == 0;
        char is_watched = self->is_whole ? 1 : 2;
        if (write(go[1], &is_watched, 1) != 1) self->is_whole = false;
        int result = 0;
        ssize_t size;
        /* This ends when the program begins: exec closes the pipe. The child may be stopped by
         * then, and only this thread lets it continue. */
        sem_post(&self->begun);
        wait_and_note(self);
        while ((size = read(back[0], &result, sizeof result)) == (ssize_t)sizeof result) {
            self->is_whole = false;
            if (result != 0) self->error = result;
        }
    } else {
        sem_post(&self->begun);
    }
    close(back[0]);
    close(go[1]);
    return NULL;
}

kh_watched *kh_watched_start(const char *program, char *const *arguments, const char *folder,
                             int output) {
    kh_watched *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->program = program;
    self->folder = folder;
    self->arguments = arguments;
    self->environment = environ;
    self->output = output;
    self->process = -1;
    sem_init(&self->begun, 0, 0);
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &self->signals);
    int error = pthread_create(&self->thread, NULL, watch, self);
    pthread_sigmask(SIG_SETMASK, &self->signals, NULL);
    if (error != 0) {
        sem_destroy(&self->begun);
        free(self);
        errno = error;
        return NULL;
    }
    while (sem_wait(&self->begun) != 0 && errno == EINTR) continue;
    return self;
}

int kh_watched_end(kh_watched *self, int *status, const char **notes, size_t *length) {
    pthread_join(self->thread, NULL);
    *status = self->status;
    *notes = self->is_whole ? self->notes : NULL;
    *length = self->is_whole ? self->length : 0;
    return self->error;
}

void kh_watched_free(kh_watched *self) {
    sem_destroy(&self->begun);
    free(self->notes);
    free(self);
}
