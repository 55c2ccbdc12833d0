/* Finds the name of the function at a code address. dladdr knows exported functions only, and
 * kernels are static, so this reads the symbol table from the module's file.
 *
 * The file is copied with pread, not mapped: a file that shrinks under a mapping kills its
 * reader. The loaded image is not read either, because a shrunken file makes that just as
 * dangerous. */
#include "process/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#if UINTPTR_MAX == UINT64_MAX
#define NATIVE_CLASS ELFCLASS64
#else
#define NATIVE_CLASS ELFCLASS32
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_DATA ELFDATA2LSB
#else
#define NATIVE_DATA ELFDATA2MSB
#endif

/* A larger table is damaged. */
#define TABLE_LIMIT (UINT64_C(256) << 20)
/* Longer names (as in C++) are cut. */
enum { NAME_LIMIT = 200, TEXT_LIMIT = 512, CACHED = 8 };

/* A loaded module, as the dynamic loader knows it. */
typedef struct {
    uintptr_t bias;    /* address = bias + address in the file */
    uintptr_t first;   /* where its image, and the file's first bytes, are mapped */
    const char *path;  /* owned by the loader; empty: the program itself */
} module_place;

/* The symbol table of one file. Without symbols: count 0. */
typedef struct {
    ElfW(Sym) *symbols;
    size_t count;
    uint64_t symbols_size;
    char *names; /* ends with a NUL */
    size_t names_size;
} symbol_table;

static struct {
    uintptr_t bias;
    char name[256]; /* of its file, without folders; empty: nothing is cached */
    symbol_table table;
} last_module;

static struct {
    const void *address;
    char text[TEXT_LIMIT];
} cache[CACHED];
static size_t cached_count;

#ifdef DLFO_STRUCT_HAS_EH_DBASE /* glibc 2.35 */
static bool find_module(const void *address, module_place *place) {
    struct dl_find_object found;
    if (_dl_find_object((void *)(uintptr_t)address, &found) != 0) return false;
    *place = (module_place){found.dlfo_link_map->l_addr, (uintptr_t)found.dlfo_map_start,
                            found.dlfo_link_map->l_name};
    return true;
}
#else
static bool find_module(const void *address, module_place *place) {
    Dl_info info;
    struct link_map *map = NULL;
    if (dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) == 0 || map == NULL) return false;
    *place = (module_place){map->l_addr, (uintptr_t)info.dli_fbase, map->l_name};
    return true;
}
#endif

static bool read_at(int file, uint64_t offset, void *bytes, size_t size) {
    char *to = bytes;
    while (size > 0) {
        ssize_t got = pread(file, to, size, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false; /* the file is shorter */
        to += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return true;
}

static void drop_part(void *part, uint64_t size) {
    if (part != NULL) munmap(part, (size_t)size + 1);
}

/* Reads a part of the file into memory of its own, with a NUL after it. Returns NULL if the file
 * is shorter. Forks do not get this memory: the table of a large program would double the time
 * of each fork. */
static void *read_part(int file, uint64_t file_size, uint64_t offset, uint64_t size) {
    if (size == 0 || size > TABLE_LIMIT || offset > file_size || size > file_size - offset)
        return NULL;
    char *part = mmap(NULL, (size_t)size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
    if (part == MAP_FAILED) return NULL;
    madvise(part, (size_t)size + 1, MADV_DONTFORK);
    if (read_at(file, offset, part, (size_t)size)) return part;
    drop_part(part, size);
    return NULL;
}

/* Returns whether the path still has the loaded file. Another file there would give wrong names.
 * The system call reads the image, because it fails with EFAULT where a direct read would crash. */
static bool is_loaded_file(const ElfW(Ehdr) *head, uintptr_t image) {
    ElfW(Ehdr) loaded;
    struct iovec to = {&loaded, sizeof loaded}, from = {(void *)image, sizeof loaded};
    if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != (ssize_t)sizeof loaded)
        return true; /* there is no way to tell */
    return memcmp(&loaded, head, sizeof loaded) == 0;
}

static bool read_table(int file, uintptr_t image, symbol_table *table) {
    struct stat status;
    ElfW(Ehdr) head;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    uint64_t file_size = (uint64_t)status.st_size;
    if (!read_at(file, 0, &head, sizeof head)) return false;
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != NATIVE_CLASS ||
        head.e_ident[EI_DATA] != NATIVE_DATA || head.e_shentsize != sizeof(ElfW(Shdr)) ||
        !is_loaded_file(&head, image))
        return false;
    ElfW(Shdr) *sections = read_part(file, file_size, head.e_shoff,
                                     (uint64_t)head.e_shnum * sizeof(ElfW(Shdr)));
    if (sections == NULL) return false;
    const ElfW(Shdr) *chosen = NULL;
    for (size_t i = 0; i < head.e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB) chosen = &sections[i];
        if (sections[i].sh_type == SHT_DYNSYM && chosen == NULL) chosen = &sections[i];
    }
    if (chosen != NULL && chosen->sh_entsize == sizeof(ElfW(Sym)) &&
        chosen->sh_link < head.e_shnum && sections[chosen->sh_link].sh_type == SHT_STRTAB) {
        const ElfW(Shdr) *names = &sections[chosen->sh_link];
        table->symbols = read_part(file, file_size, chosen->sh_offset, chosen->sh_size);
        table->names = read_part(file, file_size, names->sh_offset, names->sh_size);
        table->symbols_size = chosen->sh_size;
        table->count = (size_t)(chosen->sh_size / sizeof(ElfW(Sym)));
        table->names_size = (size_t)names->sh_size;
    }
    drop_part(sections, (uint64_t)head.e_shnum * sizeof(ElfW(Shdr)));
    return table->symbols != NULL && table->names != NULL;
}

