/* Entering: rules that cannot be entered, a wrong order, older kernels. Each check
 * runs in a process of its own and enters by itself. */
#include "sandbox_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refused(kh_sandbox_rules rules, const char *said) {
    uint32_t in_force = 99;
    char why[512] = "";
    EXPECT(kh_sandbox_enter_fork_server(&rules, &in_force, why, sizeof why) == -1);
    EXPECT(in_force == 0);
    if (strstr(why, said) == NULL) fprintf(stderr, "%s\n", why);
    EXPECT(strstr(why, said) != NULL);
    return 0;
}

int kh_hostile_rules(void) {
    kh_sandbox_rules rules = kh_rules_of(3);
    EXPECT(refused(rules, "level 3 is unknown") == 0);
    rules.level = UINT32_MAX;
    EXPECT(refused(rules, "expected 0") == 0);
    /* A buffer of one byte, or of none, is not written beyond. */
    char why[2] = {'a', 'b'};
    uint32_t in_force;
    EXPECT(kh_sandbox_enter_fork_server(&rules, &in_force, why, 0) == -1 && why[0] == 'a');
    EXPECT(kh_sandbox_enter_worker(&rules, &in_force, why, 1) == -1);
    EXPECT(why[0] == 0 && why[1] == 'b');
    if ((kh_available & KH_SANDBOX_FILES) == 0) return 0;
    const char *paths[] = {"relative"};
    rules = (kh_sandbox_rules){.level = KH_SANDBOX_DEFAULT, .write = paths, .write_count = 1};
    EXPECT(refused(rules, "\"relative\": it is not an absolute path") == 0);
    paths[0] = "/nowhere/at/all";
    EXPECT(refused(rules, "write \"/nowhere/at/all\": No such file") == 0);
    paths[0] = NULL;
    EXPECT(refused(rules, "\"\"") == 0);
    paths[0] = "";
    EXPECT(refused(rules, "\"\"") == 0);
    rules = (kh_sandbox_rules){.level = KH_SANDBOX_STRICT, .read = paths, .read_count = 1};
    paths[0] = "/nowhere/at/all";
    EXPECT(refused(rules, "read \"/nowhere/at/all\": No such file") == 0);
    /* Nothing was left behind: no descriptor, and the process can still enter. */
    int next = dup(0);
    EXPECT(next == 3);
    close(next);
    kh_test_fork_server(KH_SANDBOX_DEFAULT);
    return 0;
}

int kh_wrong_order(void) {
    char why[512] = "";
    uint32_t in_force;
    kh_sandbox_rules rules = kh_rules_of(KH_SANDBOX_STRICT);
    EXPECT(kh_sandbox_enter_worker(&rules, &in_force, why, sizeof why) == -1);
    EXPECT(strstr(why, "its fork server entered level 0") != NULL);
    kh_test_fork_server(KH_SANDBOX_DEFAULT);
    EXPECT(kh_sandbox_enter_worker(&rules, &in_force, why, sizeof why) == -1);
    EXPECT(strstr(why, "its fork server entered level 1") != NULL);
    EXPECT(kh_sandbox_enter_fork_server(&rules, &in_force, why, sizeof why) == -1);
    EXPECT(strstr(why, "entered the sandbox before") != NULL);
    if ((kh_available & KH_SANDBOX_FILES) == 0) return 0;
    rules.level = KH_SANDBOX_DEFAULT; /* what a plugin that closes everything does */
    for (int i = 3; i < 64; i++) close(i);
    EXPECT(kh_sandbox_enter_worker(&rules, &in_force, why, sizeof why) == -1);
    EXPECT(strstr(why, "not the sandbox's any more") != NULL);
    EXPECT(open("/dev/null", O_RDONLY) == 3 && open("/dev/null", O_RDONLY) == 4);
    EXPECT(kh_sandbox_enter_worker(&rules, &in_force, why, sizeof why) == -1);
    EXPECT(strstr(why, "not the sandbox's any more") != NULL);
    return 0;
}

int kh_level_none(void) {
    kh_test_fork_server(KH_SANDBOX_NONE);
    kh_test_worker(KH_SANDBOX_NONE);
    pid_t child = fork();
    if (child == 0) _exit(7);
    EXPECT(child > 0 && kh_code_of(kh_status_of(child)) == 7);
    return 0;
}

