/* Converts kernels of all minor versions of the header to this host's version. */
#include "plugins/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sizes in version 1.0: the least that each file must have. */
enum { LIBRARY_1_0 = 48, KERNEL_1_0 = 96, FIELD_1_0 = 72, ERROR_1_0 = 24 };
/* From this version on a kernel tells the size of its other structs. */
enum { KERNEL_1_1 = 128, LARGEST = 4096 };
_Static_assert(sizeof(kh_library) >= LIBRARY_1_0 && sizeof(kh_kernel) >= KERNEL_1_1 &&
                   sizeof(kh_field) >= FIELD_1_0 && sizeof(kh_error) >= ERROR_1_0,
               "tables only ever grow");

#define KH_KNOWN_FLAGS (KH_PURE | KH_FLAT)
#define KH_KNOWN_FIELD_FLAGS KH_PATH

/* A struct as the file has it, and as this host has it. */
typedef struct shape {
    const char *name;
    uint32_t theirs;
    size_t ours, least;
} shape;

enum kh_refusal kh_refuse(kh_load_result *report, enum kh_refusal refusal, int64_t found,
                          int64_t expected, const char *text) {
    report->found = found;
    report->expected = expected;
    snprintf(report->text, sizeof report->text, "%s", text);
    return refusal;
}

static bool is_sound(const shape *shape) {
    return shape->theirs >= shape->least && shape->theirs <= LARGEST && shape->theirs % 8 == 0;
}

static enum kh_refusal refuse_size(kh_load_result *report, const shape *shape) {
    return kh_refuse(report, KH_LOAD_SIZE, shape->theirs, (int64_t)shape->least, shape->name);
}

/* Returns the first byte that is set after what this host knows of a struct; 0: absent.
 * The members of a newer header that the file does not use are zero. */
static uint32_t set_behind(const void *bytes, const shape *shape) {
    for (uint32_t at = (uint32_t)shape->ours; at < shape->theirs; at++)
        if (((const char *)bytes)[at] != 0) return at;
    return 0;
}

/* [kernel]: the name; "": the library itself. */
static enum kh_refusal refuse_newer(kh_load_result *report, const char *kernel, const shape *shape,
                                    uint32_t minor, uint32_t at) {
    snprintf(report->other, sizeof report->other, "%s", shape->name);
    return kh_refuse(report, KH_LOAD_NEWER, minor, at, kernel);
}

static enum kh_refusal refuse_flags(kh_load_result *report, const char *kernel, const char *field,
                                    uint64_t unknown, uint32_t minor) {
    snprintf(report->other, sizeof report->other, "%s", field);
    return kh_refuse(report, KH_LOAD_FLAG, (int64_t)(unknown & ~(unknown - 1)), minor, kernel);
}

