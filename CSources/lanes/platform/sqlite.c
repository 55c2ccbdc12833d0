/* libsqlite3 by its stable C interface, without its header: no build depends on it. */
#include "include/kh_sqlite.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* SQLITE_TRANSIENT: the library copies the bytes. */
#define COPIED ((void (*)(void *))(intptr_t)-1)
#define SQLITE_DONE 101

static struct {
    int (*open)(const char *, void **);
    int (*close)(void *);
    int (*exec)(void *, const char *, void *, void *, char **);
    int (*prepare)(void *, const char *, int, void **, const char **);
    int (*bind_int64)(void *, int, int64_t);
    int (*bind_double)(void *, int, double);
    int (*bind_text)(void *, int, const char *, int, void (*)(void *));
    int (*bind_blob)(void *, int, const void *, int, void (*)(void *));
    int (*step)(void *);
    int (*reset)(void *);
    int (*clear)(void *);
    int (*finalize)(void *);
    unsigned char *(*serialize)(void *, const char *, int64_t *, unsigned);
    void (*free)(void *);
} library;
static const char *problem;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct kh_sqlite {
    void *database, *statement;
    unsigned char *file;
};

static void load(void) {
    void *handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        problem = "libsqlite3.so.0 cannot be loaded";
        return;
    }
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        {"sqlite3_open", &library.open},
        {"sqlite3_close", &library.close},
        {"sqlite3_exec", &library.exec},
        {"sqlite3_prepare_v2", &library.prepare},
        {"sqlite3_bind_int64", &library.bind_int64},
        {"sqlite3_bind_double", &library.bind_double},
        {"sqlite3_bind_text", &library.bind_text},
        {"sqlite3_bind_blob", &library.bind_blob},
        {"sqlite3_step", &library.step},
        {"sqlite3_reset", &library.reset},
        {"sqlite3_clear_bindings", &library.clear},
        {"sqlite3_finalize", &library.finalize},
        {"sqlite3_serialize", &library.serialize},
        {"sqlite3_free", &library.free},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        if (symbol == NULL) {
            problem = "libsqlite3.so.0 is too old: it has no sqlite3_serialize";
            return;
        }
        memcpy(symbols[i].place, &symbol, sizeof symbol);
    }
}

const char *kh_sqlite_missing(void) {
    pthread_once(&once, load);
    return problem;
}

kh_sqlite *kh_sqlite_begin(void) {
    if (kh_sqlite_missing() != NULL) return NULL;
    kh_sqlite *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    /* A database without a name is a file that SQLite removes: most of it is not in memory. */
    if (library.open("", &self->database) == 0) return self;
    kh_sqlite_end(self);
    return NULL;
}

void kh_sqlite_end(kh_sqlite *self) {
    if (self == NULL) return;
    library.finalize(self->statement);
    library.free(self->file);
    library.close(self->database);
    free(self);
}

int kh_sqlite_run(kh_sqlite *self, const char *sql) {
    return library.exec(self->database, sql, NULL, NULL, NULL);
}

int kh_sqlite_prepare(kh_sqlite *self, const char *sql) {
    library.finalize(self->statement);
    self->statement = NULL;
    return library.prepare(self->database, sql, -1, &self->statement, NULL);
}

void kh_sqlite_i64(kh_sqlite *self, int place, int64_t value) {
    library.bind_int64(self->statement, place, value);
}

void kh_sqlite_f64(kh_sqlite *self, int place, double value) {
    library.bind_double(self->statement, place, value);
}

void kh_sqlite_text(kh_sqlite *self, int place, const uint8_t *bytes, size_t count) {
    /* NULL would mean that there is no text. */
    library.bind_text(self->statement, place, count == 0 ? "" : (const char *)bytes, (int)count,
                      COPIED);
}

void kh_sqlite_blob(kh_sqlite *self, int place, const uint8_t *bytes, size_t count) {
    library.bind_blob(self->statement, place, count == 0 ? (const void *)"" : bytes, (int)count,
                      COPIED);
}

int kh_sqlite_step(kh_sqlite *self) {
    int code = library.step(self->statement);
    library.reset(self->statement);
    library.clear(self->statement);
    return code == SQLITE_DONE ? 0 : code;
}

const uint8_t *kh_sqlite_file(kh_sqlite *self, size_t *count) {
    int64_t size = 0;
    library.finalize(self->statement);
    self->statement = NULL;
    library.free(self->file);
    self->file = library.serialize(self->database, "main", &size, 0);
    *count = self->file == NULL ? 0 : (size_t)size;
    return self->file;
}
