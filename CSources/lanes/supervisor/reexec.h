/* Executes this program again as a fork server. Private. */
#ifndef KH_REEXEC_H
#define KH_REEXEC_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct kh_reexec_result {
    pid_t process; /* -1: absent */
    /* the process is the first of a PID namespace: all others in it die with it */
    bool in_namespace;
    int error;
} kh_reexec_result;

/* Executes this program again as a fork server. It inherits [socket] and the standard
 * descriptors. It dies with the calling thread. [preload]: a library to load first, such as the
 * run-time part of a sanitizer; NULL: no library. */
kh_reexec_result kh_reexec(int socket, const char *preload);

#endif
