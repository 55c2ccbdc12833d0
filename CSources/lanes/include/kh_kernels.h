/* The kernels that calls can name. Private; KernelBridge sees it. */
#ifndef KH_INCLUDE_KERNELS_H
#define KH_INCLUDE_KERNELS_H

#include "kernel_host.h"

#define KH_LARGEST_STATE (UINT64_C(1) << 20)
/* The most bytes that the descriptors of all kernels may take. */
#define KH_LARGEST_DESCRIPTION (UINT64_C(64) << 20)

typedef struct kh_kernels kh_kernels;

/* Why a library was not loaded. */
enum kh_refusal {
    KH_LOAD_OK = 0,     /* text: the findings of bindings.h; "": there are none */
    KH_LOAD_LINKER = 1, /* text: the dynamic loader's message */
    KH_LOAD_NO_KERNELS = 2,
    KH_LOAD_MAGIC = 3,     /* found, expected */
    KH_LOAD_MAJOR = 4,     /* found, expected */
    KH_LOAD_SIZE = 5,      /* found, expected; text: of which struct */
    KH_LOAD_DUPLICATE = 6, /* text: the kernel; other: the library that has it, "": built in */
    KH_LOAD_CRASHED = 7,   /* found: the signal */
    KH_LOAD_EXITED = 8,    /* found: the code */
    KH_LOAD_HUNG = 9,
    /* Of a function of a plain library; text: its name. */
    KH_LOAD_NO_SYMBOL = 10,
    KH_LOAD_ELSEWHERE = 11, /* other: the library that has it */
    KH_LOAD_NO_FUNCTION = 12,
    KH_LOAD_SIGNATURE = 13, /* more parameters than registers; found: their number */
    KH_LOAD_LARGE = 14,     /* found: bytes of all descriptors so far; expected: the limit */
    /* Something that this host does not know; text: the kernel, "": the library itself. */
    KH_LOAD_NEWER = 15, /* found: its minor version; other: the struct, expected: the byte */
    KH_LOAD_NEEDS = 16, /* found: the minor version that it requires */
    KH_LOAD_FLAG = 17   /* found: the flag; expected: its minor version; other: the field or "" */
};

typedef struct kh_load_result {
    enum kh_refusal refusal;
    int64_t found, expected; /* found, after a success: bits of kh_change */
    char text[2048], other[1024];
    uint32_t touches; /* what the library can change, as kh_bindings_touch returns it */
} kh_load_result;

/* Returns the kernels of this executable, for use in this process. They live as long as the
 * process. NULL: no memory. [any] */
kh_kernels *kh_kernels_open(void);
/* Loads a library into this process. A crash of it is a crash of the process. */
void kh_kernels_add(kh_kernels *kernels, const char *path, kh_load_result *report);
/* The same for a function of a plain library, in the lines of ffi.h. */
void kh_kernels_declare(kh_kernels *kernels, const char *function, kh_load_result *report);
/* Writes the descriptors of all kernels, sorted by name, in the format of descriptor_encode.c.
 * Returns the length of all, and writes only if they fit. */
size_t kh_kernels_encode(const kh_kernels *kernels, void *buffer, size_t size);
/* Returns the descriptors in the same order, for lanes in this process. */
const kh_kernel *const *kh_kernels_table(const kh_kernels *kernels);

/* What the client needs to know of a kernel. */
typedef struct kh_shape {
    uint64_t state_size;
    const void *defaults; /* the state in the lane's process; NULL: zero bytes */
    uint32_t state_align;
    uint32_t is_flat;
} kh_shape;

#endif
