/* The text of kernel_host.h. With it, this executable alone suffices to compile a kernel. */
#include "kernel_host.h" /* so that a change of the header compiles this file again */
#include "kh_system.h"

#include <stdint.h>

__asm__(".pushsection .rodata, \"a\", %progbits\n"
        ".balign 8\n"
        "kh_header_begin:\n"
        ".incbin \"kernel_host.h\"\n"
        "kh_header_end:\n"
        ".popsection\n");

extern const char kh_header_begin[], kh_header_end[];

const char *kh_header_text(size_t *length) {
    *length = (size_t)(kh_header_end - kh_header_begin);
    return kh_header_begin;
}
