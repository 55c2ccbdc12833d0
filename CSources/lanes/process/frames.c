/* Finds which code of a plugin called the code that crashed. */
#include "process/frames.h"

#include "plugins/ffi.h"
#include "platform/platform.h"

#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* How far above the stack pointer a return address is searched. */
enum { KH_SEARCH_BYTES = 1 << 20, KH_PAGE_BYTES = 4096, KH_CODE_RANGES = 256 };
/* How far below the stack pointer a function may touch its frame. */
enum { KH_BELOW_STACK = 1 << 16, KH_LARGE_ARRAY = 1 << 30 };

typedef struct kh_code {
    uint64_t first, end;
} kh_code;

static struct {
    kh_code code[KH_CODE_RANGES];
    uint32_t count;
    uint64_t stack_end, stack_size; /* 0: not known */
} frames;

/* ----------------------------------------------------------- learning --- */

static bool is_in(const void *pointer, const kh_code *ranges, uint32_t count) {
    uint64_t address = (uint64_t)(uintptr_t)pointer;
    for (uint32_t i = 0; i < count; i++)
        if (address >= ranges[i].first && address < ranges[i].end) return true;
    return false;
}

/* For a function of a plain library this is the function itself. */
static const void *code_of(const kh_kernel *kernel) {
    const void *code = NULL;
    if (kernel->step == kh_ffi_step) {
        const kh_thunk *thunk;
        memcpy(&thunk, kernel->defaults, sizeof thunk);
        code = thunk->function;
    } else {
        memcpy(&code, &kernel->step, sizeof code);
    }
    return code;
}

static int learn_module(struct dl_phdr_info *module, size_t size, void *context) {
    (void)size;
    const kh_kernels *kernels = context;
    kh_code own[8];
    uint32_t count = 0;
    for (size_t i = 0; i < module->dlpi_phnum && count < sizeof own / sizeof *own; i++) {
        const ElfW(Phdr) *part = &module->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
        uint64_t first = module->dlpi_addr + part->p_vaddr;
        own[count++] = (kh_code){first, first + part->p_memsz};
    }
    bool is_plugin = false;
    for (uint32_t i = 0; i < kernels->count && !is_plugin; i++)
        is_plugin = kernels->list[i]->origin != NULL &&
                    is_in(code_of(&kernels->list[i]->kernel), own, count);
    for (uint32_t i = 0; is_plugin && i < count && frames.count < KH_CODE_RANGES; i++)
        frames.code[frames.count++] = own[i];
    return 0;
}

void kh_frames_learn(const kh_kernels *kernels) {
    frames.count = 0;
    dl_iterate_phdr(learn_module, (void *)(uintptr_t)kernels);
}

void kh_frames_each(void (*body)(uint64_t first, uint64_t end)) {
    for (uint32_t i = 0; i < frames.count; i++) body(frames.code[i].first, frames.code[i].end);
}

void kh_frames_begin(void) {
    struct rlimit limit;
    frames.stack_end = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    frames.stack_size = getrlimit(RLIMIT_STACK, &limit) == 0 ? limit.rlim_cur : 0;
}

/* ------------------------------------------------------- in a handler --- */

/* Returns whether a byte is readable. The system call reads a signal mask there, and then fails
 * without any effect. */
static bool is_readable(uint64_t address) {
    uint64_t first = address & ~UINT64_C(7);
    return syscall(SYS_rt_sigprocmask, ~0, (const void *)(uintptr_t)first, NULL,
                   sizeof(uint64_t)) == 0 ||
           errno != EFAULT;
}

/* Returns whether the instruction before the address is a call. */
static bool is_behind_call(uint64_t address) {
    if (!is_readable(address - 8) || !is_readable(address - 1)) return false;
    const unsigned char *code = (const unsigned char *)(uintptr_t)address;
#if defined(__x86_64__)
    if (code[-5] == 0xe8) return true;
    static const int lengths[] = {2, 3, 4, 6, 7}; /* through a register or memory */
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (code[-lengths[i]] == 0xff && (code[-lengths[i] + 1] >> 3 & 7) == 2) return true;
    return false;
#elif defined(__aarch64__)
    uint32_t word;
    memcpy(&word, code - 4, sizeof word);
    return (word & 0xfc000000u) == 0x94000000u || (word & 0xfffffc1fu) == 0xd63f0000u;
#else
    return false;
#endif
}

static bool is_return_address(uint64_t word) {
    return is_in((const void *)(uintptr_t)(word - 1), frames.code, frames.count) &&
           is_behind_call(word);
}

/* Returns whether an address is on the stack of the first thread, on which lanes run, or at most
 * this far below it. */
static bool is_on_stack(uint64_t stack_pointer, uint64_t below) {
    bool is_limited = frames.stack_size > 0 && frames.stack_size < (UINT64_C(1) << 32);
    uint64_t most = (is_limited ? frames.stack_size : UINT64_C(1) << 32) + below;
    return stack_pointer < frames.stack_end && frames.stack_end - stack_pointer < most;
}

__attribute__((no_sanitize("address", "thread"))) uint64_t
kh_frames_caller(uint64_t instruction, uint64_t stack_pointer, uint64_t link) {
    if (frames.count == 0 ||
        is_in((const void *)(uintptr_t)instruction, frames.code, frames.count) ||
        !is_on_stack(stack_pointer, 0))
        return 0;
    if (link != 0 && is_return_address(link)) return link;
    uint64_t end = frames.stack_end;
    if (end - stack_pointer > KH_SEARCH_BYTES) end = stack_pointer + KH_SEARCH_BYTES;
    uint64_t readable = 0; /* up to here */
    for (uint64_t at = (stack_pointer + 7) & ~UINT64_C(7); at < end; at += 8) {
        if (at >= readable) {
            if (!is_readable(at)) return 0;
            readable = (at | (KH_PAGE_BYTES - 1)) + 1;
        }
        uint64_t word = *(const volatile uint64_t *)(uintptr_t)at;
        if (is_return_address(word)) return word;
    }
    return 0;
}

/* The stack grows when it is touched, unless it is full. So a missing page between the stack
 * pointer and the stack's end was refused. One large array moves the pointer far beyond. */
uint64_t kh_frames_full_stack(uint64_t fault, uint64_t stack_pointer, bool was_mapped) {
    if (was_mapped || !is_on_stack(stack_pointer, KH_LARGE_ARRAY) || fault >= frames.stack_end)
        return 0;
    bool is_near = fault >= stack_pointer || stack_pointer - fault <= KH_BELOW_STACK;
    return is_near ? frames.stack_size : 0;
}
