/* What the types of fields mean for their bytes. */
#ifndef KH_FIELDS_H
#define KH_FIELDS_H

#include "kernel_host.h"

/* Returns whether a field is a pointer and a count. Its data lies outside the state. */
static inline bool kh_is_pointed(const kh_field *field) {
    return field->type >= KH_TEXT && field->type <= KH_F32_ARRAY;
}

/* Returns the bytes of an element of its data. */
static inline uint64_t kh_pointed_unit(const kh_field *field) {
    if (field->type == KH_I64_ARRAY || field->type == KH_F64_ARRAY) return 8;
    return field->type == KH_I32_ARRAY || field->type == KH_F32_ARRAY ? 4 : 1;
}

#endif
