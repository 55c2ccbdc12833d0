/* Freezes the layouts of the public ABI: a library compiled last year must
 * mean the same bytes. Structs may grow at the end; these lines may not go. */
#include "kernel_host.h"

#define KH_AT(T, member, at) \
    _Static_assert(offsetof(T, member) == (at), #T "." #member " has moved")

_Static_assert(sizeof(void *) == 8 && sizeof(size_t) == 8, "KernelHost is for 64-bit machines");

_Static_assert(sizeof(kh_text) == 16 && sizeof(kh_bytes) == 16, "kh_text, kh_bytes");
_Static_assert(sizeof(kh_i64_array) == 16 && sizeof(kh_f64_array) == 16, "arrays");

_Static_assert(sizeof(kh_services) == 56, "kh_services");
KH_AT(kh_services, fail, 8);
KH_AT(kh_services, print, 16);
KH_AT(kh_services, progress, 24);
KH_AT(kh_services, should_stop, 32);
KH_AT(kh_services, alloc, 40);
KH_AT(kh_services, sleep, 48);
KH_AT(kh_call, services, 0);

_Static_assert(sizeof(kh_range) == 24, "kh_range");
_Static_assert(sizeof(kh_field) == 72, "kh_field");
KH_AT(kh_field, type, 8);
KH_AT(kh_field, offset, 12);
KH_AT(kh_field, doc, 16);
KH_AT(kh_field, unit, 24);
KH_AT(kh_field, range, 32);
KH_AT(kh_field, choices, 56);
KH_AT(kh_field, required, 64);

_Static_assert(sizeof(kh_error) == 24, "kh_error");
KH_AT(kh_error, text, 8);
KH_AT(kh_error, code, 16);

_Static_assert(sizeof(kh_kernel) == 96, "kh_kernel");
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

_Static_assert(sizeof(kh_library) == 48, "kh_library");
KH_AT(kh_library, abi_major, 8);
KH_AT(kh_library, library_size, 16);
KH_AT(kh_library, begin, 32);
