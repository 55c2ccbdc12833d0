/* Encodes the descriptors of kernels as bytes without addresses. They are written where the
 * libraries are loaded, and read elsewhere.
 *
 *   number  8 bytes
 *   text, bytes  a number and that many bytes
 *   list    a number and that many entries
 *   library  list of kernels
 *   kernel  origin, name, summary, flags, state size, alignment, has a step, defaults,
 *           parameters, results, errors
 *   field   name, type, offset, doc, has a unit, unit, low, high, has a range, required,
 *           given, flags, list of choices, what the default points to
 *   error   name, text, code */
#include "plugins/fields.h"
#include "plugins/loader.h"

#include <string.h>

typedef struct writer {
    char *buffer;
    size_t size, length; /* length: what all would take, with an unlimited buffer */
} writer;

static void put(writer *self, const void *bytes, size_t length) {
    if (self->length <= self->size && length <= self->size - self->length && length > 0)
        memcpy(self->buffer + self->length, bytes, length);
    self->length += length;
}

static void put_number(writer *self, uint64_t number) {
    put(self, &number, sizeof number);
}

static void put_real(writer *self, double number) {
    put(self, &number, sizeof number);
}

static void put_bytes(writer *self, const void *bytes, size_t length) {
    put_number(self, length);
    put(self, bytes, length);
}

static void put_text(writer *self, const char *text) {
    put_bytes(self, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

/* Writes the bytes that a default points to, if it is a pointer and a count. */
static void put_default(writer *self, const kh_kernel *kernel, const kh_field *field) {
    struct {
        const void *data;
        uint64_t count;
    } value = {NULL, 0};
    if (kh_is_pointed(field) && kernel->defaults != NULL && kernel->state_size >= sizeof value &&
        field->offset <= kernel->state_size - sizeof value)
        memcpy(&value, (const char *)kernel->defaults + field->offset, sizeof value);
    bool is_sound = value.data != NULL && value.count < (UINT64_C(1) << 32);
    put_bytes(self, value.data, is_sound ? value.count * kh_pointed_unit(field) : 0);
}

static void put_fields(writer *self, const kh_kernel *kernel, const kh_field *list) {
    uint64_t count = 0;
    while (list != NULL && list[count].name != NULL) count++;
    put_number(self, count);
    for (uint64_t i = 0; i < count; i++) {
        const kh_field *field = &list[i];
        put_text(self, field->name);
        put_number(self, field->type);
        put_number(self, field->offset);
        put_text(self, field->doc);
        put_number(self, field->unit != NULL);
        put_text(self, field->unit);
        put_real(self, field->range.low);
        put_real(self, field->range.high);
        put_number(self, field->range.set);
        put_number(self, field->required);
        put_number(self, field->given);
        put_number(self, field->flags);
        uint64_t choices = 0;
        while (field->choices != NULL && field->choices[choices] != NULL) choices++;
        put_number(self, choices);
        for (uint64_t k = 0; k < choices; k++) put_text(self, field->choices[k]);
        put_default(self, kernel, field);
    }
}

/* Returns whether a parameter is a text without a default. */
static bool is_bare_text(const kh_kernel *kernel, const kh_field *field) {
    const char *data = NULL;
    if (field->type != KH_TEXT || kernel->state_size < sizeof(kh_text) ||
        field->offset > kernel->state_size - sizeof(kh_text))
        return false;
    if (kernel->defaults != NULL)
        memcpy(&data, (const char *)kernel->defaults + field->offset, sizeof data);
    return data == NULL;
}

/* Writes the state that a call begins with. A text parameter is never NULL: without a default it
 * is the empty text. That text is in this process and in each fork of it. */
static void put_defaults(writer *self, const kh_kernel *kernel) {
    static const char *const empty = "";
    static const char zeroes[64];
    const kh_field *field = kernel->params;
    /* A larger state will be refused: do not read it. */
    bool is_sound = kernel->state_size <= KH_LARGEST_STATE;
    bool has_defaults = kernel->defaults != NULL;
    for (; !has_defaults && field != NULL && field->name != NULL; field++)
        has_defaults = is_bare_text(kernel, field);
    if (!is_sound || !has_defaults) {
        put_number(self, 0);
        return;
    }
    put_number(self, kernel->state_size);
    size_t start = self->length;
    if (kernel->defaults != NULL) put(self, kernel->defaults, kernel->state_size);
    for (uint64_t left = kernel->defaults == NULL ? kernel->state_size : 0; left > 0;) {
        size_t part = left < sizeof zeroes ? left : sizeof zeroes;
        put(self, zeroes, part);
        left -= part;
    }
    if (self->length > self->size) return; /* only the length is wanted */
    for (field = kernel->params; field != NULL && field->name != NULL; field++)
        if (is_bare_text(kernel, field))
            memcpy(self->buffer + start + field->offset, &empty, sizeof empty);
}

static void put_kernel(writer *self, const kh_loaded *loaded) {
    const kh_kernel *kernel = &loaded->kernel;
    put_text(self, loaded->origin);
    put_text(self, kernel->name);
    put_text(self, kernel->summary);
    put_number(self, kernel->flags);
    put_number(self, kernel->state_size);
    put_number(self, kernel->state_align);
    put_number(self, kernel->step != NULL);
    put_defaults(self, kernel);
    put_fields(self, kernel, kernel->params);
    put_fields(self, kernel, kernel->results);
    uint64_t errors = 0;
    while (kernel->errors != NULL && kernel->errors[errors].name != NULL) errors++;
    put_number(self, errors);
    for (uint64_t i = 0; i < errors; i++) {
        put_text(self, kernel->errors[i].name);
        put_text(self, kernel->errors[i].text);
        put_number(self, (uint64_t)(int64_t)kernel->errors[i].code);
    }
}

size_t kh_kernels_encode(const kh_kernels *kernels, void *buffer, size_t size) {
    writer self = {buffer, size, 0};
    put_number(&self, kernels->count);
    for (uint32_t i = 0; i < kernels->count; i++) put_kernel(&self, kernels->list[i]);
    return self.length;
}
