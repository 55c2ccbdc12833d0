/* Over 300 lines, for it is one program. */
/* The lane loop without Swift: run under ASan, UBSan and TSan by .ci/run.
 * Prints a line a test; ends with the number that failed as its exit code. */
#include "client/client.h"
#include "kh_lanes.h"
#include "kh_system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------- kernels --- */

typedef struct {
    int64_t steps, done, mode;
    double seconds;
    kh_text text;
    kh_f64_array numbers;
} probe;

enum {
    PLAIN,
    FAILS,
    FAILS_IN_START,
    ANSWERS_NONSENSE,
    PARKS_WITHOUT_SLEEP,
    SLEEPS,
    PRINTS,
    NEVER_ENDS,
    ENDS_WHEN_ASKED,
    RESULT_CONSTANT,
    RESULT_NULL,
    RESULT_HUGE,
    ALLOCATES,
    FAILS_IN_FINISH,
    FLOODS
};

static _Atomic int started, finished;
enum { PROBE_ODD = KH_CODE(7) };

static int probe_start(kh_call *call, void *state) {
    probe *self = state;
    started++;
    if (self->mode == FAILS_IN_START) return kh_fail(call, -EDOM, "no start for %d", 42);
    return KH_MORE;
}

static int probe_step(kh_call *call, void *state) {
    probe *self = state;
    switch (self->mode) {
    case FAILS: return self->done++ < self->steps ? KH_MORE : PROBE_ODD;
    case ANSWERS_NONSENSE: return 17;
    case PARKS_WITHOUT_SLEEP: return KH_PARKED;
    case SLEEPS:
        if (self->done++ == 0) return kh_sleep(call, self->seconds);
        kh_print(call, "woke %lld", (long long)self->steps);
        return KH_DONE;
    case PRINTS:
        kh_print(call, "%lld.%lld ", (long long)self->steps, (long long)self->done);
        return ++self->done < self->steps ? KH_MORE : KH_DONE;
    case NEVER_ENDS: return KH_MORE;
    case ENDS_WHEN_ASKED:
        while (!kh_should_stop(call)) continue;
        return KH_DONE;
    case RESULT_CONSTANT: self->text = (kh_text){"a constant", 10}; return KH_DONE;
    case RESULT_NULL: self->text = (kh_text){NULL, 5}; return KH_DONE;
    case RESULT_HUGE: self->numbers = (kh_f64_array){(double *)&self->done, SIZE_MAX / 4};
        return KH_DONE;
    case ALLOCATES: {
        size_t size = (size_t)self->steps;
        unsigned char *bytes = kh_alloc(call, size);
        if (bytes == NULL) return kh_fail(call, -ENOMEM, "no memory");
        for (size_t i = 0; i < size; i++)
            if (bytes[i] != 0) return kh_fail(call, -EIO, "not zeroed");
        memset(bytes, 0xee, size);
        self->numbers = (kh_f64_array){(double *)(void *)bytes, size / 8};
        return KH_DONE;
    }
    case FLOODS: {
        static char big[200001];
        memset(big, 'x', 200000);
        kh_print(call, "%s", big);
        return ++self->done < self->steps ? KH_MORE : KH_DONE;
    }
    default: return ++self->done < self->steps ? KH_MORE : KH_DONE;
    }
}

static int probe_finish(kh_call *call, void *state) {
    probe *self = state;
    finished++;
    if (self->mode == FAILS_IN_FINISH) return kh_fail(call, -EIO, "cannot close");
    return 0;
}

KH_KERNEL(probe,
    .results = KH_RESULTS(KH_RESULT(probe, text, ""), KH_RESULT(probe, numbers, "")),
    .errors = KH_ERRORS(KH_ERROR(PROBE_ODD, "odd")), .defaults = KH_DEFAULTS(probe, .steps = 1),
    .start = probe_start, .step = probe_step, .finish = probe_finish);

