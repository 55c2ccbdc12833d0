/* SQLite: a library's iterator is the loop, its codes are the kernel's. By hand, in the root:
 *   cc -shared -fPIC -Iinclude CSources/plugins/samples/sqlite_query.c -lsqlite3 -o libquery.so */
#include "kernel_host.h"
#include <sqlite3.h>
#include <string.h>
typedef struct {
    kh_text database, query; /* parameters */
    uint64_t rows;           /* results */
    kh_f64_array first;
    sqlite3 *connection;
    sqlite3_stmt *query_now;
} sqlite_query;
static int fail(kh_call *call, sqlite_query *self) { /* SQLite's code n is the kernel's nth */
    int code = sqlite3_errcode(self->connection) & 0xff;
    return kh_fail(call, KH_CODE(code), "%s", sqlite3_errmsg(self->connection));
}
static int stop(void *call) { return kh_should_stop(call); } /* called while a step runs */
static int sqlite_query_start(kh_call *call, void *state) {
    sqlite_query *self = state;
    const char *rest; /* the rest of the query, after its first statement */
    /* Workers write no files, so a large sort must stay in memory. */
    if (sqlite3_open_v2(self->database.data, &self->connection, SQLITE_OPEN_READONLY, NULL) != 0 ||
        sqlite3_exec(self->connection, "pragma temp_store = memory", NULL, NULL, NULL) != 0 ||
        sqlite3_prepare_v2(self->connection, self->query.data, -1, &self->query_now, &rest) != 0)
        return fail(call, self);
    sqlite3_progress_handler(self->connection, 10000, stop, call);
    if (sqlite3_column_count(self->query_now) > 0 && sqlite3_stmt_readonly(self->query_now) &&
        rest[strspn(rest, "; \t\r\n")] == 0) return KH_MORE;
    return kh_fail(call, -EINVAL, "expected one statement that gives rows and writes nothing");
}
static int sqlite_query_step(kh_call *call, void *state) {
    sqlite_query *self = state;
    int code = sqlite3_step(self->query_now);
    if (code == SQLITE_INTERRUPT) return KH_MORE; /* the host ends the call and knows why */
    if (code != SQLITE_ROW) return code == SQLITE_DONE ? KH_DONE : fail(call, self);
    size_t n = self->first.count;
    if ((n & (n - 1)) == 0) { /* full at each power of two; the host frees the old array too */
        double *more = kh_alloc(call, (n == 0 ? 1 : 2 * n) * sizeof *more);
        if (more == NULL) return -ENOMEM;
        self->first.data = n == 0 ? more : memcpy(more, self->first.data, n * sizeof *more);
    }
    self->first.data[n] = sqlite3_column_double(self->query_now, 0);
    self->rows = self->first.count = n + 1;
    return KH_MORE;
}
static int sqlite_query_finish(kh_call *call, void *state) {
    sqlite_query *self = state;
    sqlite3_finalize(self->query_now); /* both accept the NULL of a failed start */
    sqlite3_close(self->connection);
    return (void)call, 0;
}
#define CODE(n, says) {.name = #n, .text = says, .code = KH_CODE(n)}
KH_KERNEL(sqlite_query, .summary = "Run a query of SQLite, a row a step.", .flags = KH_PURE,
    .params = KH_PARAMS(KH_PARAM(sqlite_query, database, "a file or :memory:", .required = 1),
        KH_PARAM(sqlite_query, query, "one statement of SQL", .required = 1)),
    .results = KH_RESULTS(KH_RESULT(sqlite_query, rows, "how many"),
        KH_RESULT(sqlite_query, first, "the first column, as SQLite makes numbers of it")),
    .errors = KH_ERRORS(CODE(SQLITE_ERROR, "wrong SQL"), CODE(SQLITE_BUSY, "it is locked"),
        CODE(SQLITE_CANTOPEN, "no such file"), CODE(SQLITE_NOTADB, "it is no database")),
    .start = sqlite_query_start, .step = sqlite_query_step, .finish = sqlite_query_finish);
