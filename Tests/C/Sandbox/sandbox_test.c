/* The sandbox of workers, without lanes and without Swift. Runs all checks as it
 * was started, then on kernels made poorer by a filter (no Landlock, no seccomp),
 * and, if it was started by root, again as a user. Prints a line a check; ends
 * with the number that failed as its exit code. */
#include "sandbox_test.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static char root[] = "/tmp/kh-sandbox-XXXXXX";
char kh_write_file[64], kh_write_folder[64], kh_read_file[64], kh_read_folder[64];
char kh_outside_file[64], kh_outside_folder[64], kh_lone_file[64];
static const char *const write_paths[] = {kh_write_folder, kh_lone_file};
static const char *const read_paths[] = {kh_read_folder};
static const kh_sandbox_rules rules_of_test = {
    .read = read_paths, .read_count = 1, .write = write_paths, .write_count = 2};

static int failed, skipped, passed;
uint32_t kh_available;

char *kh_in(const char *folder, const char *name) {
    static char names[4][96];
    static unsigned next;
    char *made = names[next++ % 4];
    snprintf(made, sizeof names[0], "%s/%s", folder, name);
    return made;
}

kh_sandbox_rules kh_rules_of(uint32_t level) {
    kh_sandbox_rules rules = rules_of_test;
    rules.level = level;
    return rules;
}

/* Ends the process by 2 if a part that is there is not in force. */
static void expect_entered(int answer, uint32_t in_force, uint32_t expected, const char *why) {
    if (answer == 0 && in_force == expected) return;
    fprintf(stderr, "entered %d, parts %u of %u: %s\n", answer, in_force, expected, why);
    _exit(2);
}

void kh_test_fork_server(uint32_t level) {
    kh_sandbox_rules rules = kh_rules_of(level);
    uint32_t in_force = 0, expected = kh_available;
    char why[512] = "";
    if (kh_files_abi() < KH_FILES_SCOPES) expected &= ~(uint32_t)KH_SANDBOX_SIGNALS;
    int answer = kh_sandbox_enter_fork_server(&rules, &in_force, why, sizeof why);
    expect_entered(answer, in_force, level ? expected : 0, why);
}

void kh_test_worker(uint32_t level) {
    kh_sandbox_rules rules = kh_rules_of(level);
    uint32_t in_force = 0;
    char why[512] = "";
    int answer = kh_sandbox_enter_worker(&rules, &in_force, why, sizeof why);
    expect_entered(answer, in_force, level ? kh_available : 0, why);
}

/* The wait status of a child. */
int kh_status_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* As a shell has it. */
int kh_code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void report(const char *name, int code, int expected) {
    if (code == expected) passed++;
    else failed++;
    if (code == expected) printf("ok     %s\n", name);
    else printf("FAILED %s (ended with %d)\n", name, code);
}

/* What a check needs and the kernel has not; NULL: it can run. */
static const char *lacking(const kh_case *one) {
    static char older[32];
    uint32_t missing = one->needs & ~kh_available;
    if (missing & KH_SANDBOX_FILES) return "Landlock";
    if (missing & KH_SANDBOX_CALLS) return "seccomp";
    if (missing & KH_SANDBOX_SIGNALS) return "scope of signals and no seccomp";
    if (missing) return "no_new_privs";
    if (kh_files_abi() >= one->abi) return NULL;
    snprintf(older, sizeof older, "Landlock ABI %d", one->abi);
    return older;
}

static void run_case(const kh_case *one) {
    const char *lacks = lacking(one);
    if (lacks != NULL) {
        printf("skip   %s -- skipped: no %s\n", one->name, lacks);
        skipped++;
        return;
    }
    fflush(NULL);
    pid_t fork_server = fork();
    if (fork_server == 0) {
        kh_test_fork_server(one->level);
        if (one->in_fork_server) _exit(one->check());
        pid_t worker = fork();
        if (worker == 0) {
            prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L);
            kh_test_worker(one->level);
            _exit(one->check());
        }
        _exit(kh_code_of(kh_status_of(worker)));
    }
    report(one->name, kh_code_of(kh_status_of(fork_server)), one->signal ? 128 + one->signal : 0);
}

static void run_alone(const char *name, kh_check check) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 3; i < 64; i++) close(i);
        _exit(check());
    }
    report(name, kh_code_of(kh_status_of(child)), 0);
}

/* ------------------------------------------------------------- the runs --- */

static void run_all(const char *title) {
    kh_available = kh_sandbox_parts();
    printf("\n== %s: Landlock ABI %d, seccomp %s, user %d\n", title, kh_files_abi(),
           kh_available & KH_SANDBOX_CALLS ? "yes" : "no", (int)getuid());
    for (const kh_case *one = kh_file_cases; one->name; one++) run_case(one);
    for (const kh_case *one = kh_call_cases; one->name; one++) run_case(one);
    for (const kh_case *one = kh_process_cases; one->name; one++) run_case(one);
    run_alone("rules that cannot be entered", kh_hostile_rules);
    run_alone("a wrong order of entering", kh_wrong_order);
    run_alone("level none", kh_level_none);
    run_alone("a path replaced by a link", kh_replaced_path);
    run_alone("a thread from before the worker entered", kh_thread_from_before);
    for (int abi = 1; abi <= kh_files_abi() && abi <= KH_FILES_SCOPES; abi++) {
        char name[64];
        snprintf(name, sizeof name, "as on Landlock ABI %d", abi);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) _exit(kh_older_abi(abi));
        report(name, kh_code_of(kh_status_of(child)), 0);
    }
}

