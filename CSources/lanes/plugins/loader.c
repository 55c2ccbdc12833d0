/* Loads libraries, and adds their kernels to the registry. */
#include "plugins/loader.h"

#include "plugins/bindings.h"
#include "plugins/ffi.h"
#include "plugins/versions.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns whether a symbol is the library's own: dlsym also finds those of its dependencies. */
static bool is_of(void *handle, const void *symbol) {
    struct link_map *map = NULL;
    Dl_info information;
    return dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && dladdr(symbol, &information) != 0 &&
           strcmp(information.dli_fname, map->l_name) == 0;
}

/* Files that were loaded into this process, to detect a later change. */
static struct seen {
    struct seen *next;
    char *path;
    struct stat file;
} *all_seen;

/* Returns whether a file has changed since it was loaded. dlopen goes by names, and would return
 * the old one. Notes the file. */
static bool has_changed(const char *path) {
    struct stat file;
    if (strchr(path, '/') == NULL || stat(path, &file) != 0) return false;
    struct seen *seen = all_seen;
    while (seen != NULL && strcmp(seen->path, path) != 0) seen = seen->next;
    if (seen == NULL) {
        seen = calloc(1, sizeof *seen);
        if (seen == NULL || (seen->path = strdup(path)) == NULL) {
            free(seen);
            return false;
        }
        *seen = (struct seen){all_seen, seen->path, file};
        all_seen = seen;
        return false;
    }
    bool changed = seen->file.st_ino != file.st_ino || seen->file.st_dev != file.st_dev ||
                   seen->file.st_size != file.st_size ||
                   seen->file.st_mtim.tv_sec != file.st_mtim.tv_sec ||
                   seen->file.st_mtim.tv_nsec != file.st_mtim.tv_nsec;
    return changed; /* this stays so: the name belongs to the first file for good */
}

/* Opens a copy of a library under a name of its own. Returns NULL if that is impossible. The
 * descriptor stays open. */
static void *open_copy(const char *path) {
    int source = open(path, O_RDONLY | O_CLOEXEC);
    int copy = memfd_create("kernelhost-plugin", MFD_CLOEXEC);
    char bytes[65536];
    ssize_t count = -1;
    while (source >= 0 && copy >= 0 && (count = read(source, bytes, sizeof bytes)) > 0)
        if (write(copy, bytes, (size_t)count) != count) {
            count = -1;
            break;
        }
    if (source >= 0) close(source);
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", copy);
    void *handle = count == 0 ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (handle == NULL && copy >= 0) close(copy);
    return handle;
}

enum kh_refusal kh_kernels_load(kh_kernels *kernels, const char *path, kh_load_result *report) {
    memset(report, 0, sizeof *report);
    char *own = strdup(path);
    /* RTLD_NOW: a missing symbol is an error here, not a crash in a call. */
    kh_loaded_libraries before = kh_libraries_now();
    void *handle = own != NULL && has_changed(own) ? open_copy(own) : NULL;
    if (handle == NULL && own != NULL) handle = dlopen(own, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = own == NULL ? "no memory" : dlerror();
        free(own);
        free(before.maps);
        return kh_refuse(report, KH_LOAD_LINKER, 0, 0, reason == NULL ? "" : reason);
    }
    kh_bindings_check(handle, before, report->text, sizeof report->text);
    void *symbol = dlsym(handle, KH_LIBRARY_SYMBOL);
    if (symbol == NULL || !is_of(handle, symbol))
        return kh_refuse(report, KH_LOAD_NO_KERNELS, 0, 0, "");
    const kh_library *(*describe)(void);
    memcpy(&describe, &symbol, sizeof describe);
    enum kh_refusal refusal = kh_kernels_add_library(kernels, describe(), own, report);
    report->touches = kh_bindings_touch(handle);
    if (refusal == KH_LOAD_OK) kh_kernels_set_touches(kernels, own, report->touches);
    return refusal;
}

kh_kernels *kh_kernels_open(void) {
    kh_kernels *kernels = calloc(1, sizeof *kernels);
    if (kernels != NULL && kh_kernels_init(kernels)) return kernels;
    free(kernels);
    return NULL;
}

void kh_kernels_add(kh_kernels *kernels, const char *path, kh_load_result *report) {
    enum kh_refusal refusal = kh_kernels_load(kernels, path, report);
    report->refusal = refusal;
}

void kh_kernels_declare(kh_kernels *kernels, const char *function, kh_load_result *report) {
    enum kh_refusal refusal = kh_ffi_load(kernels, function, report);
    report->refusal = refusal;
}

const kh_kernel *const *kh_kernels_table(const kh_kernels *kernels) {
    return kernels->table;
}
