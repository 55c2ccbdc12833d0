/* Ends descendants that the fork server does not know. */
#include "fork_server/orphans.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Orphans of workers become the fork server's children, and only the system knows them. */
static void kill_children(void) {
    char path[64], text[4096] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length == sizeof text - 1) /* the last number may be incomplete */
        while (length > 0 && text[length - 1] != ' ') length--;
    text[length > 0 ? length : 0] = 0;
    for (char *at = text, *end; *at != 0; at = end) {
        long process = strtol(at, &end, 10);
        if (end == at || process <= 0) break;
        kill((pid_t)process, SIGKILL);
        if (*end == ' ') end++;
    }
}

void kh_end_children(int signals) {
    struct pollfd ended = {.fd = signals, .events = POLLIN};
    for (int rounds = 0; rounds < 40; rounds++) {
        kill_children();
        pid_t process;
        do process = waitpid(-1, NULL, WNOHANG);
        while (process > 0);
        if (process < 0) return; /* there are no children left */
        struct signalfd_siginfo drained;
        if (poll(&ended, 1, 10) > 0 && read(signals, &drained, sizeof drained) < 0) continue;
    }
}
