/* A library as built with version 1.0 of kernel_host.h, written without that header, so that a
 * change of the header does not reach it. It must always load. */
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;
    uint32_t type, offset;
    const char *doc, *unit;
    double low, high;
    uint32_t range_set, range_reserved;
    const char *const *choices;
    uint32_t required, reserved;
} field_1_0;

typedef struct {
    const char *name, *text;
    int32_t code;
    uint32_t reserved;
} error_1_0;

typedef struct {
    uint32_t size, state_align;
    uint64_t state_size;
    const char *name, *summary;
    uint64_t flags;
    const field_1_0 *params, *results;
    const error_1_0 *errors;
    const void *defaults;
    int (*start)(void *, void *), (*step)(void *, void *), (*finish)(void *, void *);
} kernel_1_0;

typedef struct {
    uint64_t magic;
    uint32_t major, minor, library_size, kernel_size, field_size, error_size;
    const kernel_1_0 *const *begin, *const *end;
} library_1_0;

typedef struct {
    int64_t n; /* parameter */
    double half; /* result */
} state;

enum { I64 = 5, F64 = 11, DONE = 0 };

static int step(void *call, void *memory) {
    state *self = memory;
    (void)call;
    if (self->n < 0) return -1000; /* the kernel's own code */
    self->half = (double)self->n / 2;
    return DONE;
}

static const field_1_0 params[] = {
    {.name = "n", .type = I64, .offset = offsetof(state, n), .doc = "what to halve", .unit = "s",
     .low = -5, .high = 1000, .range_set = 1},
    {.name = NULL}};
static const field_1_0 results[] = {
    {.name = "half", .type = F64, .offset = offsetof(state, half), .doc = "its half"},
    {.name = NULL}};
static const error_1_0 errors[] = {{.name = "NEGATIVE", .text = "n is negative", .code = -1000},
                                   {.name = NULL}};
static const state defaults = {.n = 7};
static const kernel_1_0 kernel = {
    .size = sizeof(kernel_1_0), .state_align = _Alignof(state), .state_size = sizeof(state),
    .name = "halve_1_0", .summary = "Halve a number.", .flags = 3, .params = params,
    .results = results, .errors = errors, .defaults = &defaults, .step = step};
static const kernel_1_0 *const kernels[] = {&kernel};

__attribute__((visibility("default"))) const library_1_0 *kernel_host_library(void);
const library_1_0 *kernel_host_library(void) {
    static const library_1_0 library = {
        .magic = UINT64_C(0x31304c4e524b484b), .major = 1, .minor = 0,
        .library_size = sizeof(library_1_0), .kernel_size = sizeof(kernel_1_0),
        .field_size = sizeof(field_1_0), .error_size = sizeof(error_1_0),
        .begin = kernels, .end = kernels + 1};
    return &library;
}