/* What its calls share is a count of them; each tells it, and what it knows of itself. */
static int sharer_setup(kh_call *call, void **shared) {
    if (kh_call_number(call) == 100) return kh_fail(call, -EAGAIN, "not at first");
    *shared = calloc(1, sizeof(int));
    return *shared == NULL ? -ENOMEM : 0;
}

static int sharer_step(kh_call *call, void *state) {
    int *calls = kh_shared(call);
    (void)state;
    return kh_fail(call, -EDOM, "%d %d %u %d", ++*calls, (int)kh_call_number(call),
                   kh_attempt(call), kh_time_left(call) < 9);
}

KH_KERNEL_AS("sharer", probe, .step = sharer_step, .setup = sharer_setup, .teardown = free);

/* -------------------------------------------------------------- harness --- */

static int failures;
#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("FAILED %s:%d: %s\n", __func__, __LINE__, #condition); \
            failures++; \
        } \
    } while (0)

typedef struct {
    kh_client *client;
    uint32_t kernel;
    uint64_t sent, taken;
    struct {
        uint32_t ending;
        int32_t code;
        uint64_t steps;
        char message[200];
        double sum;
        char text[32];
    } ended[64];
    char printed[1 << 12];
    uint64_t printed_bytes;
} bench;

static kh_kernels *kernels;
static kh_shape *shapes;
static uint32_t kernel_count;
/* NULL: lanes are threads; else processes, whose counters are not seen here. */
static kh_supervisor *supervisor;

static void describe_kernels(void) {
    kernels = kh_kernels_open();
    if (kernels == NULL) exit(99);
    uint64_t count = 0;
    kh_kernels_encode(kernels, &count, sizeof count);
    kernel_count = (uint32_t)count;
    shapes = calloc(kernel_count, sizeof *shapes);
    for (uint32_t i = 0; i < kernel_count; i++) {
        const kh_kernel *kernel = kh_kernels_table(kernels)[i];
        shapes[i] = (kh_shape){kernel->state_size, kernel->defaults, kernel->state_align,
                               (kernel->flags & KH_FLAT) != 0};
    }
}

static uint32_t kernel_called(const char *name) {
    for (uint32_t i = 0; i < kernel_count; i++)
        if (strcmp(kh_kernels_table(kernels)[i]->name, name) == 0) return i;
    exit(99);
}

static void set_up_one_of(bench *self, uint32_t live_limit, uint32_t lanes) {
    memset(self, 0, sizeof *self);
    uint32_t count = kernel_count;
    kh_client_options options = {shapes, kh_kernels_table(kernels), count, live_limit, supervisor, lanes,
                               0, 0};
    self->kernel = kernel_called("probe");
    self->client = kh_client_open(&options);
    if (self->client == NULL) {
        perror("kh_client_open");
        exit(99);
    }
    if (supervisor != NULL) CHECK(kh_client_start(self->client, 0) == 0);
    started = finished = 0;
}

static void set_up(bench *self, uint32_t live_limit) { set_up_one_of(self, live_limit, 1); }

static bool take(bench *self) {
    static kh_completion completions[64];
    static kh_text_piece pieces[16];
    static char buffer[1 << 17];
    size_t count, taken = 0;
    kh_client_poll(self->client);
    while ((count = kh_client_reap_text(self->client, pieces, 16, buffer, sizeof buffer)) > 0)
        for (size_t i = 0; i < count; i++) {
            self->printed_bytes += pieces[i].length;
            size_t room = sizeof self->printed - 1 - strlen(self->printed);
            strncat(self->printed, buffer + pieces[i].offset,
                    pieces[i].length < room ? pieces[i].length : room);
        }
    while ((count = kh_client_reap(self->client, completions, 64)) > 0) {
        for (size_t i = 0; i < count; i++) {
            const kh_completion *done = &completions[i];
            if (done->tag < 64) {
                self->ended[done->tag].ending = done->ending;
                self->ended[done->tag].code = done->code;
                self->ended[done->tag].steps = done->steps;
                if (done->message != NULL && done->message_length < 200)
                    memcpy(self->ended[done->tag].message, done->message, done->message_length);
                const probe *state = done->state;
                const char *text =
                    kh_client_view(self->client, state->text.data, state->text.length);
                if (text != NULL && state->text.length < 32)
                    memcpy(self->ended[done->tag].text, text, state->text.length);
            }
            kh_client_release(self->client, done->slot);
        }
        taken += count;
    }
    self->taken += taken;
    return taken > 0;
}

