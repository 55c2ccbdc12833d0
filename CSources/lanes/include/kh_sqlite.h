/* A table in memory, written by the system's libsqlite3. The library is loaded when the first
 * table is made, so that nothing depends on it before. For one thread at a time. */
#ifndef KH_SQLITE_H
#define KH_SQLITE_H

#include <stddef.h>
#include <stdint.h>

typedef struct kh_sqlite kh_sqlite;

/* Returns NULL if the library can be used, or why it cannot. The text lives as long as the
 * process. */
const char *kh_sqlite_missing(void);

/* Returns an empty database, or NULL. The caller ends it. */
kh_sqlite *kh_sqlite_begin(void);
void kh_sqlite_end(kh_sqlite *self);

/* Both return 0, or an error code of SQLite. `prepare` replaces the statement before. */
int kh_sqlite_run(kh_sqlite *self, const char *sql);
int kh_sqlite_prepare(kh_sqlite *self, const char *sql);

/* Values of the prepared statement, from 1. Others are NULL. The bytes are copied. */
void kh_sqlite_i64(kh_sqlite *self, int place, int64_t value);
void kh_sqlite_f64(kh_sqlite *self, int place, double value);
void kh_sqlite_text(kh_sqlite *self, int place, const uint8_t *bytes, size_t count);
void kh_sqlite_blob(kh_sqlite *self, int place, const uint8_t *bytes, size_t count);
/* Runs the prepared statement once, and forgets its values. */
int kh_sqlite_step(kh_sqlite *self);

/* Returns the bytes of the database as a file, or NULL. They live until the end. */
const uint8_t *kh_sqlite_file(kh_sqlite *self, size_t *count);

#endif
