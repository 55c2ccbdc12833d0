/* symbols_test LIBRARY STRIPPED FOLDER: names of functions in healthy modules,
 * and no harm from damaged ones. FOLDER must be empty. */
#include "process/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;

static void expect(int line, int holds, const char *what, const char *text) {
    if (holds) return;
    fprintf(stderr, "symbols_test.c:%d: expected %s, found \"%s\"\n", line, what, text);
    failures++;
}

static void expect_text(int line, const void *address, const char *wanted) {
    char text[256];
    size_t length = kh_symbol_text(address, text, sizeof text);
    expect(line, strcmp(text, wanted) == 0 && length == strlen(wanted), wanted, text);
}
#define EXPECT_TEXT(address, wanted) expect_text(__LINE__, address, wanted)

static void expect_start(int line, const void *address, const char *wanted) {
    char text[256];
    kh_symbol_text(address, text, sizeof text);
    expect(line, strncmp(text, wanted, strlen(wanted)) == 0, wanted, text);
}
#define EXPECT_START(address, wanted) expect_start(__LINE__, address, wanted)

static void *open_library(const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        fprintf(stderr, "symbols_test: %s\n", dlerror());
        exit(2);
    }
    return handle;
}

/* The address of the library's static function. */
static const char *hidden_inner(void *handle) {
    int (*(*accessor)(void))(int) = NULL;
    *(void **)&accessor = dlsym(handle, "hidden_inner_address");
    return (const char *)(uintptr_t)accessor();
}

__attribute__((noinline)) static int own_static(int number) {
    volatile int twice = number * 2;
    return twice;
}

static void test_healthy(const char *library, const char *stripped) {
    void *handle = open_library(library);
    const char *inner = hidden_inner(handle);
    const char *outer = dlsym(handle, "visible_outer");
    for (int round = 0; round < 2; round++) { /* read, then remembered */
        EXPECT_TEXT(inner, "hidden_inner+0x0 (libsymbols.so)");
        EXPECT_TEXT(inner + 3, "hidden_inner+0x3 (libsymbols.so)");
        EXPECT_TEXT(outer, "visible_outer+0x0 (libsymbols.so)");
        EXPECT_TEXT((const void *)(uintptr_t)own_static, "own_static+0x0 (symbols_test)");
        EXPECT_TEXT(dlsym(open_library("libc.so.6"), "qsort"), "qsort+0x0 (libc.so.6)");
    }
    handle = open_library(stripped);
    EXPECT_START(hidden_inner(handle), "libstripped.so+0x");
    EXPECT_TEXT(dlsym(handle, "visible_outer"), "visible_outer+0x0 (libstripped.so)");
    /* More addresses than answers are remembered. */
    for (int i = 0; i < 40; i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "hidden_inner+0x%x (libsymbols.so)", i % 20);
        EXPECT_TEXT(inner + i % 20, wanted);
    }
    char text[8] = "before";
    expect(__LINE__, kh_symbol_text(inner, text, 0) == 0 && text[0] == 'b', "no write", text);
    expect(__LINE__, kh_symbol_text(inner, text, 1) == 0 && text[0] == 0, "an empty text", text);
    expect(__LINE__, kh_symbol_text(inner, text, 6) == 5 && strcmp(text, "hidde") == 0, "hidde",
           text);
}

static void test_no_module(void) {
    char local = 0, *heap = malloc(64);
    EXPECT_TEXT(NULL, "");
    EXPECT_TEXT((const void *)(uintptr_t)1, "");
    EXPECT_TEXT((const void *)UINTPTR_MAX, "");
    EXPECT_TEXT(&local, "");
    EXPECT_TEXT(heap, "");
    free(heap);
}

/* A copy of the library that is loaded, and whose file is damaged then. */
typedef struct {
    char path[512];
    unsigned char *bytes; /* the file as it should be */
    size_t size;
    int file;
    const char *inner, *outer;
} patient;

static void write_bytes(const patient *copy, const void *bytes, size_t size) {
    if (ftruncate(copy->file, (off_t)size) != 0 ||
        pwrite(copy->file, bytes, size, 0) != (ssize_t)size)
        abort();
    kh_symbol_forget();
}