static uint64_t options_number;

static void send(bench *self, probe wanted, double timeout) {
    kh_draft draft;
    while (kh_client_draft(self->client, self->kernel, 0, &draft) != KH_ROOM) {
        kh_client_flush(self->client);
        if (!take(self)) kh_client_wait(&self->client, 1, -1);
    }
    *(probe *)draft.state = wanted;
    kh_call_options options = {.tag = self->sent++, .timeout_ns = (uint64_t)(timeout * 1e9),
                               .grace_ns = UINT64_C(60000000000),
                               .number = 100 + options_number++, .attempt = 2};
    kh_client_submit(self->client, &draft, &options);
}

static void run(bench *self) {
    kh_client_set_open(self->client, false);
    while (self->taken < self->sent)
        if (!take(self)) kh_client_wait(&self->client, 1, -1);
}

static void tear_down(bench *self) {
    CHECK(kh_client_live(self->client) == 0);
    CHECK(supervisor != NULL || started == finished);
    kh_client_close(self->client);
}

/* ---------------------------------------------------------------- tests --- */

static void turns_are_taken_in_order(void) {
    bench b;
    set_up(&b, 0);
    kh_client_set_open(b.client, true);
    for (int64_t i = 1; i <= 4; i++) send(&b, (probe){.steps = i, .mode = PRINTS}, 0);
    run(&b);
    CHECK(strcmp(b.printed, "1.0 2.0 3.0 4.0 2.1 3.1 4.1 3.2 4.2 4.3 ") == 0);
    for (int i = 0; i < 4; i++) CHECK(b.ended[i].ending == KH_ENDED_OK);
    for (uint64_t i = 0; i < 4; i++) CHECK(b.ended[i].steps == i + 1);
    tear_down(&b);
}

static void every_ending_is_told(void) {
    bench b;
    set_up(&b, 0);
    send(&b, (probe){.mode = FAILS, .steps = 2}, 0);
    send(&b, (probe){.mode = FAILS_IN_START}, 0);
    send(&b, (probe){.mode = ANSWERS_NONSENSE}, 0);
    send(&b, (probe){.mode = PARKS_WITHOUT_SLEEP}, 0);
    send(&b, (probe){.mode = RESULT_CONSTANT}, 0);
    send(&b, (probe){.mode = RESULT_NULL}, 0);
    send(&b, (probe){.mode = RESULT_HUGE}, 0);
    send(&b, (probe){.mode = FAILS_IN_FINISH}, 0);
    send(&b, (probe){.mode = NEVER_ENDS}, 0.01);
    send(&b, (probe){.mode = SLEEPS, .seconds = NAN}, 0);
    send(&b, (probe){.mode = ENDS_WHEN_ASKED}, 0.01);
    run(&b);
    CHECK(b.ended[0].code == PROBE_ODD && b.ended[0].steps == 3);
    CHECK(b.ended[1].code == -EDOM && b.ended[1].steps == 0);
    CHECK(strcmp(b.ended[1].message, "no start for 42") == 0);
    CHECK(b.ended[2].code == -EPROTO && strstr(b.ended[2].message, "17") != NULL);
    CHECK(b.ended[3].code == -EPROTO);
    CHECK(b.ended[4].ending == KH_ENDED_OK && strcmp(b.ended[4].text, "a constant") == 0);
    CHECK(b.ended[5].code == -EFAULT && strstr(b.ended[5].message, "text") != NULL);
    CHECK(b.ended[6].code == -EFAULT);
    CHECK(b.ended[7].ending == KH_ENDED_ERROR && b.ended[7].code == -EIO);
    CHECK(b.ended[8].ending == KH_ENDED_TIMEOUT && b.ended[8].code == -ETIMEDOUT);
    CHECK(b.ended[9].code == -EINVAL);
    CHECK(b.ended[10].ending == KH_ENDED_OK); /* it ended by itself, when asked */
    CHECK(supervisor != NULL || started == 11);
    tear_down(&b);
}

