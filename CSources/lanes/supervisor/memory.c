/* How much memory a worker has taken, as the system reports it. */
#include "supervisor/supervisor_parts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

kh_memory kh_memory_of(pid_t process) {
    static const struct {
        const char *name;
        bool is_shared;
    } parts[] = {
        {"RssAnon:", false}, {"VmSwap:", false}, {"HugetlbPages:", false}, {"RssShmem:", true}};
    kh_memory memory = {0};
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) return memory;
    while (fgets(line, sizeof line, file) != NULL)
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            size_t length = strlen(parts[i].name);
            if (strncmp(line, parts[i].name, length) != 0) continue;
            uint64_t bytes = strtoull(line + length, NULL, 10) * 1024;
            *(parts[i].is_shared ? &memory.shared : &memory.private) += bytes;
        }
    fclose(file);
    return memory;
}

/* Returns how much of a file a process has mapped. */
static uint64_t mapped_of(pid_t process, const struct stat *wanted) {
    char path[64], line[512];
    unsigned major = 0, minor = 0;
    unsigned long inode = 0;
    uint64_t bytes = 0, part = 0;
    bool is_it = false;
    snprintf(path, sizeof path, "/proc/%d/smaps", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%*x-%*x %*4s %*x %x:%x %lu", &major, &minor, &inode) == 3)
            is_it = inode == wanted->st_ino && makedev(major, minor) == wanted->st_dev;
        else if (is_it && sscanf(line, "Rss: %lu", &part) == 1)
            bytes += part * 1024;
    }
    fclose(file);
    return bytes;
}

/* A worker has two such descriptors of its output from the start. They need no check, because
 * the lane maps the output. */
uint64_t kh_unmapped_memory(pid_t process) {
    enum { KH_FILES = 64 };
    char path[64], target[64];
    struct stat seen[KH_FILES];
    size_t count = 0;
    uint64_t bytes = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)process);
    DIR *folder = opendir(path);
    if (folder == NULL) return 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL && count < KH_FILES;) {
        int descriptor = atoi(entry->d_name);
        if (descriptor <= 2) continue; /* and "." and ".." */
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        if (length < 7 || memcmp(target, "/memfd:", 7) != 0) continue;
        struct stat *about = &seen[count];
        if (fstatat(dirfd(folder), entry->d_name, about, 0) != 0) continue;
        size_t first = 0;
        while (seen[first].st_ino != about->st_ino || seen[first].st_dev != about->st_dev) first++;
        if (first < count) continue; /* another descriptor of the same file */
        count++;
        uint64_t whole = (uint64_t)about->st_blocks * 512, mapped = mapped_of(process, about);
        if (whole > mapped) bytes += whole - mapped;
    }
    closedir(folder);
    return bytes;
}
