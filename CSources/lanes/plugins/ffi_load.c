/* Makes a kernel from the description of a function. */
#include "plugins/bindings.h"
#include "plugins/ffi.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parts of a kernel. They live as long as the process. */
typedef struct built {
    kh_kernel kernel;
    const kh_kernel *entry;
    kh_thunk thunk;
    kh_field params[KH_MOST_PARAMETERS + 1], results[KH_MOST_PARAMETERS + 2];
    char *defaults;
    char *text; /* the text that all names point into */
    uint32_t touches; /* see kh_loaded */
} built;

/* Returns the next line of a description, with a NUL at its end; NULL: absent. */
static char *next_line(char **at) {
    char *line = *at;
    if (line == NULL) return NULL;
    char *end = strchr(line, '\n');
    if (end != NULL) *end++ = 0;
    *at = end;
    return line;
}

static uint32_t field_type(const kh_parameter *at) {
    if (at->type == 'T' || at->type == 'E') return KH_TEXT;
    if (at->type == 'V') return KH_BYTES;
    if (kh_is_array(at)) return kh_is_real(at->type) ? KH_F64_ARRAY : KH_I64_ARRAY;
    switch (at->type) {
    case 'b': return KH_BOOL;
    case 'c': return KH_I8;
    case 's': return KH_I16;
    case 'i': return KH_I32;
    case 'C': return KH_U8;
    case 'S': return KH_U16;
    case 'I': return KH_U32;
    case 'L': return KH_U64;
    case 'f': return KH_F32;
    case 'd': return KH_F64;
    default: return KH_I64;
    }
}

/* Reads the constants after the name of an enumeration. */
static bool read_choices(kh_parameter *at, char *text) {
    int count = 0;
    for (const char *tab = strchr(text, '\t'); tab != NULL; tab = strchr(tab + 1, '\t')) count++;
    at->choices = calloc((size_t)count + 1, sizeof *at->choices);
    at->values = calloc((size_t)count + 1, sizeof *at->values);
    if (at->choices == NULL || at->values == NULL) return false;
    char *next = strchr(text, '\t');
    for (int i = 0; next != NULL; i++) {
        *next++ = 0;
        at->choices[i] = next;
        next = strchr(next, '\t');
        char *equal = strchr(at->choices[i], '=');
        if (equal == NULL || (next != NULL && equal > next)) return false;
        *equal = 0;
        at->values[i] = strtoll(equal + 1, NULL, 10);
    }
    return true;
}

static bool read_parameter(built *self, char *line, uint32_t *offset) {
    int index = self->thunk.parameter_count;
    kh_parameter *at = &self->thunk.parameters[index];
    char letters[4] = "";
    int number = -1, start = 0;
    if (index == KH_MOST_PARAMETERS || sscanf(line, "%3s %d %n", letters, &number, &start) != 2 ||
        strlen(letters) != 3 || number < -1)
        return false;
    *at = (kh_parameter){.type = letters[0], .kind = letters[1], .is_written = letters[2] == 'w',
                         .number = number, .offset = *offset};
    if (at->type == 'E' && !read_choices(at, line + start)) return false;
    bool is_counted = at->kind == KH_COUNTED || at->kind == KH_BY_CELL;
    if (is_counted && (number < 0 || number >= KH_MOST_PARAMETERS)) return false;
    self->thunk.names[index] = line + start;
    self->thunk.parameter_count++;
    uint32_t type = field_type(at);
    /* otherwise the arrays determine it */
    if (at->kind != KH_COUNT) *offset += type >= KH_TEXT ? 16 : 8;
    return true;
}

/* An array is optional if its count is optional and the function only writes to it. */
static bool is_required(const kh_thunk *self, const kh_parameter *at) {
    for (int i = 0; i < self->parameter_count && at->kind == KH_CELL; i++)
        if (self->parameters[i].kind == KH_BY_CELL &&
            &self->parameters[self->parameters[i].number] == at)
            return true; /* its room */
    if (at->kind == KH_CELL || at->kind == KH_OPTIONAL_COUNT) return false;
    if (!at->is_written || at->kind == KH_VALUE) return true;
    return at->kind == KH_COUNTED && (at->number >= self->parameter_count ||
                                      self->parameters[at->number].kind != KH_OPTIONAL_COUNT);
}