static void open_patient(patient *copy, const char *library, const char *folder) {
    int from = open(library, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (from < 0 || fstat(from, &status) != 0) abort();
    copy->size = (size_t)status.st_size;
    copy->bytes = malloc(copy->size);
    if (copy->bytes == NULL || read(from, copy->bytes, copy->size) != status.st_size) abort();
    close(from);
    snprintf(copy->path, sizeof copy->path, "%s/copy.so", folder);
    copy->file = open(copy->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    if (copy->file < 0) abort();
    write_bytes(copy, copy->bytes, copy->size);
    void *handle = open_library(copy->path);
    copy->inner = hidden_inner(handle);
    copy->outer = dlsym(handle, "visible_outer");
    EXPECT_TEXT(copy->inner, "hidden_inner+0x0 (copy.so)");
}

/* Whatever the file holds: one of these, or at least a text to print. */
static void expect_sane(int line, const patient *copy, int any_name) {
    char text[256];
    size_t length = kh_symbol_text(copy->inner, text, sizeof text);
    int sane = strlen(text) == length && strstr(text, "copy.so") != NULL;
    for (size_t i = 0; i < length; i++) sane = sane && text[i] >= ' ' && text[i] <= '~';
    if (!any_name)
        sane = sane && (strncmp(text, "copy.so+0x", 10) == 0 ||
                        strcmp(text, "hidden_inner+0x0 (copy.so)") == 0);
    expect(line, sane, "a sane text", text);
}

static void test_cut(const patient *copy, const char *unused) {
    (void)unused;
    for (size_t size = 0; size < copy->size; size += size < 128 ? 1 : 61) {
        write_bytes(copy, copy->bytes, size);
        expect_sane(__LINE__, copy, 0);
    }
    write_bytes(copy, copy->bytes, copy->size);
    EXPECT_TEXT(copy->inner, "hidden_inner+0x0 (copy.so)");
}

/* Every field of the section headers, and symbols, at its worst values. */
static void test_worst_values(const patient *copy, unsigned char *bytes) {
    static const uint64_t worst[] = {0,          1,         7,          0xffff, 0x7fffffff,
                                     0xffffffff, 1ull << 40, INT64_MAX, UINT64_MAX - 8, UINT64_MAX};
    ElfW(Ehdr) head;
    memcpy(&head, copy->bytes, sizeof head);
    size_t tables = (size_t)head.e_shnum * sizeof(ElfW(Shdr));
    for (size_t w = 0; w < sizeof worst / sizeof worst[0]; w++) {
        for (size_t at = 0; at + 8 <= sizeof head; at += 2) {
            memcpy(bytes, copy->bytes, copy->size);
            memcpy(bytes + at, &worst[w], at + 8 <= 24 ? 2 : 8);
            write_bytes(copy, bytes, copy->size);
            expect_sane(__LINE__, copy, 0);
        }
        for (size_t at = head.e_shoff; at + 8 <= head.e_shoff + tables; at += 8) {
            memcpy(bytes, copy->bytes, copy->size);
            memcpy(bytes + at, &worst[w], 8);
            write_bytes(copy, bytes, copy->size);
            expect_sane(__LINE__, copy, 1); /* another table may have other names */
        }
    }
}

static void test_random_damage(const patient *copy, unsigned char *bytes) {
    uint64_t random = 1;
    for (int round = 0; round < 3000; round++) {
        memcpy(bytes, copy->bytes, copy->size);
        /* The loader's own part stays whole; the tables stand in the last half. */
        for (int i = 0; i <= round % 64; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            bytes[copy->size / 2 + (random >> 33) % (copy->size - copy->size / 2)] =
                (unsigned char)(random >> 25);
        }
        write_bytes(copy, bytes, copy->size);
        expect_sane(__LINE__, copy, 1);
    }
}

static void test_names(const patient *copy, unsigned char *bytes) {
    memcpy(bytes, copy->bytes, copy->size);
    for (size_t i = 0; i + 12 < copy->size; i++)
        if (memcmp(bytes + i, "hidden_inner", 13) == 0)
            memcpy(bytes + i, "\033[31m\n\377den_i", 12);
    write_bytes(copy, bytes, copy->size);
    EXPECT_TEXT(copy->inner, "?[31m??den_i+0x0 (copy.so)");
}

/* The table of names ends in the middle of the one that is wanted. */
static void test_cut_name(const patient *copy, unsigned char *bytes) {
    ElfW(Ehdr) head;
    memcpy(bytes, copy->bytes, copy->size);
    memcpy(&head, bytes, sizeof head);
    for (size_t i = 0; i < head.e_shnum; i++) {
        unsigned char *place = bytes + head.e_shoff + i * sizeof(ElfW(Shdr));
        ElfW(Shdr) names;
        memcpy(&names, place, sizeof names);
        for (size_t at = 0; names.sh_type == SHT_STRTAB && at + 13 <= names.sh_size; at++)
            if (memcmp(bytes + names.sh_offset + at, "hidden_inner", 13) == 0)
                names.sh_size = at + 6;
        memcpy(place, &names, sizeof names);
    }
    write_bytes(copy, bytes, copy->size);
    EXPECT_TEXT(copy->inner, "hidden+0x0 (copy.so)");
}

static void test_other_files(const patient *copy, const char *stripped) {
    write_bytes(copy, copy->bytes, copy->size);
    /* Another library in its place: no name is better than a wrong one. */
    if (unlink(copy->path) != 0 || symlink(stripped, copy->path) != 0) abort();
    kh_symbol_forget();
    EXPECT_START(copy->inner, "copy.so+0x");
    EXPECT_START(copy->outer, "copy.so+0x"); /* that one exports it, too */
    if (unlink(copy->path) != 0 || mkfifo(copy->path, 0700) != 0) abort();
    kh_symbol_forget();
    EXPECT_START(copy->inner, "copy.so+0x"); /* and does not wait for a writer */
    if (unlink(copy->path) != 0) abort();
    kh_symbol_forget();
    EXPECT_START(copy->inner, "copy.so+0x");
}

static void test_damaged(const patient *copy, const char *stripped) {
    unsigned char *bytes = malloc(copy->size);
    if (bytes == NULL) abort();
    test_worst_values(copy, bytes);
    test_random_damage(copy, bytes);
    test_names(copy, bytes);
    test_cut_name(copy, bytes);
    test_other_files(copy, stripped);
    free(bytes);
}

/* The damage reaches the loaded image, too, and a cut even its data: done in a
 * process that ends without running anything of it. */
static void in_child(void (*tests)(const patient *, const char *), char **arguments) {
    pid_t child = fork();
    if (child == 0) {
        patient copy;
        open_patient(&copy, arguments[1], arguments[3]);
        tests(&copy, arguments[2]);
        unlink(copy.path);
        _exit(failures == 0 ? 0 : 1);
    }
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "symbols_test: a process with a damaged file ended with %d\n", status);
        failures++;
    }
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    test_healthy(arguments[1], arguments[2]);
    test_no_module();
    kh_symbol_forget();
    test_no_module();
    in_child(test_damaged, arguments);
    in_child(test_cut, arguments);
    kh_symbol_forget();
    if (failures == 0) printf("symbols: all as expected (%d)\n", own_static(21));
    return failures == 0 ? 0 : 1;
}
