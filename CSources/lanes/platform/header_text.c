/* The texts of kernel_host.h and kh_test.h. With them, this executable alone suffices to compile a
 * kernel, and a test of one. */
#include "kernel_host.h" /* so that a change of the header compiles this file again */
#include "kh_system.h"

#include <stdint.h>

__asm__(".pushsection .rodata, \"a\", %progbits\n"
        ".balign 8\n"
        "kh_header_begin:\n"
        ".incbin \"kernel_host.h\"\n"
        "kh_header_end:\n"
        "kh_test_header_begin:\n"
        ".incbin \"kh_test.h\"\n"
        "kh_test_header_end:\n"
        ".popsection\n");

extern const char kh_header_begin[], kh_header_end[];
extern const char kh_test_header_begin[], kh_test_header_end[];

const char *kh_header_text(size_t *length) {
    *length = (size_t)(kh_header_end - kh_header_begin);
    return kh_header_begin;
}

const char *kh_test_header_text(size_t *length) {
    *length = (size_t)(kh_test_header_end - kh_test_header_begin);
    return kh_test_header_begin;
}