static void forget_table(symbol_table *table) {
    drop_part(table->symbols, table->symbols_size);
    drop_part(table->names, table->names_size);
    *table = (symbol_table){0};
}

static void forget_module(void) {
    forget_table(&last_module.table);
    memset(&last_module, 0, sizeof last_module);
}

void kh_symbol_forget(void) {
    forget_module();
    memset(cache, 0, sizeof cache);
    cached_count = 0;
}

/* Copies a text, with '?' for bytes that are not safe to print. */
static void copy_printable(char *to, size_t size, const char *from) {
    size_t i = 0;
    for (; i + 1 < size && from[i] != 0; i++)
        to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
    to[i] = 0;
}

/* A function of its own, so that the other path does not write to the pages of this stack frame. */
__attribute__((noinline)) static void remember_module(const module_place *place) {
    char own_path[4096];
    const char *path = place->path;
    forget_module();
    last_module.bias = place->bias;
    const char *shown = path;
    if (path[0] == 0) {
        path = "/proc/self/exe";
        ssize_t length = readlink(path, own_path, sizeof own_path - 1);
        own_path[length > 0 ? length : 0] = 0;
        shown = length > 0 ? own_path : path;
    }
    const char *slash = strrchr(shown, '/');
    copy_printable(last_module.name, sizeof last_module.name, slash != NULL ? slash + 1 : shown);
    /* The path may now have a pipe: opening it must not wait for a writer. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) return;
    if (!read_table(file, place->first, &last_module.table)) forget_table(&last_module.table);
    close(file);
}

/* Returns the function that contains [value], the innermost of several. */
static const ElfW(Sym) *find_symbol(const symbol_table *table, uintptr_t value) {
    const ElfW(Sym) *best = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const ElfW(Sym) *symbol = &table->symbols[i];
        if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF) continue;
        if (symbol->st_name >= table->names_size || table->names[symbol->st_name] == 0) continue;
        if (value < symbol->st_value || value - symbol->st_value >= symbol->st_size) continue;
        if (best == NULL || symbol->st_value > best->st_value) best = symbol;
    }
    return best;
}

static size_t give(const char *result, char *text, size_t size) {
    size_t length = strlen(result);
    if (size == 0) return 0;
    if (length >= size) length = size - 1;
    memcpy(text, result, length);
    text[length] = 0;
    return length;
}

size_t kh_symbol_text(const void *address, char *text, size_t size) {
    for (size_t i = 0; i < CACHED && i < cached_count; i++)
        if (cache[i].address == address) return give(cache[i].text, text, size);
    module_place place;
    if (!find_module(address, &place)) return give("", text, size);
    if (last_module.name[0] == 0 || last_module.bias != place.bias) remember_module(&place);

    char *result = cache[cached_count % CACHED].text;
    cache[cached_count++ % CACHED].address = address;
    uintptr_t value = (uintptr_t)address - place.bias;
    const ElfW(Sym) *symbol = find_symbol(&last_module.table, value);
    if (symbol == NULL) {
        snprintf(result, TEXT_LIMIT, "%s+0x%zx", last_module.name, (size_t)value);
    } else {
        char name[NAME_LIMIT + 1];
        copy_printable(name, sizeof name, last_module.table.names + symbol->st_name);
        snprintf(result, TEXT_LIMIT, "%s+0x%zx (%s)", name, (size_t)(value - symbol->st_value),
                 last_module.name);
    }
    return give(result, text, size);
}