static void sleepers_wake_in_their_order(void) {
    bench b;
    set_up(&b, 0);
    kh_client_set_open(b.client, true);
    send(&b, (probe){.mode = SLEEPS, .steps = 3, .seconds = 0.03}, 0);
    send(&b, (probe){.mode = SLEEPS, .steps = 1, .seconds = 0.01}, 0);
    send(&b, (probe){.mode = SLEEPS, .steps = 2, .seconds = 0.02}, 0);
    send(&b, (probe){.mode = SLEEPS, .steps = 0, .seconds = -1}, 0);
    send(&b, (probe){.mode = SLEEPS, .seconds = INFINITY}, 0.015);
    run(&b);
    CHECK(strcmp(b.printed, "woke 0woke 1woke 2woke 3") == 0);
    CHECK(b.ended[0].steps == 2 && b.ended[4].steps == 1);
    CHECK(b.ended[4].ending == KH_ENDED_TIMEOUT);
    tear_down(&b);
}

static void one_call_is_cancelled(void) {
    bench b;
    set_up(&b, 0);
    kh_client_set_open(b.client, true);
    send(&b, (probe){.mode = NEVER_ENDS}, 0);
    send(&b, (probe){.mode = SLEEPS, .seconds = INFINITY}, 0);
    send(&b, (probe){.steps = 1000}, 0);
    kh_client_set_open(b.client, false);
    kh_client_cancel_tags(b.client, (uint64_t[]){0, 1}, 1);
    run(&b);
    CHECK(b.ended[0].ending == KH_ENDED_CANCELLED);
    CHECK(b.ended[1].ending == KH_ENDED_CANCELLED);
    CHECK(b.ended[2].ending == KH_ENDED_OK && b.ended[2].steps == 1000);
    tear_down(&b);
}

static void stop_ends_all(void) {
    bench b;
    set_up(&b, 0);
    for (int i = 0; i < 20; i++)
        send(&b, (probe){.mode = i % 2 ? NEVER_ENDS : SLEEPS, .seconds = INFINITY}, 0);
    kh_client_stop(b.client);
    run(&b);
    for (int i = 0; i < 20; i++) CHECK(b.ended[i].ending == KH_ENDED_CANCELLED);
    send(&b, (probe){.steps = 3}, 0); /* comes too late to start */
    run(&b);
    CHECK(b.ended[20].ending == KH_ENDED_CANCELLED && b.ended[20].steps == 0);
    tear_down(&b);
}

static void close_ends_what_lives(void) {
    bench b;
    set_up(&b, 0);
    for (int i = 0; i < 100; i++) send(&b, (probe){.mode = NEVER_ENDS}, 0);
    for (int i = 0; i < 20; i++) send(&b, (probe){.mode = FLOODS, .steps = 5}, 0);
    kh_client_flush(b.client);
    kh_client_close(b.client);
    CHECK(supervisor != NULL || started == finished);
}

static void a_flood_of_text_is_whole(void) {
    bench b;
    set_up(&b, 0);
    for (int i = 0; i < 3; i++) send(&b, (probe){.mode = FLOODS, .steps = 20}, 0);
    run(&b);
    CHECK(b.printed_bytes == 3 * 20 * UINT64_C(200000));
    tear_down(&b);
}

/* A kernel that prints all the time must not keep the client from its other work. */
static void endless_text_ends_a_look(void) {
    bench b;
    set_up(&b, 0);
    send(&b, (probe){.mode = PRINTS, .steps = INT64_MAX}, 0);
    kh_client_flush(b.client);
    for (int i = 0; i < 50; i++) {
        take(&b);
        kh_client_wait(&b.client, 1, -1);
    }
    kh_client_cancel_tags(b.client, (uint64_t[]){0, 0}, 1);
    run(&b);
    CHECK(b.ended[0].ending == KH_ENDED_CANCELLED && b.printed_bytes > 0);
    tear_down(&b);
}

