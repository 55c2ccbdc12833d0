/* Fuzzes what the host reads of its fork server. The input is packets, as code of a plugin may
 * send them in the fork server's name while a question of the host waits for its reply. */
#include "fuzz.h"

#include "supervisor/supervisor_parts.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { WORKERS = 3 };

/* A process in the place of the fork server, with a child that runs and one that has ended. */
static pid_t server, running, ended;

static void stay(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
}

static void prepare(void) {
    int ends[2];
    pid_t children[2];
    if (server != 0) return;
    MUST(pipe(ends) == 0);
    server = fork();
    if (server == 0) {
        if ((children[0] = fork()) == 0) stay();
        if ((children[1] = fork()) == 0) _exit(0);
        siginfo_t information; /* it has ended, and is not reaped */
        waitid(P_PID, (id_t)children[1], &information, WEXITED | WNOWAIT);
        if (write(ends[1], children, sizeof children) != sizeof children) _exit(1);
        stay();
    }
    MUST(read(ends[0], children, sizeof children) == sizeof children);
    running = children[0];
    ended = children[1];
    close(ends[0]);
    close(ends[1]);
}

/* What a descriptor in a packet may be of. */
static int descriptor_of(uint64_t kind) {
    switch (kind) {
    case 1: return (int)syscall(SYS_pidfd_open, running, 0);
    case 2: return (int)syscall(SYS_pidfd_open, ended, 0);
    case 3: return (int)syscall(SYS_pidfd_open, server, 0);
    case 4: return (int)syscall(SYS_pidfd_open, getpid(), 0);
    case 5: return memfd_create("fuzz", MFD_CLOEXEC);
    default: return -1;
    }
}

/* ------------------------------------------------------ the fork server --- */

typedef struct speaker {
    int socket;
    bool waits; /* for a question, before it says anything */
} speaker;

static void send_packet(int socket) {
    uint64_t shape = number(1), head = number(1);
    char packet[sizeof(kh_message) + KH_MESSAGE_TEXT] = {0};
    kh_message message = {.kind = head % 14, .worker = (uint32_t)(head >> 4)};
    message.value = shape & 1 ? (int64_t)number(8) : (int64_t)number(1);
    message.extra = shape & 2 ? (int64_t)number(8) : (int64_t)number(1);
    if (shape & 4) message.worker = (uint32_t)number(4);
    if (message.kind == KH_MESSAGE_HELLO && (shape & 8)) message.value = (int64_t)((uint64_t)message.value * 4096);
    memcpy(packet, &message, sizeof message);
    size_t length = sizeof message;
    for (uint64_t left = number(1); left > 0; left--) packet[length++] = (char)number(1);
    if (shape & 16) length = number(2) % sizeof packet;
    int descriptors[3] = {descriptor_of(shape >> 5), -1, -1};
    int count = descriptors[0] >= 0;
    if (count == 1 && (head & 128)) /* more than are expected */
        for (; count < 3; count++) descriptors[count] = dup(descriptors[0]);
    struct iovec part = {packet, length};
    union {
        char bytes[CMSG_SPACE(sizeof descriptors)];
        struct cmsghdr align;
    } control = {{0}};
    struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        whole.msg_control = control.bytes;
        whole.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *first = CMSG_FIRSTHDR(&whole);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(first), descriptors, (size_t)count * sizeof(int));
    }
    sendmsg(socket, &whole, MSG_NOSIGNAL);
    for (int i = 0; i < count; i++) close(descriptors[i]);
}

static void *speak(void *argument) {
    speaker *self = argument;
    kh_message question;
    static char text[KH_MESSAGE_TEXT];
    int descriptors[2];
    if (self->waits && kh_message_receive(self->socket, &question, text, descriptors) > 0) {
        MUST(question.kind == KH_MESSAGE_LOAD || question.kind == KH_MESSAGE_DESCRIBE ||
             question.kind == KH_MESSAGE_RULES);
        if (question.kind == KH_MESSAGE_DESCRIBE && (number(1) & 1))
            MUST(ftruncate(descriptors[0], (off_t)number(3)) == 0);
        for (int i = 0; i < 2; i++)
            if (descriptors[i] >= 0) close(descriptors[i]);
    }
    while (has_input()) send_packet(self->socket);
    shutdown(self->socket, SHUT_RDWR);
    return NULL;
}

