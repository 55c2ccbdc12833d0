/* The list of kernels, sorted by name. Each name is in it once. */
#include "plugins/loader.h"
#include "plugins/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(kh_kernels *kernels, size_t more) {
    size_t needed = kernels->count + more;
    if (needed <= kernels->capacity) return true;
    kh_loaded **list = realloc(kernels->list, needed * sizeof *list);
    if (list == NULL) return false;
    kernels->list = list;
    const kh_kernel **table = realloc(kernels->table, needed * sizeof *table);
    if (table == NULL) return false;
    kernels->table = table;
    kernels->capacity = (uint32_t)needed;
    return true;
}

static kh_loaded *find(const kh_kernels *kernels, const char *name) {
    for (uint32_t i = 0; i < kernels->count; i++)
        if (strcmp(kernels->list[i]->kernel.name, name) == 0) return kernels->list[i];
    return NULL;
}

static void insert(kh_kernels *kernels, kh_loaded *loaded) {
    uint32_t at = kernels->count++;
    for (; at > 0 && strcmp(kernels->list[at - 1]->kernel.name, loaded->kernel.name) > 0; at--)
        kernels->list[at] = kernels->list[at - 1];
    kernels->list[at] = loaded;
    for (uint32_t i = 0; i < kernels->count; i++) kernels->table[i] = &kernels->list[i]->kernel;
}

enum kh_refusal kh_kernels_add_library(kh_kernels *kernels, const kh_library *library,
                                       const char *origin, kh_load_result *report) {
    enum kh_refusal refusal = kh_version_check(library, report);
    if (refusal != KH_LOAD_OK) return refusal;
    size_t count = (size_t)(library->end - library->begin);
    kh_loaded *added = calloc(count, sizeof *added);
    bool failed = added == NULL || !grow(kernels, count);
    size_t sound = 0;
    for (size_t i = 0; i < count && !failed; i++) {
        const kh_kernel *theirs = library->begin[i];
        if (theirs == NULL) continue;
        kh_loaded *loaded = &added[sound];
        refusal = kh_version_copy(theirs, &loaded->kernel, report);
        if (refusal != KH_LOAD_OK) return refusal;
        loaded->origin = origin;
        const kh_loaded *other = find(kernels, loaded->kernel.name);
        for (size_t k = 0; k < sound && other == NULL; k++)
            if (strcmp(added[k].kernel.name, loaded->kernel.name) == 0) other = &added[k];
        if (other != NULL) {
            kh_refuse(report, KH_LOAD_DUPLICATE, 0, 0, loaded->kernel.name);
            snprintf(report->other, sizeof report->other, "%s",
                     other->origin == NULL ? "" : other->origin);
            return KH_LOAD_DUPLICATE;
        }
        sound++;
    }
    if (failed) return kh_refuse(report, KH_LOAD_LINKER, 0, 0, "no memory");
    for (size_t i = 0; i < sound; i++) insert(kernels, &added[i]);
    return KH_LOAD_OK;
}

bool kh_kernels_init(kh_kernels *kernels) {
    memset(kernels, 0, sizeof *kernels);
    kh_load_result report;
    return kh_kernels_add_library(kernels, kernel_host_library(), NULL, &report) == KH_LOAD_OK;
}

void kh_kernels_set_touches(kh_kernels *kernels, const char *origin, uint32_t touches) {
    touches &= KH_CHANGED_ALL | KH_PRINTS_APART;
    for (uint32_t i = 0; i < kernels->count; i++)
        if (kernels->list[i]->origin == origin) kernels->list[i]->touches = touches;
}