/* Lists the parameters and results of the kernel. Optional counts come last. */
static void add_fields(built *self, int *params, int *results) {
    for (int counts = 0; counts < 2; counts++)
        for (int i = 0; i < self->thunk.parameter_count; i++) {
            const kh_parameter *at = &self->thunk.parameters[i];
            bool is_count = at->kind == KH_OPTIONAL_COUNT;
            if (at->kind == KH_COUNT || is_count != (counts == 1)) continue;
            kh_field field = {.name = self->thunk.names[i], .type = field_type(at),
                              .offset = at->offset,
                              .doc = is_count ? "how many, where no array tells it" : "",
                              .choices = at->choices, .required = is_required(&self->thunk, at)};
            self->params[(*params)++] = field;
            if (!at->is_written || at->kind == KH_VALUE) continue;
            field.required = 0;
            field.doc = "as the function left it";
            self->results[(*results)++] = field;
        }
}

static void add_result(built *self, uint32_t offset, int *results) {
    self->thunk.result_offset = offset;
    if (self->thunk.result == 'v') return;
    kh_parameter like = {.type = self->thunk.result, .kind = KH_VALUE};
    self->results[(*results)++] = (kh_field){.name = "value", .type = field_type(&like),
                                             .offset = offset, .doc = "what it returned"};
}

/* Returns whether all arguments have a place. */
static bool fits_registers(const kh_thunk *self) {
    int words = 0, reals = 0;
    for (int i = 0; i < self->parameter_count; i++) {
        bool is_real = self->parameters[i].kind == KH_VALUE && kh_is_real(self->parameters[i].type);
        if (is_real) reals++;
        else words++;
    }
    return words <= KH_WORDS + KH_STACK_WORDS && reals <= KH_REALS;
}

/* Checks a symbol: it may be a dependency's, or not a function. */
static enum kh_refusal check_symbol(void *handle, void *symbol, const char *library,
                                    kh_load_result *report) {
    struct link_map *map = NULL;
    Dl_info information;
    const ElfW(Sym) *entry = NULL;
    if (dladdr1(symbol, &information, (void **)&entry, RTLD_DL_SYMENT) == 0) return KH_LOAD_OK;
    (void)library;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map->l_name[0] != 0 &&
        strcmp(information.dli_fname, map->l_name) != 0) {
        snprintf(report->other, sizeof report->other, "%s", information.dli_fname);
        return KH_LOAD_ELSEWHERE;
    }
    if (entry != NULL && information.dli_saddr == symbol && (entry->st_info & 15) == STT_OBJECT)
        return KH_LOAD_NO_FUNCTION;
    return KH_LOAD_OK;
}

/* Returns whether a library's initializers were called in this process. */
static bool *state_of(const char *library) {
    static struct library {
        struct library *next;
        char *name;
        bool is_initialized;
    } *all;
    for (struct library *at = all; at != NULL; at = at->next)
        if (strcmp(at->name, library) == 0) return &at->is_initialized;
    struct library *new = calloc(1, sizeof *new);
    if (new == NULL || (new->name = strdup(library)) == NULL) {
        free(new);
        return NULL;
    }
    new->next = all;
    all = new;
    return &new->is_initialized;
}

