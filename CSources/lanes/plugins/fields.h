/* What the types of fields mean for their bytes. */
#ifndef KH_FIELDS_H
#define KH_FIELDS_H

#include "kernel_host.h"

/* A pointer and a count: what it points to lies outside the state. */
static inline bool kh_is_pointed(const kh_field *field) {
    return field->type >= KH_TEXT && field->type <= KH_F32_ARRAY;
}

/* Bytes of an element of what it points to. */
static inline uint64_t kh_pointed_unit(const kh_field *field) {
    if (field->type == KH_I64_ARRAY || field->type == KH_F64_ARRAY) return 8;
    return field->type == KH_I32_ARRAY || field->type == KH_F32_ARRAY ? 4 : 1;
}

#endif
