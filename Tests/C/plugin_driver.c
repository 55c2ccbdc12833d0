/* Over 300 lines, for it is one program. */
/* Runs one kernel of a shared library in a process of its own, and prints how
 * that ended:
 *
 *     plugin_driver [--steps N] [--memory MIB] [--after] [--watch-parent]
 *                   LIBRARY [KERNEL [name=value...]]
 *
 * Three processes: the child runs the kernel, its parent waits for it, and the
 * main one outlives both, since some kernels kill their parent. A second of
 * processor time is all the child gets: what uses that up is endless. */
#include "kernel_host.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARENA = 1 << 16, STATE = 1 << 15 }; /* the state lies in the middle */

/* What the child leaves for the main process, whatever becomes of it. */
typedef struct {
    kh_call call; /* the services find the report by it */
    atomic_int child;
    atomic_int stopped_by;   /* the signal that stopped it; 0: none did */
    size_t state_size;       /* the state's own bytes may look like damage */
    bool traced;             /* the parent, by the child */
    char stage[64], message[512], results[1024];
    long long steps;
} report_t;

static report_t *report;
static char *arena; /* shared, so that damage done in the child can be seen */
static long long step_limit = 10000000;
static unsigned long long memory_limit;
static bool use_heap_after, watch_parent;

static int service_fail(kh_call *call, int code, const char *format, va_list arguments) {
    vsnprintf(((report_t *)call)->message, sizeof report->message, format, arguments);
    return code;
}

static void service_print(kh_call *call, const char *format, va_list arguments) {
    (void)call;
    vprintf(format, arguments);
    fflush(stdout);
}

static void service_progress(kh_call *call, double fraction) {
    (void)call;
    (void)fraction;
}

static bool service_should_stop(kh_call *call) {
    (void)call;
    return false;
}

static void *service_alloc(kh_call *call, size_t size) {
    (void)call;
    return calloc(1, size);
}

static int service_sleep(kh_call *call, double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)call;
    nanosleep(&time, NULL);
    return KH_MORE;
}

static const kh_services services = {
    .size = offsetof(kh_services, shared), /* as a host of 1.0 */
    service_fail,  service_print, service_progress,
    service_should_stop, service_alloc, service_sleep,
};

static void at_stage(const char *stage) {
    snprintf(report->stage, sizeof report->stage, "%s", stage);
}

_Noreturn static void leave(const char *stage) {
    at_stage(stage);
    _exit(0); /* no handlers: they might use a damaged heap */
}

_Noreturn static void usage(const char *what) {
    fprintf(stderr, "plugin_driver: %s\n", what);
    _exit(2);
}

static const kh_kernel *find_kernel(const kh_library *library, const char *name) {
    for (const kh_kernel *const *kernel = library->begin; kernel < library->end; kernel++)
        if (strcmp((*kernel)->name, name) == 0) return *kernel;
    usage("no such kernel");
}

static void set_parameter(const kh_kernel *kernel, char *state, char *argument) {
    char *value = strchr(argument, '=');
    if (value == NULL) usage("a parameter is given as name=value");
    *value++ = 0;
    const kh_field *field = kernel->params;
    while (field != NULL && field->name != NULL && strcmp(field->name, argument) != 0) field++;
    if (field == NULL || field->name == NULL) usage("no such parameter");
    void *place = state + field->offset;
    switch (field->type) {
    case KH_I64: *(int64_t *)place = strtoll(value, NULL, 0); break;
    case KH_F64: *(double *)place = strtod(value, NULL); break;
    case KH_BOOL: *(bool *)place = strcmp(value, "true") == 0; break;
    case KH_TEXT: *(kh_text *)place = (kh_text){value, strlen(value)}; break;
    default: usage("a parameter of a type that this driver does not know");
    }
}

static void note_results(const kh_kernel *kernel, const char *state) {
    size_t used = 0;
    for (const kh_field *field = kernel->results; field && field->name; field++)
        if (field->type == KH_I64 && used < sizeof report->results)
            used += (size_t)snprintf(report->results + used, sizeof report->results - used,
                                     " %s=%lld", field->name,
                                     (long long)*(const int64_t *)(state + field->offset));
}

/* Whether the parent is held by ptrace: a kernel of this process did it. */
static bool parent_is_traced(void) {
    char path[64], line[256];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)getppid());
    FILE *status = fopen(path, "re");
    if (status == NULL) return false;
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "TracerPid: %d", &tracer) == 1) break;
    fclose(status);
    return tracer == (int)getpid();
}

/* What a neighbour would do: take and give back blocks of many sizes. */
static void exercise_heap(void) {
    void *volatile blocks[256];
    for (size_t i = 0; i < 256; i++) blocks[i] = malloc(i * 40);
    for (size_t i = 0; i < 256; i++) free(blocks[i]);
}