static void memory_is_zeroed_and_reused(void) {
    bench b;
    set_up(&b, 0);
    for (int i = 0; i < 2000; i++) {
        int64_t size = 1 + (i * 7919) % 300000;
        if (i % 100 == 0) size = 5 << 20;
        send(&b, (probe){.mode = ALLOCATES, .steps = size}, 0);
    }
    run(&b);
    for (int i = 0; i < 64; i++) CHECK(b.ended[i].ending == KH_ENDED_OK);
    send(&b, (probe){.mode = ALLOCATES, .steps = INT64_MAX}, 0);
    send(&b, (probe){.mode = ALLOCATES, .steps = -1}, 0);
    run(&b);
    tear_down(&b);
}

static void a_small_window_serves_many(void) {
    bench b;
    set_up(&b, 7);
    for (int i = 0; i < 30000; i++) send(&b, (probe){.steps = 1 + i % 5}, 0);
    run(&b);
    CHECK(b.taken == 30000 && (supervisor != NULL || started == 30000));
    tear_down(&b);
}

static void nothing_is_too_large_to_refuse(void) {
    bench b;
    set_up(&b, 0);
    kh_draft draft;
    CHECK(kh_client_draft(b.client, b.kernel, UINT64_MAX - 10, &draft) == KH_ROOM_NEVER);
    CHECK(kh_client_draft(b.client, b.kernel, UINT64_C(1) << 50, &draft) == KH_ROOM_NEVER);
    CHECK(kh_client_draft(b.client, 1u << 30, 0, &draft) == KH_ROOM_NEVER);
    CHECK(kh_client_view(b.client, &b, 8) == NULL);
    CHECK(kh_client_view(b.client, NULL, 0) == NULL);
    tear_down(&b);
}

/* Every field is looked at while the lane writes it: the thread sanitizer has its say. */
static void what_runs_is_seen_from_outside(void) {
    bench b;
    set_up(&b, 0);
    kh_running seen[KH_MOST_RUNNING];
    CHECK(kh_client_running(b.client, seen, KH_MOST_RUNNING) == 0);
    uint64_t before = kh_now();
    kh_client_set_open(b.client, true);
    send(&b, (probe){.mode = SLEEPS, .seconds = INFINITY}, 0);
    for (int i = 0; i < 20; i++) send(&b, (probe){.mode = NEVER_ENDS}, 0);
    kh_client_set_open(b.client, false);
    size_t count, moving;
    do {
        take(&b);
        count = kh_client_running(b.client, seen, KH_MOST_RUNNING);
        moving = 0;
        for (size_t i = 1; i < count; i++) moving += seen[i].steps > 0;
        /* One that began while it was looked for may be missing, and another in its place. */
    } while (count < KH_MOST_RUNNING || moving < KH_MOST_RUNNING - 1 || !seen[0].is_parked ||
             seen[KH_MOST_RUNNING - 1].tag != KH_MOST_RUNNING - 1);
    for (uint64_t i = 0; i < count; i++) {
        CHECK(seen[i].tag == i && seen[i].kernel == b.kernel); /* the oldest, in order */
        CHECK(seen[i].started_ns >= before && seen[i].started_ns <= kh_now());
        CHECK(isnan(seen[i].progress));
        CHECK(i == 0 || (!seen[i].is_parked && seen[i].steps > 0));
    }
    CHECK(kh_client_running(b.client, seen, 2) == 2 && kh_client_running(b.client, seen, 0) == 0);
    kh_client_cancel_tags(b.client, (uint64_t[]){0, 1000}, 1);
    run(&b);
    CHECK(kh_client_running(b.client, seen, KH_MOST_RUNNING) == 0);
    tear_down(&b);
}

