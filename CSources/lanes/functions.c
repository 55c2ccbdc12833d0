/* Functions of libraries that know nothing of kernels, as kernels: from what the manifest
 * says of their parameters. No code is generated: a call fills all registers that hold
 * arguments, the whole numbers and addresses in one kind, the floating point numbers in the
 * other, each in its own order. That is how x86-64 (System V ABI 1.0, 3.2.3) and arm64
 * (AAPCS64, 6.8.2) pass them as long as there are registers for all. */
#include "functions.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
enum { KH_WORDS = 6, KH_REALS = 8 };
#define KH_CAN_CALL 1
#elif defined(__aarch64__)
enum { KH_WORDS = 8, KH_REALS = 8 };
#define KH_CAN_CALL 1
#else
enum { KH_WORDS = 6, KH_REALS = 8 };
#define KH_CAN_CALL 0
#endif

/* The parameters of C are at most as many as there are registers. */
enum { KH_MOST_PARAMETERS = KH_WORDS + KH_REALS };

/* A parameter of the function. */
typedef struct parameter {
    char type;       /* as in the description */
    bool is_array, is_written;
    int count;       /* of an array: the parameter that has its count; of a count: itself */
    uint32_t offset; /* in the state; a count has none */
} parameter;

/* What a state begins with: the way to its function. */
typedef struct thunk {
    void *function;
    char result;
    uint32_t result_offset;
    int parameter_count;
    parameter parameters[KH_MOST_PARAMETERS];
    const char *names[KH_MOST_PARAMETERS];
} thunk;

typedef struct counted {
    void *data;
    uint64_t count;
} counted;

/* The size of a C type. */
static size_t size_of(char type) {
    switch (type) {
    case 'c': case 'C': case 'b': return 1;
    case 's': case 'S': return 2;
    case 'i': case 'I': case 'f': return 4;
    default: return 8;
    }
}

static bool is_real(char type) {
    return type == 'f' || type == 'd';
}

/* An array whose elements are what the arena has: the function gets them as they lie. */
static bool is_plain(char type) {
    return type == 'd' || type == 'l' || type == 'L';
}

/* A double whose low bytes are the float's: what a register holds of it. */
static double float_bits(float value) {
    double bits = 0;
    memcpy(&bits, &value, sizeof value);
    return bits;
}

/* Elements from what the arena has (i64, f64) to the function's type, or back. */
static void convert(char type, char *theirs, char *ours, uint64_t count, bool back) {
    size_t size = size_of(type);
    for (uint64_t i = 0; i < count; i++, theirs += size, ours += 8) {
        if (type == 'f') {
            float narrow;
            double wide;
            memcpy(&wide, ours, 8);
            memcpy(&narrow, theirs, 4);
            if (back) wide = (double)narrow;
            else narrow = (float)wide;
            if (back) memcpy(ours, &wide, 8);
            else memcpy(theirs, &narrow, 4);
            continue;
        }
        int64_t wide = 0;
        if (!back) {
            /* Little-endian: the low bytes come first. */
            memcpy(theirs, ours, size);
            continue;
        }
        memcpy(&wide, theirs, size);
        int shift = 64 - 8 * (int)size;
        bool has_sign = type == 'c' || type == 's' || type == 'i';
        wide = has_sign ? (int64_t)((uint64_t)wide << shift) >> shift : wide;
        memcpy(ours, &wide, 8);
    }
}

/* The first element of an array that the function's type cannot hold; -1: none. */
static int64_t misfit(char type, const char *ours, uint64_t count) {
    if (type == 'f' || is_plain(type)) return -1;
    int bits = 8 * (int)size_of(type);
    bool has_sign = type == 'c' || type == 's' || type == 'i';
    int64_t low = has_sign ? -(INT64_C(1) << (bits - 1)) : 0;
    int64_t high = has_sign ? (INT64_C(1) << (bits - 1)) - 1 : (INT64_C(1) << bits) - 1;
    for (uint64_t i = 0; i < count; i++) {
        int64_t value;
        memcpy(&value, ours + 8 * i, 8);
        if (value < low || value > high) return (int64_t)i;
    }
    return -1;
}

/* Registers as they will be. */
typedef struct registers {
    int64_t words[8];
    double reals[KH_REALS];
    int word_count, real_count;
    int64_t counts[KH_MOST_PARAMETERS]; /* by parameter; -1: not known yet */
    char *copies[KH_MOST_PARAMETERS];   /* of arrays; NULL: as they lie */
} registers;