/* A path of the rules that a kernel replaces later leads the next worker nowhere. */
int kh_replaced_path(void) {
    char path[64];
    snprintf(path, sizeof path, "%.48s/a", kh_write_folder);
    const char *paths[] = {path};
    kh_sandbox_rules rules = kh_rules_of(KH_SANDBOX_STRICT);
    rules.read = paths;
    uint32_t in_force;
    char why[512] = "";
    if ((kh_available & KH_SANDBOX_FILES) == 0) return 0;
    EXPECT(kh_sandbox_enter_fork_server(&rules, &in_force, why, sizeof why) == 0);
    EXPECT(rename(paths[0], kh_in(kh_write_folder, "moved")) == 0);
    EXPECT(symlink(kh_outside_folder, paths[0]) == 0);
    EXPECT(kh_sandbox_enter_worker(&rules, &in_force, why, sizeof why) == 0);
    DENIED(open(kh_in(paths[0], "file"), O_RDONLY), EACCES);
    EXPECT(open(kh_in(kh_write_folder, "moved/file"), O_RDONLY) >= 0);
    EXPECT(unlink(paths[0]) == 0 && rename(kh_in(kh_write_folder, "moved"), paths[0]) == 0);
    EXPECT(dup(0) == 4); /* the worker closed the sandbox's descriptor */
    return 0;
}

static pthread_barrier_t entered;
static void *fork_after(void *answer) {
    pthread_barrier_wait(&entered);
    *(int *)answer = fork() == -1 && errno == EPERM;
    return NULL;
}

int kh_thread_from_before(void) {
    if ((kh_available & KH_SANDBOX_CALLS) == 0) return 0;
    pthread_t thread;
    int denied = 0;
    EXPECT(pthread_barrier_init(&entered, NULL, 2) == 0);
    kh_test_fork_server(KH_SANDBOX_DEFAULT);
    EXPECT(pthread_create(&thread, NULL, fork_after, &denied) == 0);
    kh_test_worker(KH_SANDBOX_DEFAULT);
    pthread_barrier_wait(&entered);
    EXPECT(pthread_join(thread, NULL) == 0 && denied);
    return 0;
}

/* What an older kernel's Landlock would be asked for, one ABI a process. */
int kh_older_abi(int abi) {
    kh_sandbox_rules rules = kh_rules_of(KH_SANDBOX_STRICT);
    char why[512] = "";
    int worker = kh_files_worker(abi, &rules, why, sizeof why);
    int fork_server = kh_files_fork_server(abi, &rules, why, sizeof why);
    EXPECT(worker >= 0 && fork_server >= 0);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0);
    EXPECT(kh_files_restrict(fork_server) == 0 && kh_files_restrict(worker) == 0);
    EXPECT(open(kh_write_file, O_WRONLY) >= 0 && open(kh_read_file, O_RDONLY) >= 0);
    DENIED(open(kh_outside_file, O_WRONLY), EACCES);
    DENIED(open(kh_outside_file, O_RDONLY), EACCES);
    if (abi >= KH_FILES_TRUNCATES || (kh_available & KH_SANDBOX_CALLS) == 0) return 0;
    uint32_t groups = KH_CALLS_FORK_SERVER | KH_CALLS_OLD_FILES;
    EXPECT(kh_calls_prepare(groups, why, sizeof why) == 0);
    EXPECT(kh_calls_enter(why, sizeof why) == 0);
    DENIED(truncate(kh_outside_file, 0), EPERM);
    DENIED(open(kh_outside_file, O_RDONLY | O_TRUNC), EPERM);
#ifdef __NR_open
    DENIED(syscall(__NR_open, kh_outside_file, (long)(O_RDONLY | O_TRUNC)), EPERM);
#endif
    DENIED(syscall(437 /* openat2 */, -1L, -1L, -1L, -1L), ENOSYS);
    EXPECT(open(kh_write_file, O_WRONLY) >= 0 && open(kh_read_file, O_RDONLY) >= 0);
    return 0;
}
