/* The kernels that calls can name. Private; KernelBridge sees it. */
#ifndef KH_INCLUDE_KERNELS_H
#define KH_INCLUDE_KERNELS_H

#include "kernel_host.h"

#define KH_LARGEST_STATE (UINT64_C(1) << 20)
/* Of all that plugins say of their kernels, in bytes. */
#define KH_LARGEST_DESCRIPTION (UINT64_C(64) << 20)

typedef struct kh_kernels kh_kernels;

/* Why a library was not loaded. */
enum kh_refusal {
    KH_LOAD_OK = 0,     /* text: what bindings.h found, "": nothing */
    KH_LOAD_LINKER = 1, /* text: the loader's own */
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
    KH_LOAD_SIGNATURE = 13, /* more parameters than registers; found: how many */
    KH_LOAD_LARGE = 14,     /* found: bytes of the description, with those before it; expected */
    /* What this host does not know of; text: the kernel, "": the library itself. */
    KH_LOAD_NEWER = 15, /* found: its minor version; other: the struct, expected: the byte */
    KH_LOAD_NEEDS = 16, /* found: the minor version that it needs */
    KH_LOAD_FLAG = 17   /* found: the flag; expected: its minor version; other: the field or "" */
};

typedef struct kh_load_result {
    enum kh_refusal refusal;
    int64_t found, expected; /* found, of one that was loaded: bits of kh_change */
    char text[2048], other[1024];
    uint32_t touches; /* what the library is known to do, as kh_bindings_touch has it */
} kh_load_result;

/* The kernels of this executable, in this process. Lives as long as it. NULL: no memory. [any] */
kh_kernels *kh_kernels_open(void);
/* Loads a library into this process. Nothing stands between the two. */
void kh_kernels_add(kh_kernels *kernels, const char *path, kh_load_result *answer);
/* What kernels say of themselves: bytes as descriptor_encode.c has them, sorted by name. Answers
 * how many there are; writes those that fit. */
size_t kh_kernels_encode(const kh_kernels *kernels, void *buffer, size_t size);
/* Their descriptors in the same order, for lanes in this process. */
const kh_kernel *const *kh_kernels_table(const kh_kernels *kernels);

/* What the client needs to know of a kernel. */
typedef struct kh_shape {
    uint64_t state_size;
    const void *defaults; /* the state as the lane's process has it; NULL: zero bytes */
    uint32_t state_align;
    uint32_t is_flat;
} kh_shape;

#endif
