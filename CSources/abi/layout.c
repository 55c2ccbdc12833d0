/* Freezes the layouts of the public ABI: a library compiled earlier must mean the same bytes.
 * Structs may grow at the end. These lines must not be removed. */
#include "kernel_host.h"
#include "kh_test.h" /* so that it also compiles as part of the package */

#define KH_AT(T, member, at) \
    _Static_assert(offsetof(T, member) == (at), #T "." #member " has moved")

_Static_assert(sizeof(void *) == 8 && sizeof(size_t) == 8, "KernelHost is for 64-bit machines");

#define KH_IS_16_(type, code, element) _Static_assert(sizeof(type) == 16, #type " has changed");
KH_POINTED_TYPES_(KH_IS_16_)

_Static_assert(sizeof(kh_services) == 88, "kh_services");
KH_AT(kh_services, fail, 8);
KH_AT(kh_services, print, 16);
KH_AT(kh_services, progress, 24);
KH_AT(kh_services, should_stop, 32);
KH_AT(kh_services, alloc, 40);
KH_AT(kh_services, sleep, 48);
KH_AT(kh_services, shared, 56); /* 1.1 */
KH_AT(kh_services, number, 64);
KH_AT(kh_services, attempt, 72);
KH_AT(kh_services, time_left, 80);
KH_AT(kh_call, services, 0);

_Static_assert(sizeof(kh_range) == 24, "kh_range");
_Static_assert(sizeof(kh_field) == 80, "kh_field");
KH_AT(kh_field, type, 8);
KH_AT(kh_field, offset, 12);
KH_AT(kh_field, doc, 16);
KH_AT(kh_field, unit, 24);
KH_AT(kh_field, range, 32);
KH_AT(kh_field, choices, 56);
KH_AT(kh_field, required, 64);
KH_AT(kh_field, given, 72); /* 1.1 */
KH_AT(kh_field, flags, 76);

_Static_assert(sizeof(kh_error) == 24, "kh_error");
KH_AT(kh_error, text, 8);
KH_AT(kh_error, code, 16);

_Static_assert(sizeof(kh_kernel) == 128, "kh_kernel");
KH_AT(kh_kernel, state_align, 4);
KH_AT(kh_kernel, state_size, 8);
KH_AT(kh_kernel, name, 16);
KH_AT(kh_kernel, summary, 24);
KH_AT(kh_kernel, flags, 32);
KH_AT(kh_kernel, params, 40);
KH_AT(kh_kernel, results, 48);
KH_AT(kh_kernel, errors, 56);
KH_AT(kh_kernel, defaults, 64);
KH_AT(kh_kernel, start, 72);
KH_AT(kh_kernel, step, 80);
KH_AT(kh_kernel, finish, 88);
KH_AT(kh_kernel, setup, 96); /* 1.1 */
KH_AT(kh_kernel, teardown, 104);
KH_AT(kh_kernel, needs_minor, 112);
KH_AT(kh_kernel, abi_minor, 116);
KH_AT(kh_kernel, field_size, 120);
KH_AT(kh_kernel, error_size, 124);

_Static_assert(sizeof(kh_library) == 48, "kh_library");
KH_AT(kh_library, abi_major, 8);
KH_AT(kh_library, library_size, 16);
KH_AT(kh_library, begin, 32);
