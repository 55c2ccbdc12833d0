/* Limits access to files by Landlock. */
#include "sandbox/sandbox_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Landlock as the kernel documents it, because a system's header may be older than its kernel.
 * Three calls, with the same numbers on every architecture. */
enum { KH_CREATE_RULESET = 444, KH_ADD_RULE = 445, KH_RESTRICT_SELF = 446 };
enum { KH_RULESET_VERSION = 1, KH_RULE_PATH_BENEATH = 1 };

enum {
    KH_EXECUTE = 1 << 0,
    KH_WRITE_FILE = 1 << 1,
    KH_READ_FILE = 1 << 2,
    KH_READ_FOLDER = 1 << 3,
    KH_CHANGE_FOLDER = 0x1ff << 4, /* remove_dir, remove_file, make_char to make_sym */
    KH_REFER = 1 << 13,            /* rename or link into another folder; ABI 2 */
    KH_TRUNCATE = 1 << 14,         /* ABI 3 */
    KH_IOCTL_DEVICE = 1 << 15,     /* ABI 5 */
};
enum { KH_TCP_BIND = 1, KH_TCP_CONNECT = 2 };          /* ABI 4 */
enum { KH_SCOPE_ABSTRACT_UNIX = 1, KH_SCOPE_SIGNAL = 2 }; /* ABI 6 */

typedef struct kh_ruleset {
    uint64_t files, ports, scoped;
} kh_ruleset;

typedef struct __attribute__((packed)) kh_path_beneath {
    uint64_t allowed;
    int32_t folder;
} kh_path_beneath;

/* The access that any file can have. The kernel refuses other bits for what is not a folder. */
static const uint64_t kh_of_a_file =
    KH_EXECUTE | KH_WRITE_FILE | KH_READ_FILE | KH_TRUNCATE | KH_IOCTL_DEVICE;

/* What strict may read in addition to the manifest's paths. These are public, the same on all
 * similar machines, and libc needs them. They are libraries with their locales and character
 * sets, the loader's cache, time zones, and devices without content. Thread pools read the
 * number of processors. */
static const char *const kh_system_reads[] = {
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/sys/devices/system/cpu",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
};

/* Devices by the beginnings of their names in /dev: keyboards and screens. */
static const char *const kh_terminals[] = {"tty", "pts",   "console", "hvc",
                                           "vcs", "input", "hidraw"};

/* Returns all access that an ABI can forbid. A kernel refuses bits that it does not know. */
static uint64_t kh_known_files(int abi) {
    uint64_t known = KH_EXECUTE | KH_WRITE_FILE | KH_READ_FILE | KH_READ_FOLDER | KH_CHANGE_FOLDER;
    if (abi >= 2) known |= KH_REFER;
    if (abi >= KH_FILES_TRUNCATES) known |= KH_TRUNCATE;
    if (abi >= 5) known |= KH_IOCTL_DEVICE;
    return known;
}