/* [list]: in the format of ffi.h. */
static enum kh_refusal bind_initializers(built *self, void *handle, const char *library, char *list,
                                         kh_load_result *report) {
    bool *is_done = state_of(library);
    char *rest = NULL;
    for (char *word = strtok_r(list, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        snprintf(report->text, sizeof report->text, "%s", word + 1);
        if (self->thunk.initializer_count == KH_MOST_INITIALIZERS || is_done == NULL)
            return KH_LOAD_SIGNATURE;
        void *function = dlsym(handle, word + 1);
        if (function == NULL) return KH_LOAD_NO_SYMBOL;
        enum kh_refusal refusal = check_symbol(handle, function, library, report);
        if (refusal != KH_LOAD_OK) return refusal;
        self->thunk.initializers[self->thunk.initializer_count++] =
            (kh_initializer){function, word + 1, word[0] == 'i', is_done};
    }
    return KH_LOAD_OK;
}

static enum kh_refusal bind(built *self, const char *library, const char *function,
                            char *initializers, kh_load_result *report) {
    kh_loaded_libraries before = kh_libraries_now();
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        snprintf(report->text, sizeof report->text, "%s", reason == NULL ? "" : reason);
        free(before.maps);
        return KH_LOAD_LINKER;
    }
    char said[sizeof report->text];
    kh_bindings_check(handle, before, said, sizeof said);
    snprintf(report->text, sizeof report->text, "%s", function);
    self->thunk.function = dlsym(handle, function);
    if (self->thunk.function == NULL) return KH_LOAD_NO_SYMBOL;
    enum kh_refusal refusal = check_symbol(handle, self->thunk.function, library, report);
    if (refusal == KH_LOAD_OK)
        refusal = bind_initializers(self, handle, library, initializers, report);
    if (refusal == KH_LOAD_OK) snprintf(report->text, sizeof report->text, "%s", said);
    self->touches = kh_bindings_touch(handle) | kh_bindings_touched_by(function);
    report->touches = self->touches;
    return refusal;
}

enum kh_refusal kh_ffi_load(kh_kernels *kernels, const char *description,
                                  kh_load_result *report) {
    memset(report, 0, sizeof *report);
    built *self = calloc(1, sizeof *self);
    if (self == NULL || (self->text = strdup(description)) == NULL) {
        free(self);
        return KH_LOAD_LINKER;
    }
    char *at = self->text;
    const char *library = next_line(&at), *function = next_line(&at), *name = next_line(&at);
    const char *summary = next_line(&at);
    char *initializers = next_line(&at);
    const char *result = next_line(&at);
    int params = 0, results = 0;
    uint32_t offset = sizeof(void *);
    bool is_sound = result != NULL && result[0] != 0;
    if (is_sound) {
        self->thunk.result = result[0];
        self->thunk.reports_errno = result[1] == 'e';
    }
    for (char *line = next_line(&at); line != NULL && is_sound; line = next_line(&at))
        is_sound = read_parameter(self, line, &offset);
    for (int i = 0; i < self->thunk.parameter_count && is_sound; i++) {
        const kh_parameter *one = &self->thunk.parameters[i];
        if (one->kind == KH_BY_CELL)
            is_sound = one->number < self->thunk.parameter_count &&
                       self->thunk.parameters[one->number].kind == KH_CELL;
    }
    snprintf(report->text, sizeof report->text, "%s", is_sound ? function : "");
    if (!is_sound || !KH_CAN_CALL || !fits_registers(&self->thunk)) {
        report->found = self->thunk.parameter_count;
        return KH_LOAD_SIGNATURE;
    }
    add_fields(self, &params, &results);
    add_result(self, offset, &results);
    uint64_t size = offset + 16;
    self->defaults = calloc(1, size);
    if (self->defaults == NULL) return KH_LOAD_LINKER;
    const kh_thunk *way = &self->thunk;
    memcpy(self->defaults, &way, sizeof way);
    enum kh_refusal refusal = bind(self, library, function, initializers, report);
    if (refusal != KH_LOAD_OK) return refusal;
    self->kernel = (kh_kernel){.size = sizeof(kh_kernel), .state_align = 8, .state_size = size,
                               .name = name, .summary = summary, .flags = KH_PURE,
                               .params = self->params, .results = self->results,
                               .defaults = self->defaults, .step = kh_ffi_step,
                               .abi_minor = KH_ABI_MINOR, .field_size = sizeof(kh_field),
                               .error_size = sizeof(kh_error)};
    self->entry = &self->kernel;
    const kh_library list = {KH_MAGIC, KH_ABI_MAJOR, KH_ABI_MINOR, sizeof(kh_library),
                             sizeof(kh_kernel), sizeof(kh_field), sizeof(kh_error),
                             &self->entry, &self->entry + 1};
    refusal = kh_kernels_add_library(kernels, &list, library, report);
    if (refusal == KH_LOAD_OK) kh_kernels_set_touches(kernels, library, self->touches);
    return refusal;
}