/* Many calls are cancelled with one look at them. */
static void ranges_of_tags_are_cancelled(void) {
    static const bool is_cancelled[10] = {[0] = true, [2] = true, [3] = true, [4] = true,
                                          [8] = true, [9] = true};
    bench b;
    set_up(&b, 0);
    for (int tag = 0; tag < 10; tag++)
        send(&b, (probe){.mode = is_cancelled[tag] ? NEVER_ENDS : PLAIN, .steps = 3}, 0);
    kh_client_cancel_tags(b.client, NULL, 0);
    kh_client_cancel_tags(b.client, (uint64_t[]){0, 0, 2, 4, 8, 100}, 3);
    run(&b);
    for (int tag = 0; tag < 10; tag++)
        CHECK(b.ended[tag].ending == (is_cancelled[tag] ? KH_ENDED_CANCELLED : KH_ENDED_OK));
    tear_down(&b);
}

/* A step that does not return holds up its lane, and has a name. */
static void a_step_that_does_not_return_is_told(void) {
    bench b;
    set_up(&b, 0);
    kh_running seen[KH_MOST_RUNNING];
    size_t count;
    send(&b, (probe){.mode = ENDS_WHEN_ASKED}, 0);
    kh_client_flush(b.client);
    do count = kh_client_running(b.client, seen, KH_MOST_RUNNING);
    while (count == 0 || seen[0].inside_ns < 20000000);
    CHECK(count == 1 && seen[0].tag == 0 && seen[0].steps == 0);
    kh_client_cancel_tags(b.client, (uint64_t[]){0, 0}, 1);
    run(&b);
    send(&b, (probe){.mode = NEVER_ENDS}, 0);
    kh_client_flush(b.client);
    /* Its steps are short: a look finds it between two of them. */
    do count = kh_client_running(b.client, seen, KH_MOST_RUNNING);
    while (count == 0 || seen[0].steps < 1000 || seen[0].inside_ns != 0);
    kh_client_cancel_tags(b.client, (uint64_t[]){1, 1}, 1);
    run(&b);
    tear_down(&b);
}

/* A client that looks behind each call that it has handed over finds the lane asleep each time, and
 * one call further. Here calls are handed over and taken in the counters alone. */
static void a_lane_that_goes_on_is_not_damaged(void) {
    bench b;
    set_up(&b, 0);
    kh_client_set_open(b.client, true);
    send(&b, (probe){.mode = SLEEPS, .seconds = INFINITY}, 0);
    kh_client_set_open(b.client, false);
    kh_client_flush(b.client);
    kh_tables *tables = b.client->tables;
    if (supervisor != NULL) {
        kh_running seen[KH_MOST_RUNNING];
        while (kh_client_running(b.client, seen, KH_MOST_RUNNING) != 1 || !seen[0].is_parked ||
               atomic_load(&tables->awake) != 0 || b.client->watchdog.looked == 0)
            kh_client_check(b.client, 0);
        uint64_t taken = atomic_load(&tables->submit_head);
        for (uint64_t look = 1; look <= 100; look++) {
            b.client->published = taken + look + 1;
            atomic_store(&tables->submit_head, taken + look);
            /* As if the last look were long ago. */
            b.client->watchdog.looked -= UINT64_C(20000000);
            CHECK(!kh_client_check(b.client, 0));
        }
        atomic_store(&tables->submit_head, taken);
        b.client->submit_head = b.client->published = taken;
    }
    kh_client_cancel_tags(b.client, (uint64_t[]){0, 0}, 1);
    run(&b);
    tear_down(&b);
}