static int take_array(kh_call *call, const thunk *self, int index, char *state, registers *regs) {
    const parameter *array = &self->parameters[index];
    counted value;
    memcpy(&value, state + array->offset, sizeof value);
    int64_t *count = &regs->counts[array->count];
    if (*count >= 0 && (uint64_t)*count != value.count)
        return kh_fail(call, -EINVAL, "%s has %llu elements, the array before it %lld; %s counts both",
                       self->names[index], (unsigned long long)value.count, (long long)*count,
                       self->names[array->count]);
    *count = (int64_t)value.count;
    int64_t wrong = misfit(array->type, value.data, value.count);
    if (wrong >= 0)
        return kh_fail(call, -ERANGE, "element %lld of %s does not fit its type", (long long)wrong,
                       self->names[index]);
    if (is_plain(array->type)) {
        regs->words[regs->word_count++] = (int64_t)(uintptr_t)value.data;
        return 0;
    }
    char *copy = kh_alloc(call, (size_t)value.count * size_of(array->type) + 1);
    if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for %s", self->names[index]);
    convert(array->type, copy, value.data, value.count, false);
    regs->copies[index] = copy;
    regs->words[regs->word_count++] = (int64_t)(uintptr_t)copy;
    return 0;
}

static int take_arguments(kh_call *call, const thunk *self, char *state, registers *regs) {
    for (int i = 0; i < self->parameter_count; i++) {
        const parameter *at = &self->parameters[i];
        if (at->is_array) {
            int answer = take_array(call, self, i, state, regs);
            if (answer < 0) return answer;
        } else if (at->count == i) {
            regs->word_count++; /* set when all arrays are known */
        } else if (at->type == 'T') {
            counted text;
            memcpy(&text, state + at->offset, sizeof text);
            if (memchr(text.data, 0, text.count) != NULL)
                return kh_fail(call, -EINVAL, "%s has a NUL character in it, where a text of C ends",
                               self->names[i]);
            regs->words[regs->word_count++] = (int64_t)(uintptr_t)text.data;
        } else if (at->type == 'f') {
            float value;
            memcpy(&value, state + at->offset, sizeof value);
            regs->reals[regs->real_count++] = float_bits(value);
        } else if (at->type == 'd') {
            memcpy(&regs->reals[regs->real_count++], state + at->offset, 8);
        } else {
            int64_t *word = &regs->words[regs->word_count++];
            convert(at->type, state + at->offset, (char *)word, 1, true);
        }
    }
    int word = 0;
    for (int i = 0; i < self->parameter_count; i++) {
        const parameter *at = &self->parameters[i];
        if (!at->is_array && at->count == i) regs->words[word] = regs->counts[i];
        if (at->is_array || !is_real(at->type)) word++;
    }
    return 0;
}

#define WORDS int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#if defined(__aarch64__)
#define MORE_WORDS , int64_t, int64_t
#define MORE(r) , (r)->words[6], (r)->words[7]
#else
#define MORE_WORDS
#define MORE(r)
#endif
#define REALS double, double, double, double, double, double, double, double
#define FILLED(r)                                                                                  \
    (r)->words[0], (r)->words[1], (r)->words[2], (r)->words[3], (r)->words[4],                     \
        (r)->words[5] MORE(r), (r)->reals[0], (r)->reals[1], (r)->reals[2], (r)->reals[3],         \
        (r)->reals[4], (r)->reals[5], (r)->reals[6], (r)->reals[7]

static int give_text(kh_call *call, char *state, uint32_t offset, const char *text) {
    if (text == NULL) return kh_fail(call, -ENODATA, "the function returned NULL");
    size_t length = strlen(text);
    char *copy = kh_alloc(call, length + 1);
    if (copy == NULL) return kh_fail(call, -ENOMEM, "no memory for the text returned");
    memcpy(copy, text, length);
    counted value = {copy, length};
    memcpy(state + offset, &value, sizeof value);
    return 0;
}

