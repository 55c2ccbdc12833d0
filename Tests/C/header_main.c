/* Prints what the library accessor finds, sorted by name. */
#include "kernel_host.h"

#include <stdio.h>
#include <string.h>

int main(void) {
    const kh_library *library = kernel_host_library();
    const char *last = "";
    printf("%d %u.%u\n", library->magic == KH_MAGIC, library->abi_major, library->abi_minor);
    for (;;) {
        const kh_kernel *next = NULL;
        for (const kh_kernel *const *kernel = library->begin; kernel < library->end; kernel++)
            if (strcmp((*kernel)->name, last) > 0 &&
                (next == NULL || strcmp((*kernel)->name, next->name) < 0))
                next = *kernel;
        if (next == NULL) return 0;
        last = next->name;
        printf("%s: %s\n", next->name, next->summary ? next->summary : "-");
        if (next->size != sizeof(kh_kernel) || next->field_size != sizeof(kh_field) ||
            next->error_size != sizeof(kh_error) || next->abi_minor != KH_ABI_MINOR)
            return 1;
        if (next->setup != NULL && next->teardown != NULL)
            printf("  set up, needs %u\n", next->needs_minor);
        for (const kh_field *field = next->params; field && field->name; field++)
            printf("  %s type %u x %u at %u%s%s%s%s%s\n", field->name, field->type & 255,
                   field->type >> 8, field->offset, field->unit ? " unit" : "",
                   field->range.set ? " range" : "", field->choices ? " choices" : "",
                   field->given ? " given" : "", field->flags & KH_PATH ? " path" : "");
        for (const kh_field *field = next->results; field && field->name; field++)
            printf("  -> %s type %u\n", field->name, field->type);
        for (const kh_error *error = next->errors; error && error->name; error++)
            printf("  ! %s %d %s\n", error->name, error->code, error->text);
    }
}