/* --------------------------------------------------------------- the host --- */

static kh_worker workers[WORKERS];

static kh_supervisor *make_supervisor(int socket) {
    kh_supervisor *supervisor = calloc(1, sizeof *supervisor);
    pthread_mutex_init(&supervisor->lock, NULL);
    pthread_mutex_init(&supervisor->requesting, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&supervisor->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    supervisor->socket = socket;
    supervisor->fork_server = server;
    supervisor->capacity = WORKERS;
    supervisor->workers = calloc(WORKERS, sizeof *supervisor->workers);
    uint64_t choice = number(1);
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i] = (kh_worker){.id = i + 1, .handle = -1, .is_measured = choice >> i & 1};
        if (choice >> (i + 3) & 1) workers[i].overdue = 1;
        atomic_store(&workers[i].state, KH_WORKER_RUNNING);
        supervisor->workers[supervisor->count++] = &workers[i];
    }
    return supervisor;
}

/* As the supervisor's thread does, whose fork server is not this one's to reap. */
static void *listen_to_it(void *argument) {
    kh_supervisor *supervisor = argument;
    kh_supervisor_listen(supervisor);
    shutdown(supervisor->socket, SHUT_RDWR);
    pthread_mutex_lock(&supervisor->lock);
    supervisor->is_gone = true;
    uint32_t living = 0;
    for (int i = 0; i < WORKERS; i++)
        living += atomic_load(&workers[i].state) == KH_WORKER_RUNNING;
    MUST(living == supervisor->count);
    while (supervisor->count > 0)
        kh_supervisor_note_death(supervisor, 0, -1, supervisor->is_broken ? EBADMSG : ESRCH, 0, "");
    pthread_cond_broadcast(&supervisor->changed);
    pthread_mutex_unlock(&supervisor->lock);
    return NULL;
}

static void check_text(const char *text, size_t size) {
    MUST(memchr(text, 0, size) != NULL);
}

static void ask(kh_supervisor *supervisor, uint64_t question) {
    switch (question) {
    case 1: {
        kh_load_result answer;
        kh_supervisor_load(supervisor, "/lib/x.so", 30, &answer);
        check_text(answer.text, sizeof answer.text);
        check_text(answer.other, sizeof answer.other);
        break;
    }
    case 2: {
        size_t size = 0;
        void *description = kh_supervisor_describe(supervisor, &size);
        if (description == NULL) break;
        MUST(size > 0 && size <= KH_LARGEST_DESCRIPTION);
        read_all(description, size);
        free(description);
        break;
    }
    case 3: {
        const char *const paths[] = {"/usr"};
        kh_supervisor_rules rules = {.sandbox = 1, .read = paths, .read_count = 1};
        uint32_t in_force;
        char why[64] = "";
        kh_supervisor_set_rules(supervisor, &rules, &in_force, why, sizeof why);
        check_text(why, sizeof why);
        break;
    }
    default: break;
    }
}

/* Open descriptors among the first 64. */
static int count_open(void) {
    int count = 0;
    for (int i = 0; i < 64; i++) count += fcntl(i, F_GETFD) >= 0;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    int ends[2];
    pthread_t speaks, listens;
    prepare();
    begin_input(bytes, count);
    int before = count_open();
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    uint64_t question = number(1) & 3;
    speaker other_end = {.socket = ends[1], .waits = question != 0};
    kh_supervisor *supervisor = make_supervisor(ends[0]);
    MUST(pthread_create(&listens, NULL, listen_to_it, supervisor) == 0);
    MUST(pthread_create(&speaks, NULL, speak, &other_end) == 0);
    ask(supervisor, question);
    pthread_join(speaks, NULL);
    pthread_join(listens, NULL);
    for (int i = 0; i < WORKERS; i++) {
        MUST(atomic_load(&workers[i].state) == KH_WORKER_DEAD && workers[i].handle < 0);
        MUST(atomic_load(&workers[i].stopped) <= 64);
        check_text(workers[i].symbol, sizeof workers[i].symbol);
    }
    if (supervisor->is_ready) MUST(supervisor->room <= KH_LARGEST_ARENA && supervisor->base % 4096 == 0);
    close(ends[0]);
    close(ends[1]);
    free(supervisor->workers);
    free(supervisor);
    MUST(count_open() == before); /* no descriptor of a packet stays open */
    return 0;
}
