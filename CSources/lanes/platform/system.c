/* Functions of the system that Swift cannot call directly. */
#include "kh_system.h"

#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

bool kh_signal_is_ignored(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int kh_open_unnamed(const char *folder) {
    return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

int kh_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC);
}

/* Loops over all descriptors of select() do not close numbers above this, where there are so
 * many. */
enum { HIGHEST = 2048, COPIES = 4 };

int kh_high_descriptor(int descriptor) {
    struct rlimit limit;
    int least = HIGHEST - COPIES;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < HIGHEST)
        least = limit.rlim_cur > 2 * COPIES ? (int)limit.rlim_cur - COPIES : COPIES;
    int high = fcntl(descriptor, F_DUPFD_CLOEXEC, least);
    return high >= 0 ? high : fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

int kh_try_lock(int descriptor, int64_t start, int64_t length) {
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0) return 1;
    return errno == EAGAIN || errno == EACCES ? 0 : -1;
}

bool kh_lock_is_held(int descriptor, int64_t start, int64_t length) {
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

int64_t kh_wall_time(const char *text) {
    static const struct {
        const char *format;
        bool is_utc, is_whole;
    } forms[] = {
        {"%Y-%m-%dT%H:%M:%SZ", true, true}, {"%Y-%m-%dT%H:%MZ", true, true},
        {"%Y-%m-%dT%H:%M:%S", false, true}, {"%Y-%m-%dT%H:%M", false, true},
        {"%H:%M:%S", false, false},         {"%H:%M", false, false},
    };
    time_t now = time(NULL);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm parts;
        localtime_r(&now, &parts);
        parts.tm_sec = 0;
        const char *rest = strptime(text, forms[i].format, &parts);
        if (!rest || *rest) continue;
        if (forms[i].is_utc) return timegm(&parts);
        parts.tm_isdst = -1;
        time_t time = mktime(&parts);
        if (forms[i].is_whole || time > now) return time;
        parts.tm_mday++;
        parts.tm_isdst = -1;
        return mktime(&parts);
    }
    return -1;
}

bool kh_terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return false;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return true;
}

uint64_t kh_now(void) {
    return kh_monotonic();
}

const char *kh_errno_name(int number) {
#ifdef __GLIBC__
    return strerrorname_np(number);
#else
    (void)number;
    return NULL;
#endif
}

int kh_usable_processors(void) {
    return kh_processors();
}

/* Returns the length of the build ID in a note segment; 0: it has no build ID. */
static size_t build_id_in(const char *at, size_t size, unsigned char *bytes, size_t room) {
    ElfW(Nhdr) note;
    while (size >= sizeof note) {
        memcpy(&note, at, sizeof note);
        size_t name = (note.n_namesz + 3u) & ~3u, all = sizeof note + name + note.n_descsz;
        if (name > size || all > size) return 0;
        const char *text = at + sizeof note;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(text, "GNU", 4) == 0) {
            size_t count = note.n_descsz < room ? note.n_descsz : room;
            memcpy(bytes, text + name, count);
            return count;
        }
        all = (all + 3u) & ~(size_t)3u;
        if (all > size) return 0;
        at += all;
        size -= all;
    }
    return 0;
}

typedef struct own_id {
    unsigned char *bytes;
    size_t room, count;
} own_id;

static int take_build_id(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    own_id *id = argument;
    for (int i = 0; i < info->dlpi_phnum && id->count == 0; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_NOTE)
            id->count = build_id_in((const char *)(info->dlpi_addr + part->p_vaddr), part->p_memsz,
                                    id->bytes, id->room);
    }
    return 1; /* the first one is the program */
}

size_t kh_build_id(unsigned char *bytes, size_t room) {
    own_id id = {bytes, room, 0};
    dl_iterate_phdr(take_build_id, &id);
    return id.count;
}

static struct {
    int count;
    char **list;
} arguments;

int kh_argument_count(void) {
    return arguments.count;
}

const char *kh_argument(int index) {
    return index >= 0 && index < arguments.count ? arguments.list[index] : NULL;
}

/* The C library passes the arguments of main to a constructor. */
__attribute__((constructor(102))) static void keep_arguments(int argc, char **argv) {
    arguments.count = argc;
    arguments.list = argv;
}