_Noreturn static void run_child(char **arguments) {
    report->child = getpid(); /* the parent might not live to say so */
    /* The second signal, were the first one ignored, cannot be. */
    setrlimit(RLIMIT_CPU, &(struct rlimit){1, 2});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (memory_limit != 0)
        setrlimit(RLIMIT_AS, &(struct rlimit){memory_limit, memory_limit});
    at_stage("while loading");
    void *handle = dlopen(arguments[0], RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(report->message, sizeof report->message, "%s", dlerror());
        leave("not loaded");
    }
    const kh_library *(*accessor)(void) = NULL;
    *(void **)&accessor = dlsym(handle, KH_LIBRARY_SYMBOL);
    if (accessor == NULL) leave("no library of kernels");
    const kh_library *library = accessor();
    if (library->magic != KH_MAGIC) leave("wrong magic");
    if (library->abi_major != KH_ABI_MAJOR) leave("wrong major");
    if (library->kernel_size != sizeof(kh_kernel)) leave("wrong size");
    if (library->begin == library->end) leave("no kernels");
    if (arguments[1] == NULL) leave("loaded");

    const kh_kernel *kernel = find_kernel(library, arguments[1]);
    if (kernel->step == NULL) leave("no step");
    char *state = arena + STATE;
    report->state_size = kernel->state_size;
    if (kernel->defaults != NULL) memcpy(state, kernel->defaults, kernel->state_size);
    for (const kh_field *field = kernel->params; field && field->name; field++)
        if (field->type == KH_TEXT && ((kh_text *)(state + field->offset))->data == NULL)
            *(kh_text *)(state + field->offset) = (kh_text){"", 0};
    for (char **argument = arguments + 2; *argument != NULL; argument++)
        set_parameter(kernel, state, *argument);

    report->call.services = &services;
    at_stage("in start");
    int answer = kernel->start != NULL ? kernel->start(&report->call, state) : KH_MORE;
    at_stage("in step");
    while (answer == KH_MORE && report->steps < step_limit) {
        answer = kernel->step(&report->call, state);
        report->steps++;
    }
    at_stage("in finish");
    int last = kernel->finish != NULL ? kernel->finish(&report->call, state) : 0;
    if (answer == KH_DONE && last < 0) answer = last;
    note_results(kernel, state);
    if (watch_parent) report->traced = parent_is_traced();
    if (use_heap_after) {
        at_stage("after it was done");
        exercise_heap();
    }
    if (answer < 0) {
        const char *name = strerrorname_np(-answer);
        char stage[64];
        snprintf(stage, sizeof stage, "error %s", name != NULL ? name : "of its own");
        leave(stage);
    }
    leave(answer == KH_DONE ? "done" : "more to do");
}

/* Waits for the child to end or stop; a stopped one is ended. Leaves it to the
 * main process to take its status: this one may be killed at any moment. */
_Noreturn static void run_parent(char **arguments) {
    setsid(); /* a group of its own, for those that kill the group */
    pid_t child = fork();
    if (child == 0) run_child(arguments);
    siginfo_t info;
    if (child < 0 || waitid(P_PID, (id_t)child, &info, WEXITED | WSTOPPED | WNOWAIT) != 0)
        usage("no child");
    if (info.si_code == CLD_STOPPED) {
        report->stopped_by = info.si_status;
        kill(child, SIGKILL);
    }
    _exit(0);
}

static void print_status(const char *who, int status) {
    if (WIFEXITED(status)) printf("%s: exit %d\n", who, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: killed by SIG%s\n", who, sigabbrev_np(WTERMSIG(status)));
    else printf("%s: stopped\n", who);
}

/* What the two left behind comes to the main process, the subreaper: end it. */
static int end_those_left(void) {
    int count = 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    for (;;) {
        FILE *children = fopen(path, "re");
        long pid = 0;
        if (children == NULL) usage("this system does not list children in /proc");
        int found = fscanf(children, "%ld", &pid);
        fclose(children);
        if (found != 1) return count;
        int status;
        if (waitpid((pid_t)pid, &status, WNOHANG) == pid) continue; /* it had ended */
        kill((pid_t)pid, SIGKILL);
        waitpid((pid_t)pid, &status, __WALL);
        count++;
    }
}

static size_t count_damage(size_t from, size_t to) {
    size_t count = 0;
    for (size_t i = from; i < to; i++) count += arena[i] == (char)0xA5;
    return count;
}

int main(int count, char **arguments) {
    (void)count;
    for (arguments++; *arguments != NULL && strncmp(*arguments, "--", 2) == 0; arguments++) {
        if (strcmp(*arguments, "--after") == 0) use_heap_after = true;
        else if (strcmp(*arguments, "--watch-parent") == 0) watch_parent = true;
        else if (strcmp(*arguments, "--steps") == 0 && arguments[1])
            step_limit = strtoll(*++arguments, NULL, 10);
        else if (strcmp(*arguments, "--memory") == 0 && arguments[1])
            memory_limit = strtoull(*++arguments, NULL, 10) << 20;
        else usage("no such option");
    }
    if (*arguments == NULL) usage("which library?");
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    /* Read-only pages around the arena, or mappings would melt into one. */
    char *whole = mmap(NULL, ARENA + 8192, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED || whole == MAP_FAILED) usage("no memory");
    arena = whole + 4096;
    mprotect(arena, ARENA, PROT_READ | PROT_WRITE);
    prctl(PR_SET_CHILD_SUBREAPER, 1);

    int parent_status, status;
    pid_t parent = fork();
    if (parent == 0) run_parent(arguments);
    if (parent < 0 || waitpid(parent, &parent_status, WUNTRACED) != parent) usage("no parent");
    if (WIFSTOPPED(parent_status)) {
        kill(parent, SIGKILL);
        waitpid(parent, &status, 0);
    }
    if (report->child == 0 || waitpid(report->child, &status, 0) != report->child)
        usage("no child");
    int left = end_those_left();

    printf("kernel: %s, %lld steps%s\n", report->stage, report->steps, report->results);
    if (report->message[0] != 0) printf("message: %s\n", report->message);
    if (report->stopped_by == 0) print_status("child", status);
    else printf("child: stopped by SIG%s\n", sigabbrev_np(report->stopped_by));
    if (!WIFEXITED(parent_status) || WEXITSTATUS(parent_status) != 0)
        print_status("parent", parent_status);
    if (report->traced) printf("parent: traced\n");
    if (left != 0) printf("left behind: %d\n", left);
    size_t before = count_damage(0, STATE);
    size_t behind = count_damage(STATE + report->state_size, ARENA);
    if (before + behind != 0) printf("overwritten: %zu before, %zu behind\n", before, behind);
    return 0;
}
