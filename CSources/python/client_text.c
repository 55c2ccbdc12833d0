/* Embeds the Python client. */
#include "kh_python.h"

/* A question about the file makes the compiler note that this file depends on it: a change of it
 * compiles this one again. */
#if !__has_include("kernelhost.py")
#error "CSources/python/kernelhost.py is missing"
#endif

__asm__(".pushsection .rodata, \"a\", %progbits\n.balign 8\n"
        "kh_python_text:\n.incbin \"kernelhost.py\"\nkh_python_text_end:\n.popsection\n");

extern const char kh_python_text[], kh_python_text_end[];

const char *kh_python_client(size_t *length) {
    *length = (size_t)(kh_python_text_end - kh_python_text);
    return kh_python_text;
}
