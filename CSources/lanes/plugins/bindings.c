/* Finds names that the dynamic loader has bound to another library.
 *
 * A call of a library's own function `step` goes to libc's `step`, unless the library was linked
 * with -Bsymbolic. The first library with a name serves the whole process. A library is loaded
 * once for each name, even if a second user's run path names another file. Both give wrong
 * numbers silently, so this compares what the loader has written. */
#include "plugins/bindings.h"

#include "platform/platform.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#if defined(__x86_64__)
#define IS_ADDRESS(type) \
    ((type) == R_X86_64_64 || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_JUMP_SLOT)
#elif defined(__aarch64__)
#define IS_ADDRESS(type) \
    ((type) == R_AARCH64_ABS64 || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_JUMP_SLOT)
#else
#define IS_ADDRESS(type) ((void)(type), false)
#endif

enum { MOST_NAMED = 24, PATH_LIMIT = 1024 };

static const void *address_of(const struct link_map *map, ElfW(Addr) value) {
    /* Most loaders have written the address there. Some leave the address in the file. */
    return (const void *)(value < map->l_addr ? value + map->l_addr : value);
}

kh_dynamic kh_read_dynamic(const struct link_map *map) {
    kh_dynamic self = {0};
    const ElfW(Dyn) *run_path = NULL, *own_name = NULL;
    for (const ElfW(Dyn) *at = map->l_ld; at != NULL && at->d_tag != DT_NULL; at++) {
        switch (at->d_tag) {
        case DT_SYMTAB: self.symbols = address_of(map, at->d_un.d_ptr); break;
        case DT_STRTAB: self.names = address_of(map, at->d_un.d_ptr); break;
        case DT_RELA: self.tables[0] = address_of(map, at->d_un.d_ptr); break;
        case DT_RELASZ: self.sizes[0] = at->d_un.d_val; break;
        case DT_JMPREL: self.tables[1] = address_of(map, at->d_un.d_ptr); break;
        case DT_PLTRELSZ: self.sizes[1] = at->d_un.d_val; break;
        case DT_SONAME: own_name = at; break;
        case DT_RUNPATH:
            run_path = at;
            self.is_old_run_path = false;
            break;
        case DT_RPATH:
            if (run_path == NULL) {
                run_path = at;
                self.is_old_run_path = true;
            }
            break;
        default: break;
        }
    }
    if (self.names != NULL && own_name != NULL) self.own_name = self.names + own_name->d_un.d_val;
    if (self.names != NULL && run_path != NULL) self.run_path = self.names + run_path->d_un.d_val;
    return self;
}

/* Appends a whole line, or nothing. */
static void say(char *text, size_t size, char kind, const char *name, const char *path,
                const char *other) {
    size_t length = strlen(text);
    int written = snprintf(text + length, size - length, "%s%c%s\t%s%s%s",
                           length == 0 ? "" : "\n", kind, name, path, other == NULL ? "" : "\t",
                           other == NULL ? "" : other);
    if (written < 0 || (size_t)written >= size - length) text[length] = 0;
}

/* ------------------------------------------------------------ libraries --- */

static struct link_map *first_map(void) {
    struct link_map *map = NULL;
    void *handle = dlopen(NULL, RTLD_NOW);
    if (handle != NULL && dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) map = NULL;
    while (map != NULL && map->l_prev != NULL) map = map->l_prev;
    return map;
}

kh_loaded_libraries kh_libraries_now(void) {
    kh_loaded_libraries now = {NULL, 0};
    size_t count = 0;
    for (struct link_map *map = first_map(); map != NULL; map = map->l_next) count++;
    now.maps = calloc(count + 1, sizeof *now.maps);
    if (now.maps == NULL) return now;
    for (struct link_map *map = first_map(); map != NULL && now.count < count; map = map->l_next)
        now.maps[now.count++] = map;
    return now;
}

static bool contains(const kh_loaded_libraries *list, const void *map) {
    for (size_t i = 0; i < list->count; i++)
        if (list->maps[i] == map) return true;
    return false;
}

/* ---------------------------------------------------------------- names --- */

/* Libraries that were checked: the plugins. */
static kh_loaded_libraries checked;

