#ifndef KH_REEXEC_H
#define KH_REEXEC_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct kh_reexec_result {
    pid_t process; /* -1: none */
    bool in_namespace; /* the first of a PID namespace of its own: all in it die with it */
    int error;
} kh_reexec_result;

/* Runs this executable again, as a fork server, with [socket] as its one descriptor beside
 * the standard ones. It dies with the calling thread. [preload]: a library that is to be loaded
 * before all else, the run-time part of a sanitizer; NULL: none. */
kh_reexec_result kh_reexec(int socket, const char *preload);

#endif
