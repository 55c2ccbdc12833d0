/* What Landlock forbids, and what it must leave. */
#include "sandbox_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int opens(const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC, 0600);
    if (file >= 0) close(file);
    return file >= 0 ? 0 : -1;
}

static int lists(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    int found = readdir(folder) != NULL;
    closedir(folder);
    return found ? 0 : -1;
}

static int write_inside(void) {
    EXPECT(opens(kh_write_file, O_RDWR) == 0);
    EXPECT(opens(kh_in(kh_write_folder, "new"), O_WRONLY | O_CREAT | O_EXCL) == 0);
    EXPECT(opens(kh_in(kh_write_folder, "new"), O_WRONLY | O_TRUNC) == 0);
    EXPECT(mkdir(kh_in(kh_write_folder, "folder"), 0700) == 0);
    EXPECT(rmdir(kh_in(kh_write_folder, "folder")) == 0);
    EXPECT(symlink("anything", kh_in(kh_write_folder, "link")) == 0);
    EXPECT(unlink(kh_in(kh_write_folder, "link")) == 0);
    EXPECT(mkfifo(kh_in(kh_write_folder, "fifo"), 0600) == 0);
    EXPECT(unlink(kh_in(kh_write_folder, "fifo")) == 0);
    EXPECT(rename(kh_in(kh_write_folder, "new"), kh_in(kh_write_folder, "other")) == 0);
    EXPECT(unlink(kh_in(kh_write_folder, "other")) == 0);
    EXPECT(opens("/dev/null", O_RDWR | O_TRUNC) == 0);
    /* A path of the list may be a file; its neighbours are not allowed by it. */
    EXPECT(opens(kh_lone_file, O_WRONLY | O_TRUNC) == 0);
    return 0;
}

static int write_outside(void) {
    DENIED(opens(kh_outside_file, O_WRONLY), EACCES);
    DENIED(opens(kh_outside_file, O_RDWR), EACCES);
    DENIED(opens(kh_outside_file, O_WRONLY | O_APPEND), EACCES);
    DENIED(opens(kh_in(kh_outside_folder, "new"), O_WRONLY | O_CREAT), EACCES);
    DENIED(opens(kh_outside_folder, O_TMPFILE | O_WRONLY), EACCES);
    DENIED(mkdir(kh_in(kh_outside_folder, "folder"), 0700), EACCES);
    DENIED(rmdir(kh_in(kh_outside_folder, "empty")), EACCES);
    DENIED(symlink("x", kh_in(kh_outside_folder, "link")), EACCES);
    DENIED(mkfifo(kh_in(kh_outside_folder, "fifo"), 0600), EACCES);
    DENIED(unlink(kh_outside_file), EACCES);
    DENIED(rename(kh_outside_file, kh_in(kh_outside_folder, "other")), EACCES);
    EXPECT(rename(kh_outside_file, kh_in(kh_write_folder, "stolen")) == -1);
    EXPECT(rename(kh_write_file, kh_in(kh_outside_folder, "put")) == -1);
    EXPECT(link(kh_outside_file, kh_in(kh_write_folder, "linked")) == -1);
    /* The way over a link inside leads outside. */
    EXPECT(symlink(kh_outside_file, kh_in(kh_write_folder, "bridge")) == 0);
    DENIED(opens(kh_in(kh_write_folder, "bridge"), O_WRONLY), EACCES);
    EXPECT(unlink(kh_in(kh_write_folder, "bridge")) == 0);
    DENIED(opens("/proc/self/mem", O_RDWR), EACCES);
    DENIED(opens("/proc/self/comm", O_WRONLY), EACCES);
    return 0;
}

/* Works by Landlock from its ABI 3 on, by seccomp before; both run the check. */
static int truncation(void) {
    DENIED(opens(kh_outside_file, O_RDONLY | O_TRUNC), errno == EPERM ? EPERM : EACCES);
    DENIED(truncate(kh_outside_file, 0), errno == EPERM ? EPERM : EACCES);
    struct stat about;
    EXPECT(stat(kh_outside_file, &about) == 0 && about.st_size == 5);
    return 0;
}

static int truncate_inside(void) {
    EXPECT(truncate(kh_write_file, 5) == 0);
    return truncation();
}

static int rename_across(void) {
    EXPECT(rename(kh_in(kh_write_folder, "a/file"), kh_in(kh_write_folder, "b/file")) == 0);
    EXPECT(rename(kh_in(kh_write_folder, "b/file"), kh_in(kh_write_folder, "a/file")) == 0);
    return 0;
}