int kh_files_abi(void) {
    /* Any failure means that Landlock is absent: ENOSYS (not built in), EOPNOTSUPP (disabled at
     * boot), EPERM (a container's filter). */
    long abi = syscall(KH_CREATE_RULESET, NULL, (size_t)0, KH_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

static int kh_create(int abi, uint64_t files, uint64_t ports, uint64_t scoped, char *why,
                     size_t why_size) {
    kh_ruleset ruleset = {
        .files = files & kh_known_files(abi),
        .ports = abi >= 4 ? ports : 0,
        .scoped = abi >= KH_FILES_SCOPES ? scoped : 0,
    };
    /* The kernel sets close-on-exec. An older kernel accepts the longer struct if the members
     * that it does not know are 0. */
    int made = (int)syscall(KH_CREATE_RULESET, &ruleset, sizeof ruleset, 0);
    if (made < 0)
        return kh_sandbox_fail(why, why_size,
                               "Landlock (ABI %d) refused a ruleset: %s; use \"sandbox\": \"none\" "
                               "to run without one",
                               abi, strerror(errno));
    return made;
}

/* Allows [access] on the path and all below it. Returns 0, or -1 with errno. */
static int kh_allow(int ruleset, const char *path, uint64_t access) {
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return -1;
    kh_path_beneath rule = {.allowed = access, .folder = place};
    struct stat about;
    int result = fstat(place, &about);
    if (result == 0) {
        if (!S_ISDIR(about.st_mode)) rule.allowed &= kh_of_a_file;
        /* Nothing is left to allow for a file that ABI 1 could only list. This is not an error. */
        if (rule.allowed != 0)
            result = (int)syscall(KH_ADD_RULE, ruleset, KH_RULE_PATH_BENEATH, &rule, 0);
    }
    int saved = errno;
    close(place);
    errno = saved;
    return result;
}

/* Allows access on all paths that a manifest names. Closes the ruleset on failure. */
static int kh_allow_all(int ruleset, const char *const *paths, size_t count, uint64_t access,
                        const char *list, char *why, size_t why_size) {
    for (size_t i = 0; i < count; i++) {
        const char *path = paths[i] ? paths[i] : "";
        const char *problem = NULL;
        if (path[0] != '/') problem = "it is not an absolute path";
        else if (kh_allow(ruleset, path, access) != 0) problem = strerror(errno);
        if (problem == NULL) continue;
        close(ruleset);
        return kh_sandbox_fail(why, why_size,
                               "the sandbox cannot allow to %s \"%s\": %s; expected the absolute "
                               "path of a file or folder that exists: create it, or take it off "
                               "the list",
                               list, path, problem);
    }
    return ruleset;
}

/* Allows [access] on all that a folder has now, except some names. Unless [is_exact], these are
 * the beginnings of names. */
static void kh_allow_but(int ruleset, const char *folder, const char *const *names, size_t count,
                         bool is_exact, uint64_t access) {
    DIR *list = opendir(folder);
    char path[512];
    if (list == NULL) { /* then all of it is allowed */
        (void)kh_allow(ruleset, folder, access);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
        bool is_left_out = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        for (size_t i = 0; i < count && !is_left_out; i++)
            is_left_out = is_exact
                              ? strcmp(entry->d_name, names[i]) == 0
                              : strncmp(entry->d_name, names[i], strlen(names[i])) == 0;
        if (is_left_out || strlen(folder) + strlen(entry->d_name) + 2 > sizeof path) continue;
        strcpy(path, folder);
        strcat(path, "/");
        strcat(path, entry->d_name);
        /* A link's target is allowed elsewhere, or must not be: /dev/stderr may be the terminal. */
        struct stat about;
        if (lstat(path, &about) != 0 || S_ISLNK(about.st_mode)) continue;
        (void)kh_allow(ruleset, path, access);
    }
    closedir(list);
}

/* Allows to read everything except terminals: what a person types is for the program in front. */
static void kh_allow_to_read(int ruleset) {
    static const char *const devices[] = {"dev"};
    kh_allow_but(ruleset, "/", devices, 1, true, KH_READ_FILE);
    kh_allow_but(ruleset, "/dev", kh_terminals, sizeof kh_terminals / sizeof *kh_terminals, false,
                 KH_READ_FILE);
}

int kh_files_fork_server(int abi, const kh_sandbox_rules *rules, char *why, size_t why_size) {
    /* Execute is allowed nowhere. Libraries are mapped, not executed, so they load. Workers
     * limit reading further. */
    const uint64_t write = kh_known_files(abi) & (KH_WRITE_FILE | KH_CHANGE_FOLDER | KH_REFER |
                                                  KH_TRUNCATE | KH_IOCTL_DEVICE);
    int ruleset = kh_create(abi, write | KH_EXECUTE | KH_READ_FILE, KH_TCP_BIND | KH_TCP_CONNECT,
                            KH_SCOPE_ABSTRACT_UNIX | KH_SCOPE_SIGNAL, why, why_size);
    if (ruleset < 0) return -1;
    kh_allow_to_read(ruleset);
    /* Devices have no content: a writable folder gives no control of a device in it. */
    const uint64_t content = write & ~(uint64_t)KH_IOCTL_DEVICE;
    /* Without /dev/null there is nothing to allow. */
    (void)kh_allow(ruleset, "/dev/null", content);
    return kh_allow_all(ruleset, rules->write, rules->write_count, content, "write", why,
                        why_size);
}

int kh_files_worker(int abi, const kh_sandbox_rules *rules, char *why, size_t why_size) {
    /* A domain of its own separates a worker from its siblings and from the fork server. It
     * cannot send them signals, nor use what ptrace's rights allow, such as /proc/PID/mem. A
     * domain must forbid something, so this one forbids execute again. */
    const bool strict = rules->level == KH_SANDBOX_STRICT;
    const uint64_t read = strict ? KH_READ_FILE | KH_READ_FOLDER : 0;
    const uint64_t refer = kh_known_files(abi) & KH_REFER;
    int ruleset = kh_create(abi, KH_EXECUTE | refer | read, 0,
                            KH_SCOPE_ABSTRACT_UNIX | KH_SCOPE_SIGNAL, why, why_size);
    if (ruleset < 0) return -1;
    /* A domain always forbids this access. The fork server's domain decides where it is allowed. */
    if (refer != 0 && kh_allow(ruleset, "/", refer) != 0) {
        int problem = errno;
        close(ruleset);
        return kh_sandbox_fail(why, why_size, "Landlock refused a rule on \"/\": %s",
                               strerror(problem));
    }
    if (!strict) return ruleset;
    for (size_t i = 0; i < sizeof kh_system_reads / sizeof *kh_system_reads; i++)
        (void)kh_allow(ruleset, kh_system_reads[i], read);
    return kh_allow_all(ruleset, rules->read, rules->read_count, read, "read", why, why_size);
}

int kh_files_restrict(int ruleset) {
    return (int)syscall(KH_RESTRICT_SELF, ruleset, 0);
}
