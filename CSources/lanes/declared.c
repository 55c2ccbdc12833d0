/* From the description of a function to a kernel that calls it. */
#include "functions.h"

#include "bindings.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a kernel is made of; it lives as long as the process. */
typedef struct built {
    kh_kernel kernel;
    const kh_kernel *entry;
    kh_thunk thunk;
    kh_field params[KH_MOST_PARAMETERS + 1], results[KH_MOST_PARAMETERS + 2];
    char *defaults;
    char *text; /* that all names are in */
} built;

/* The next line of a description, ended by a NUL; NULL: there is none. */
static char *next_line(char **at) {
    char *line = *at;
    if (line == NULL) return NULL;
    char *end = strchr(line, '\n');
    if (end != NULL) *end++ = 0;
    *at = end;
    return line;
}

static uint32_t field_type(const kh_parameter *at) {
    if (at->is_array) return kh_is_real(at->type) ? KH_F64_ARRAY : KH_I64_ARRAY;
    switch (at->type) {
    case 'T': return KH_TEXT;
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

static bool read_parameter(built *self, char *line, uint32_t *offset, int *params, int *results) {
    int index = self->thunk.parameter_count;
    kh_parameter *at = &self->thunk.parameters[index];
    char kind[4] = "";
    int count = -1, start = 0;
    if (index == KH_MOST_PARAMETERS || sscanf(line, "%3s %d %n", kind, &count, &start) != 2 ||
        strlen(kind) != 3 || count < -1 || count >= KH_MOST_PARAMETERS)
        return false;
    self->thunk.names[index] = line + start;
    self->thunk.parameter_count++;
    *at = (kh_parameter){.type = kind[0], .is_array = kind[1] == 'a', .is_written = kind[2] == 'w',
                      .count = count, .offset = *offset};
    if (at->is_array ? count < 0 : count == index) return !at->is_array; /* a count is no field */
    uint32_t type = field_type(at);
    *offset += type >= KH_TEXT ? 16 : 8;
    kh_field field = {.name = line + start, .type = type, .offset = at->offset, .doc = "",
                      .required = 1};
    self->params[(*params)++] = field;
    if (at->is_written) {
        field.required = 0;
        field.doc = "as the function left it";
        self->results[(*results)++] = field;
    }
    return true;
}

static void add_result(built *self, uint32_t offset, int *results) {
    self->thunk.result_offset = offset;
    if (self->thunk.result == 'v') return;
    kh_parameter like = {.type = self->thunk.result};
    self->results[(*results)++] = (kh_field){.name = "value", .type = field_type(&like),
                                             .offset = offset, .doc = "what it returned"};
}

/* Whether all arguments have a register. */
static bool fits_registers(const kh_thunk *self) {
    int words = 0, reals = 0;
    for (int i = 0; i < self->parameter_count; i++) {
        bool is_word = self->parameters[i].is_array || !kh_is_real(self->parameters[i].type);
        if (is_word) words++;
        else reals++;
    }
    return words <= KH_WORDS && reals <= KH_REALS;
}

/* What stands at an address: the symbol may be a dependency's, or no function. */
static enum kh_refusal check_symbol(void *handle, void *symbol, const char *library,
                                    kh_load_answer *answer) {
    struct link_map *map = NULL;
    Dl_info information;
    const ElfW(Sym) *entry = NULL;
    if (dladdr1(symbol, &information, (void **)&entry, RTLD_DL_SYMENT) == 0) return KH_LOAD_OK;
    (void)library;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map->l_name[0] != 0 &&
        strcmp(information.dli_fname, map->l_name) != 0) {
        snprintf(answer->other, sizeof answer->other, "%s", information.dli_fname);
        return KH_LOAD_ELSEWHERE;
    }
    if (entry != NULL && information.dli_saddr == symbol && (entry->st_info & 15) == STT_OBJECT)
        return KH_LOAD_NO_FUNCTION;
    return KH_LOAD_OK;
}

static enum kh_refusal bind(built *self, const char *library, const char *function,
                            kh_load_answer *answer) {
    kh_loaded_libraries before = kh_libraries_now();
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        snprintf(answer->text, sizeof answer->text, "%s", reason == NULL ? "" : reason);
        free(before.maps);
        return KH_LOAD_LINKER;
    }
    char said[sizeof answer->text];
    kh_bindings_check(handle, before, said, sizeof said);
    snprintf(answer->text, sizeof answer->text, "%s", function);
    self->thunk.function = dlsym(handle, function);
    if (self->thunk.function == NULL) return KH_LOAD_NO_SYMBOL;
    enum kh_refusal refusal = check_symbol(handle, self->thunk.function, library, answer);
    if (refusal == KH_LOAD_OK) snprintf(answer->text, sizeof answer->text, "%s", said);
    return refusal;
}

enum kh_refusal kh_functions_load(kh_kernels *kernels, const char *description,
                                  kh_load_answer *answer) {
    memset(answer, 0, sizeof *answer);
    built *self = calloc(1, sizeof *self);
    if (self == NULL || (self->text = strdup(description)) == NULL) {
        free(self);
        return KH_LOAD_LINKER;
    }
    char *at = self->text;
    const char *library = next_line(&at), *function = next_line(&at), *summary = next_line(&at);
    const char *result = next_line(&at);
    int params = 0, results = 0;
    uint32_t offset = sizeof(void *);
    bool is_sound = result != NULL && result[0] != 0;
    if (is_sound) self->thunk.result = result[0];
    for (char *line = next_line(&at); line != NULL && is_sound; line = next_line(&at))
        is_sound = read_parameter(self, line, &offset, &params, &results);
    snprintf(answer->text, sizeof answer->text, "%s", is_sound ? function : "");
    if (!is_sound || !KH_CAN_CALL || !fits_registers(&self->thunk)) {
        answer->found = self->thunk.parameter_count;
        return KH_LOAD_SIGNATURE;
    }
    add_result(self, offset, &results);
    uint64_t size = offset + 16;
    self->defaults = calloc(1, size);
    if (self->defaults == NULL) return KH_LOAD_LINKER;
    const kh_thunk *way = &self->thunk;
    memcpy(self->defaults, &way, sizeof way);
    enum kh_refusal refusal = bind(self, library, function, answer);
    if (refusal != KH_LOAD_OK) return refusal;
    self->kernel = (kh_kernel){.size = sizeof(kh_kernel), .state_align = 8, .state_size = size,
                               .name = function, .summary = summary, .flags = KH_PURE,
                               .params = self->params, .results = self->results,
                               .defaults = self->defaults, .step = kh_function_step};
    self->entry = &self->kernel;
    const kh_library list = {KH_MAGIC, KH_ABI_MAJOR, KH_ABI_MINOR, sizeof(kh_library),
                             sizeof(kh_kernel), sizeof(kh_field), sizeof(kh_error),
                             &self->entry, &self->entry + 1};
    return kh_kernels_add_library(kernels, &list, library, answer);
}