static void check_table(const struct link_map *map, const kh_dynamic *self, int table, int *named,
                        char *text, size_t size) {
    const ElfW(Rela) *at = self->tables[table];
    size_t count = at == NULL ? 0 : self->sizes[table] / sizeof *at;
    for (size_t i = 0; i < count && *named < MOST_NAMED; i++) {
        if (!IS_ADDRESS(ELF64_R_TYPE(at[i].r_info))) continue;
        const ElfW(Sym) *symbol = &self->symbols[ELF64_R_SYM(at[i].r_info)];
        int type = symbol->st_info & 15, binding = symbol->st_info >> 4;
        if (symbol->st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_OBJECT)) continue;
        uintptr_t found, own = map->l_addr + symbol->st_value;
        memcpy(&found, (const void *)(map->l_addr + at[i].r_offset), sizeof found);
        if (found == own || found == own + (uintptr_t)at[i].r_addend) continue;
        Dl_info information;
        struct link_map *other = NULL;
        if (dladdr1((const void *)found, &information, (void **)&other, RTLD_DL_LINKMAP) == 0 ||
            other == NULL || other == map)
            continue;
        /* A function that C++ emits in each library is the same everywhere, but its static
         * variables may be another plugin's. */
        if (binding != STB_GLOBAL && !contains(&checked, other)) continue;
        const char *name = self->names + symbol->st_name;
        char start[PATH_LIMIT], kind = binding == STB_GLOBAL ? '=' : '+';
        snprintf(start, sizeof start, "%c%s\t", kind, name);
        if (strstr(text, start) != NULL) continue;
        say(text, size, kind, name, other->l_name[0] == 0 ? "the host" : other->l_name, NULL);
        ++*named;
    }
}

/* ------------------------------------------------------- private libraries --- */

static bool same_file(const char *a, const char *b) {
    struct stat one, two;
    return stat(a, &one) == 0 && stat(b, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino;
}

/* Finds the first file of a name in folders separated by colons. $ORIGIN is the folder of [map]. */
static bool find_file(const char *folders, const char *name, const struct link_map *map,
                      char path[PATH_LIMIT]) {
    const char *slash = strrchr(map->l_name, '/');
    int origin = slash == NULL ? 0 : (int)(slash - map->l_name);
    while (folders != NULL && folders[0] != 0) {
        size_t length = strcspn(folders, ":");
        char folder[PATH_LIMIT];
        snprintf(folder, sizeof folder, "%.*s", (int)length, folders);
        const char *rest = folder;
        bool is_origin = strncmp(rest, "$ORIGIN", 7) == 0 || strncmp(rest, "${ORIGIN}", 9) == 0;
        if (is_origin) rest += rest[1] == '{' ? 9 : 7;
        int written = snprintf(path, PATH_LIMIT, "%.*s%s/%s", is_origin ? origin : 0, map->l_name,
                               rest, name);
        struct stat file;
        if (written > 0 && written < PATH_LIMIT && stat(path, &file) == 0) return true;
        folders += length + (folders[length] == ':');
    }
    return false;
}

const struct link_map *kh_find_loaded(const char *name) {
    for (struct link_map *map = first_map(); map != NULL; map = map->l_next) {
        const char *slash = strrchr(map->l_name, '/');
        kh_dynamic self = kh_read_dynamic(map);
        if ((self.own_name != NULL && strcmp(self.own_name, name) == 0) ||
            strcmp(slash == NULL ? map->l_name : slash + 1, name) == 0)
            return map;
    }
    return NULL;
}

static void check_needed(const struct link_map *map, const kh_loaded_libraries *before, char *text,
                         size_t size) {
    kh_dynamic self = kh_read_dynamic(map);
    if (self.run_path == NULL) return;
    for (const ElfW(Dyn) *at = map->l_ld; at->d_tag != DT_NULL; at++) {
        if (at->d_tag != DT_NEEDED) continue;
        const char *name = self.names + at->d_un.d_val;
        char wanted[PATH_LIMIT];
        if (strchr(name, '/') != NULL) continue;
        if (!self.is_old_run_path && find_file(getenv("LD_LIBRARY_PATH"), name, map, wanted))
            continue;
        if (!find_file(self.run_path, name, map, wanted)) continue;
        const struct link_map *loaded = kh_find_loaded(name);
        if (loaded != NULL && contains(before, loaded) && !same_file(loaded->l_name, wanted))
            say(text, size, '/', name, wanted, loaded->l_name);
    }
}

void kh_bindings_check(void *handle, kh_loaded_libraries before, char *text, size_t size) {
    struct link_map *map = NULL;
    text[0] = 0;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && before.maps != NULL &&
        !contains(&checked, map)) {
        int named = 0;
        say(text, size, '@', map->l_name, "", NULL);
        kh_dynamic self = kh_read_dynamic(map);
        for (int table = 0; table < 2 && self.symbols != NULL && self.names != NULL; table++)
            check_table(map, &self, table, &named, text, size);
        check_needed(map, &before, text, size);
        for (struct link_map *at = first_map(); at != NULL; at = at->l_next)
            if (at != map && !contains(&before, at)) check_needed(at, &before, text, size);
        const void **grown = realloc(checked.maps, (checked.count + 1) * sizeof *grown);
        if (grown != NULL) {
            checked.maps = grown;
            checked.maps[checked.count++] = map;
        }
    }
    free(before.maps);
}
