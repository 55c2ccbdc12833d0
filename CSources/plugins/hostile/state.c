/* Kernels that change the state of their process, and kernels that look at it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <fenv.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    HOSTILE_MEMBERS;
    kh_text what;
    int64_t more;
} changes_state;

static int change(const char *what) {
    if (strcmp(what, "floats") == 0) return fesetround(FE_UPWARD);
    if (strcmp(what, "locale") == 0) return setlocale(LC_ALL, "C.UTF-8") == NULL;
    if (strcmp(what, "folder") == 0) return chdir("/");
    if (strcmp(what, "mask") == 0) return umask(0777) == 0777;
    if (strcmp(what, "signals") == 0) {
        sigset_t all;
        sigfillset(&all);
        return sigprocmask(SIG_SETMASK, &all, NULL);
    }
    if (strcmp(what, "processors") == 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        return sched_setaffinity(0, sizeof one, &one);
    }
    if (strcmp(what, "environment") == 0) return setenv("LANG", "changed", 1);
    if (strcmp(what, "handlers") == 0) return signal(SIGUSR1, SIG_IGN) == SIG_ERR;
    struct rlimit limit = {16, 0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 16;
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static int changes_state_step(kh_call *call, void *state) {
    changes_state *self = state;
    if (self->steps++ < self->at) return KH_MORE;
    if (self->steps == self->at + 1 && change(self->what.data) != 0)
        return hostile_refused(call, self->what.data);
    return self->more-- > 0 ? KH_MORE : KH_DONE;
}

KH_KERNEL(changes_state,
    .summary = "Change something of the process, and leave it so.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(changes_state),
                        KH_PARAM(changes_state, what, "the thing",
                                 .choices = KH_CHOICES("floats", "locale", "folder", "mask",
                                                       "signals", "processors", "limits", "environment",
                                                       "handlers")),
                        KH_PARAM(changes_state, more, "steps behind that")),
    .defaults = KH_DEFAULTS(changes_state, .what = {"floats", 6}),
    .step = changes_state_step);

typedef struct {
    int64_t steps, done;
    double third; /* result: 1/3 added up, which the rounding mode decides */
    kh_text seen; /* result: everything else */
} looks_at_state;

static int looks_at_state_step(kh_call *call, void *state) {
    looks_at_state *self = state;
    volatile double one = 1, three = 3;
    self->third += one / three;
    if (++self->done < self->steps) return KH_MORE;
    char folder[256] = "?";
    char *text = kh_alloc(call, 1024);
    if (text == NULL || getcwd(folder, sizeof folder) == NULL) return -ENOMEM;
    mode_t mask = umask(0);
    umask(mask);
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    cpu_set_t processors;
    sched_getaffinity(0, sizeof processors, &processors);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    struct sigaction handler;
    sigaction(SIGUSR1, NULL, &handler);
    const char *language = getenv("LANG");
    int length = snprintf(text, 1024, "%s %s %o %d %d %llu %s %d", setlocale(LC_ALL, NULL), folder,
                          (unsigned)mask, sigismember(&blocked, SIGTERM), CPU_COUNT(&processors),
                          (unsigned long long)files.rlim_cur, language == NULL ? "-" : language,
                          handler.sa_handler == SIG_IGN);
    self->seen = (kh_text){text, (size_t)length};
    return KH_DONE;
}

KH_KERNEL(looks_at_state,
    .summary = "Say what it finds of its process.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(looks_at_state, steps, "additions")),
    .results = KH_RESULTS(KH_RESULT(looks_at_state, third, "the sum"),
                          KH_RESULT(looks_at_state, seen, "the rest")),
    .defaults = KH_DEFAULTS(looks_at_state, .steps = 1),
    .step = looks_at_state_step);