/* The function's own answer into the state. */
static int call_function(kh_call *call, const thunk *self, char *state, const registers *regs) {
    char *out = state + self->result_offset;
    if (self->result == 'd') {
        double (*function)(WORDS MORE_WORDS, REALS);
        memcpy(&function, &self->function, sizeof function);
        double value = function(FILLED(regs));
        memcpy(out, &value, sizeof value);
        return 0;
    }
    if (self->result == 'f') {
        float (*function)(WORDS MORE_WORDS, REALS);
        memcpy(&function, &self->function, sizeof function);
        float value = function(FILLED(regs));
        memcpy(out, &value, sizeof value);
        return 0;
    }
    int64_t (*function)(WORDS MORE_WORDS, REALS);
    memcpy(&function, &self->function, sizeof function);
    int64_t value = function(FILLED(regs));
    if (self->result == 'v') return 0;
    if (self->result == 'T')
        return give_text(call, state, self->result_offset, (const char *)(uintptr_t)value);
    if (self->result == 'b') value = (value & 0xff) != 0;
    memcpy(out, &value, size_of(self->result)); /* above them a register holds anything */
    return 0;
}

static int function_step(kh_call *call, void *memory) {
    char *state = memory;
    const thunk *self;
    memcpy(&self, state, sizeof self);
    registers regs = {.words = {0}};
    for (int i = 0; i < KH_MOST_PARAMETERS; i++) regs.counts[i] = -1;
    int answer = take_arguments(call, self, state, &regs);
    if (answer >= 0) answer = call_function(call, self, state, &regs);
    if (answer < 0) return answer;
    for (int i = 0; i < self->parameter_count; i++) {
        const parameter *at = &self->parameters[i];
        if (!at->is_array || !at->is_written || regs.copies[i] == NULL) continue;
        counted value;
        memcpy(&value, state + at->offset, sizeof value);
        convert(at->type, regs.copies[i], value.data, value.count, true);
    }
    return KH_DONE;
}

/* -------------------------------------------------------------- building --- */

/* What a kernel is made of; it lives as long as the process. */
typedef struct built {
    kh_kernel kernel;
    const kh_kernel *entry;
    thunk thunk;
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

static uint32_t field_type(const parameter *at) {
    if (at->is_array) return is_real(at->type) ? KH_F64_ARRAY : KH_I64_ARRAY;
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
    parameter *at = &self->thunk.parameters[index];
    char kind[4] = "";
    int count = -1, start = 0;
    if (index == KH_MOST_PARAMETERS || sscanf(line, "%3s %d %n", kind, &count, &start) != 2 ||
        strlen(kind) != 3 || count < -1 || count >= KH_MOST_PARAMETERS)
        return false;
    self->thunk.names[index] = line + start;
    self->thunk.parameter_count++;
    *at = (parameter){.type = kind[0], .is_array = kind[1] == 'a', .is_written = kind[2] == 'w',
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
    parameter like = {.type = self->thunk.result};
    self->results[(*results)++] = (kh_field){.name = "value", .type = field_type(&like),
                                             .offset = offset, .doc = "what it returned"};
}

/* Whether all arguments have a register. */
static bool fits_registers(const thunk *self) {
    int words = 0, reals = 0;
    for (int i = 0; i < self->parameter_count; i++) {
        bool is_word = self->parameters[i].is_array || !is_real(self->parameters[i].type);
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
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        snprintf(answer->text, sizeof answer->text, "%s", reason == NULL ? "" : reason);
        return KH_LOAD_LINKER;
    }
    snprintf(answer->text, sizeof answer->text, "%s", function);
    self->thunk.function = dlsym(handle, function);
    if (self->thunk.function == NULL) return KH_LOAD_NO_SYMBOL;
    return check_symbol(handle, self->thunk.function, library, answer);
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
    const thunk *way = &self->thunk;
    memcpy(self->defaults, &way, sizeof way);
    enum kh_refusal refusal = bind(self, library, function, answer);
    if (refusal != KH_LOAD_OK) return refusal;
    self->kernel = (kh_kernel){.size = sizeof(kh_kernel), .state_align = 8, .state_size = size,
                               .name = function, .summary = summary, .flags = KH_PURE,
                               .params = self->params, .results = self->results,
                               .defaults = self->defaults, .step = function_step};
    self->entry = &self->kernel;
    const kh_library list = {KH_MAGIC, KH_ABI_MAJOR, KH_ABI_MINOR, sizeof(kh_library),
                             sizeof(kh_kernel), sizeof(kh_field), sizeof(kh_error),
                             &self->entry, &self->entry + 1};
    return kh_kernels_add_library(kernels, &list, library, answer);
}