static void lose(const uint16_t *calls, size_t count) {
    static kh_filter filter;
    kh_call_rule rules[4];
    for (size_t i = 0; i < count; i++)
        rules[i] = (kh_call_rule){.number = calls[i], .groups = 1, .error = ENOSYS};
    if (!kh_filter_build(rules, count, 1, &filter)) _exit(3);
    struct sock_fprog program = {.len = (unsigned short)filter.count, .filter = filter.code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0 ||
        syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        _exit(3);
}

/* Runs all in a process that lost some calls first, and maybe root. */
static void run_poorer(const char *title, const uint16_t *calls, size_t count, int as_user) {
    fflush(NULL);
    pid_t child = fork();
    if (child != 0) {
        int code = kh_code_of(kh_status_of(child));
        if (code != 0) report(title, code, 0);
        return;
    }
    failed = passed = skipped = 0;
    if (as_user && (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
                    setresuid(NOBODY, NOBODY, NOBODY) != 0 ||
                    prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L) != 0)) /* as after a login */
        _exit(3);
    if (count > 0) lose(calls, count);
    run_all(title);
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    fflush(NULL);
    _exit(failed > 100 ? 100 : failed);
}

/* What a worker waits for; for the record, decides nothing. */
static void measure(uint32_t level) {
    enum { ROUNDS = 200 };
    uint64_t *spent = mmap(NULL, sizeof(uint64_t[ROUNDS]), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(NULL);
    pid_t fork_server = fork();
    if (fork_server == 0) {
        kh_test_fork_server(level);
        for (int i = 0; i < ROUNDS; i++) {
            pid_t worker = fork();
            if (worker == 0) {
                struct timespec from, to;
                clock_gettime(CLOCK_MONOTONIC, &from);
                kh_test_worker(level);
                clock_gettime(CLOCK_MONOTONIC, &to);
                spent[i] = (uint64_t)((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec -
                                      from.tv_nsec);
                _exit(0);
            }
            if (kh_status_of(worker) != 0) _exit(1);
        }
        _exit(0);
    }
    if (kh_status_of(fork_server) != 0) return;
    for (int i = 1; i < ROUNDS; i++)
        for (int k = i; k > 0 && spent[k] < spent[k - 1]; k--) {
            uint64_t larger = spent[k - 1];
            spent[k - 1] = spent[k];
            spent[k] = larger;
        }
    printf("entering a worker, level %u: median %.1f us, 95%% %.1f us\n", level,
           (double)spent[ROUNDS / 2] / 1e3, (double)spent[ROUNDS * 95 / 100] / 1e3);
}

static int put(const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) return 1;
    int written = fputs("five\n", file) >= 0;
    return fclose(file) == 0 && written && chmod(path, 0666) == 0 ? 0 : 1;
}

static int make_files(void) {
    umask(0);
    if (mkdtemp(root) == NULL || chmod(root, 0777) != 0) return 1;
    const char *const names[] = {"write", "read", "outside"};
    char *const folders[] = {kh_write_folder, kh_read_folder, kh_outside_folder};
    char *const files[] = {kh_write_file, kh_read_file, kh_outside_file};
    for (int i = 0; i < 3; i++) {
        snprintf(folders[i], 64, "%s/%s", root, names[i]);
        snprintf(files[i], 64, "%s/%s/file", root, names[i]);
        if (mkdir(folders[i], 0777) != 0 || put(files[i]) != 0) return 1;
    }
    snprintf(kh_lone_file, 64, "%s/lone", root);
    return put(kh_lone_file) || mkdir(kh_in(kh_outside_folder, "empty"), 0777) != 0 ||
           mkdir(kh_in(kh_write_folder, "a"), 0777) != 0 ||
           mkdir(kh_in(kh_write_folder, "b"), 0777) != 0 || put(kh_in(kh_write_folder, "a/file"));
}

int main(void) {
    static const uint16_t landlock[] = {444}, seccomp[] = {__NR_seccomp};
    static const uint16_t both[] = {444, __NR_seccomp};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (make_files() != 0) {
        perror(root);
        return 1;
    }
    failed += kh_filter_test();
    run_all("as started");
    if (kh_available & KH_SANDBOX_CALLS) {
        run_poorer("a kernel without Landlock", landlock, 1, 0);
        run_poorer("a kernel without seccomp", seccomp, 1, 0);
        run_poorer("a kernel with neither", both, 2, 0);
    }
    if (geteuid() == 0) run_poorer("as a user", NULL, 0, 1);
    printf("\n");
    measure(KH_SANDBOX_DEFAULT);
    measure(KH_SANDBOX_STRICT);
    printf("as started: %d passed, %d failed, %d skipped\n", passed, failed, skipped);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", root);
    if (system(command) != 0) perror(command);
    return failed > 100 ? 100 : failed;
}