enum kh_refusal kh_version_check(const kh_library *library, kh_load_result *report) {
    if (library == NULL) return kh_refuse(report, KH_LOAD_NO_KERNELS, 0, 0, "");
    if (library->magic != KH_MAGIC)
        return kh_refuse(report, KH_LOAD_MAGIC, (int64_t)library->magic, (int64_t)KH_MAGIC, "");
    if (library->abi_major != KH_ABI_MAJOR)
        return kh_refuse(report, KH_LOAD_MAJOR, library->abi_major, KH_ABI_MAJOR, "");
    const shape shapes[] = {
        {"kh_library", library->library_size, sizeof(kh_library), LIBRARY_1_0},
        {"kh_kernel", library->kernel_size, sizeof(kh_kernel), KERNEL_1_0},
        {"kh_field", library->field_size, sizeof(kh_field), FIELD_1_0},
        {"kh_error", library->error_size, sizeof(kh_error), ERROR_1_0}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (!is_sound(&shapes[i])) return refuse_size(report, &shapes[i]);
    uint32_t at = set_behind(library, &shapes[0]);
    if (at != 0) return refuse_newer(report, "", &shapes[0], library->abi_minor, at);
    if (library->begin == NULL || library->end <= library->begin)
        return kh_refuse(report, KH_LOAD_NO_KERNELS, 0, 0, "");
    return KH_LOAD_OK;
}

/* Copies a list whose entries have the file's size. */
static enum kh_refusal copy_list(const void *list, const shape *shape, const kh_kernel *kernel,
                                 const void **copied, kh_load_result *report) {
    *copied = NULL;
    if (list == NULL) return KH_LOAD_OK;
    size_t count = 0;
    /* The first member of all of them is the name. A NULL ends the list. */
    const char *at = list;
    for (; *(const char *const *)(const void *)at != NULL; at += shape->theirs, count++) {
        uint32_t set = set_behind(at, shape);
        if (set != 0) return refuse_newer(report, kernel->name, shape, kernel->abi_minor, set);
    }
    char *copy = calloc(count + 1, shape->ours);
    if (copy == NULL) return kh_refuse(report, KH_LOAD_LINKER, 0, 0, "no memory");
    size_t size = shape->theirs < shape->ours ? shape->theirs : shape->ours;
    for (size_t i = 0; i < count; i++)
        memcpy(copy + i * shape->ours, (const char *)list + i * shape->theirs, size);
    *copied = copy;
    return KH_LOAD_OK;
}

static enum kh_refusal copy_fields(const kh_field *list, const shape *shape,
                                   const kh_kernel *kernel, const kh_field **copied,
                                   kh_load_result *report) {
    const void *copy;
    enum kh_refusal refusal = copy_list(list, shape, kernel, &copy, report);
    *copied = copy;
    for (const kh_field *at = copy; at != NULL && at->name != NULL; at++) {
        uint32_t unknown = at->flags & ~KH_KNOWN_FIELD_FLAGS;
        if (unknown != 0)
            return refuse_flags(report, kernel->name, at->name, unknown, kernel->abi_minor);
    }
    return refusal;
}

enum kh_refusal kh_version_copy(const kh_kernel *theirs, kh_kernel *copy, kh_load_result *report) {
    bool is_1_0 = theirs->size == KERNEL_1_0;
    shape whole = {"kh_kernel", theirs->size, sizeof(kh_kernel),
                   theirs->size < KERNEL_1_0 ? KERNEL_1_0 : KERNEL_1_1};
    if (!is_1_0 && !is_sound(&whole)) return refuse_size(report, &whole);
    memset(copy, 0, sizeof *copy);
    memcpy(copy, theirs, whole.theirs < whole.ours ? whole.theirs : whole.ours);
    if (copy->name == NULL) copy->name = "";
    shape field = {"kh_field", is_1_0 ? FIELD_1_0 : copy->field_size, sizeof(kh_field), FIELD_1_0};
    shape error = {"kh_error", is_1_0 ? ERROR_1_0 : copy->error_size, sizeof(kh_error), ERROR_1_0};
    if (!is_sound(&field)) return refuse_size(report, &field);
    if (!is_sound(&error)) return refuse_size(report, &error);
    if (copy->needs_minor > KH_ABI_MINOR)
        return kh_refuse(report, KH_LOAD_NEEDS, copy->needs_minor, KH_ABI_MINOR, copy->name);
    uint64_t unknown = copy->flags & UINT32_MAX & ~(uint64_t)KH_KNOWN_FLAGS;
    if (unknown != 0) return refuse_flags(report, copy->name, "", unknown, copy->abi_minor);
    uint32_t at = set_behind(theirs, &whole);
    if (at != 0) return refuse_newer(report, copy->name, &whole, copy->abi_minor, at);
    const void *errors = NULL;
    enum kh_refusal refusal = copy_fields(theirs->params, &field, copy, &copy->params, report);
    if (refusal == KH_LOAD_OK)
        refusal = copy_fields(theirs->results, &field, copy, &copy->results, report);
    if (refusal == KH_LOAD_OK) refusal = copy_list(theirs->errors, &error, copy, &errors, report);
    copy->errors = errors;
    /* In 1.0 choices had a meaning for texts only. */
    for (kh_field *one = (kh_field *)(uintptr_t)copy->params;
         is_1_0 && one != NULL && one->name != NULL; one++)
        if (one->type != KH_TEXT) one->choices = NULL;
    return refusal;
}