static int read_anywhere(void) {
    EXPECT(opens(kh_outside_file, O_RDONLY) == 0);
    EXPECT(lists(kh_outside_folder) == 0);
    EXPECT(opens(kh_read_file, O_RDONLY) == 0);
    EXPECT(lists("/usr/lib") == 0);
    return 0;
}

static int read_inside_only(void) {
    EXPECT(opens(kh_read_file, O_RDONLY) == 0);
    EXPECT(lists(kh_read_folder) == 0);
    EXPECT(lists("/usr/lib") == 0);
    EXPECT(opens("/dev/null", O_RDONLY) == 0 && opens("/dev/urandom", O_RDONLY) == 0);
    DENIED(opens(kh_outside_file, O_RDONLY), EACCES);
    DENIED(lists(kh_outside_folder), EACCES);
    DENIED(opens("/etc/passwd", O_RDONLY), EACCES);
    DENIED(lists("/"), EACCES);
    DENIED(opens("/proc/self/environ", O_RDONLY), EACCES);
    EXPECT(symlink(kh_outside_file, kh_in(kh_write_folder, "bridge")) == 0);
    DENIED(opens(kh_in(kh_write_folder, "bridge"), O_RDONLY), EACCES);
    EXPECT(unlink(kh_in(kh_write_folder, "bridge")) == 0);
    /* Writing is no reading. */
    EXPECT(opens(kh_write_file, O_WRONLY) == 0);
    DENIED(opens(kh_write_file, O_RDWR), EACCES);
    DENIED(opens(kh_in(kh_read_folder, "new"), O_WRONLY | O_CREAT), EACCES);
    return 0;
}

static int memory_of_others(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    EXPECT(opens("/proc/self/mem", O_RDONLY) == 0);
    DENIED(opens(path, O_RDONLY), EACCES);
    /* Root may read this of anybody, by CAP_PERFMON, before Landlock is asked. */
    snprintf(path, sizeof path, "/proc/%d/environ", (int)getppid());
    if (geteuid() != 0) DENIED(opens(path, O_RDONLY), EACCES);
    return 0;
}

/* What is typed there is for others. */
static int no_terminals(void) {
    DENIED(opens("/dev/tty", O_RDONLY | O_NOCTTY), EACCES);
    if (access("/dev/pts/ptmx", F_OK) == 0 && geteuid() == 0)
        DENIED(opens("/dev/pts/ptmx", O_RDONLY | O_NOCTTY), EACCES);
    EXPECT(opens("/dev/zero", O_RDONLY) == 0 && opens("/dev/urandom", O_RDONLY) == 0);
    EXPECT(lists("/dev") == 0 && lists("/") == 0);
    return 0;
}

const kh_case kh_file_cases[] = {
    {.name = "reads no terminal", .level = 1, .needs = KH_SANDBOX_FILES, .check = no_terminals},
    {.name = "reads no terminal while plugins are loaded", .level = 2, .needs = KH_SANDBOX_FILES,
     .check = no_terminals, .in_fork_server = 1},
    {.name = "writes inside", .level = 1, .needs = KH_SANDBOX_FILES, .check = write_inside},
    {.name = "writes outside", .level = 1, .needs = KH_SANDBOX_FILES, .check = write_outside},
    {.name = "writes outside, in the fork server", .level = 1,
     .needs = KH_SANDBOX_FILES,
     .check = write_outside,
     .in_fork_server = 1},
    {.name = "truncation", .level = 1, .needs = KH_SANDBOX_FILES, .check = truncate_inside,
     .abi = KH_FILES_TRUNCATES},
    {.name = "truncation by either part", .level = 1,
     .needs = KH_SANDBOX_FILES | KH_SANDBOX_CALLS,
     .check = truncation},
    {.name = "renames across folders inside", .level = 1,
     .needs = KH_SANDBOX_FILES,
     .check = rename_across,
     .abi = 2},
    {.name = "reads anywhere", .level = 1, .check = read_anywhere},
    {.name = "strict: writes inside", .level = 2, .needs = KH_SANDBOX_FILES, .check = rename_across,
     .abi = 2},
    {.name = "strict: reads inside only", .level = 2,
     .needs = KH_SANDBOX_FILES,
     .check = read_inside_only},
    {.name = "strict: the fork server reads anywhere", .level = 2,
     .check = read_anywhere,
     .in_fork_server = 1},
    {.name = "the memory of others", .level = 1,
     .needs = KH_SANDBOX_FILES,
     .check = memory_of_others},
    {.name = NULL},
};