/* What a shared lane has not begun goes back, each call once, while the lane takes, too. */
static void what_has_not_begun_is_taken_back(void) {
    enum { CALLS = 20000 };
    static unsigned char is_back[CALLS];
    static uint64_t tags[2048];
    bench b;
    set_up_one_of(&b, 0, 2);
    memset(is_back, 0, sizeof is_back);
    CHECK(kh_client_take_back(b.client, tags, 2048) == 0);
    size_t back = 0;
    while (b.sent < CALLS) {
        for (int i = 0; i < 200 && b.sent < CALLS; i++) send(&b, (probe){.steps = 1 + i % 40}, 0);
        size_t count = kh_client_take_back(b.client, tags, 2048);
        for (size_t i = 0; i < count; i++) {
            CHECK(tags[i] < CALLS && !is_back[tags[i]]);
            is_back[tags[i]] = 1;
        }
        back += count;
        take(&b);
    }
    /* All are stopped in their places: those that wait are the client's to the half. */
    while (b.taken + back < b.sent)
        if (!take(&b)) kh_client_wait(&b.client, 1, -1);
    CHECK(b.taken + back == CALLS && kh_client_live(b.client) == 0);
    CHECK(supervisor != NULL || started + back == CALLS);
    uint64_t first = b.sent;
    for (int i = 0; i < 100; i++) send(&b, (probe){.mode = NEVER_ENDS}, 0);
    kh_client_flush(b.client);
    kh_running seen[KH_MOST_RUNNING];
    while (kh_client_running(b.client, seen, KH_MOST_RUNNING) < KH_MOST_RUNNING) take(&b);
    size_t total = 0, count;
    while ((count = kh_client_take_back(b.client, tags, 2048)) > 0) total += count;
    /* A few have begun, and half of one is none. */
    CHECK(total >= 100 - 16 - 2 && total < 100);
    back += total;
    kh_client_cancel_tags(b.client, (uint64_t[]){first, first + 100}, 1);
    while (b.taken + back < b.sent)
        if (!take(&b)) kh_client_wait(&b.client, 1, -1);
    CHECK(kh_client_live(b.client) == 0);
    tear_down(&b);
}

/* One that failed is made again for the next call; it is freed at the end, which the sanitizer
 * sees. */
static void what_calls_share_is_made_once(void) {
    bench b;
    set_up(&b, 0);
    b.kernel = kernel_called("sharer");
    options_number = 0;
    send(&b, (probe){.steps = 1}, 8);
    run(&b);
    for (int i = 0; i < 2; i++) send(&b, (probe){.steps = 1}, i == 0 ? 8 : 0);
    run(&b);
    CHECK(b.ended[0].code == -EAGAIN && strcmp(b.ended[0].message, "not at first") == 0);
    CHECK(strcmp(b.ended[1].message, "1 101 2 1") == 0);
    CHECK(strcmp(b.ended[2].message, "2 102 2 0") == 0);
    kh_client_let_end(b.client);
    kh_client_close(b.client);
}

static void run_all(void) {
#define RUN(test) (test(), puts(#test))
    RUN(turns_are_taken_in_order);
    RUN(every_ending_is_told);
    RUN(sleepers_wake_in_their_order);
    RUN(one_call_is_cancelled);
    RUN(stop_ends_all);
    RUN(close_ends_what_lives);
    RUN(a_flood_of_text_is_whole);
    RUN(endless_text_ends_a_look);
    RUN(memory_is_zeroed_and_reused);
    RUN(a_small_window_serves_many);
    RUN(nothing_is_too_large_to_refuse);
    RUN(what_runs_is_seen_from_outside);
    RUN(ranges_of_tags_are_cancelled);
    RUN(a_step_that_does_not_return_is_told);
    RUN(a_lane_that_goes_on_is_not_damaged);
    RUN(what_has_not_begun_is_taken_back);
    RUN(what_calls_share_is_made_once);
}

int main(void) {
    describe_kernels();
    run_all();
    int error;
    supervisor = kh_supervisor_open(NULL, &error);
    CHECK(supervisor != NULL && kh_supervisor_wait(supervisor, 60) == 0);
    if (failures == 0) {
        uint32_t in_force;
        char why[200] = "";
        kh_supervisor_rules rules = {.sandbox = 1};
        CHECK(kh_supervisor_set_rules(supervisor, &rules, &in_force, why, sizeof why) == 0);
        puts("in worker processes:");
        run_all();
        kh_supervisor_close(supervisor);
    }
    printf("%d failed\n", failures);
    return failures;
}
