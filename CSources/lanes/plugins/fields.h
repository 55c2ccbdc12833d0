/* What the types of fields mean for their bytes. */
#ifndef KH_FIELDS_H
#define KH_FIELDS_H

#include "kernel_host.h"

/* Returns the size of an element of what a pointer and a count point to, in bytes; 0: the field
 * lies in the state. */
static inline uint64_t kh_pointed_unit(const kh_field *field) {
    switch (field->type) {
#define KH_UNIT_(type, code, element) \
    case code: return sizeof(element);
        KH_POINTED_TYPES_(KH_UNIT_)
#undef KH_UNIT_
    default: return 0;
    }
}

/* Whether a field is a pointer and a count: what it points to lies outside the state. */
static inline bool kh_is_pointed(const kh_field *field) {
    return kh_pointed_unit(field) != 0;
}

#endif
