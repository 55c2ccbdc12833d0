/* Over 300 lines, for it is one program. */
/* Snapshots of half-done calls without Swift: taken in one worker, restored in that of another
 * fork server. Run under ASan, UBSan and TSan by .ci/run. Prints a line a test; ends with the
 * number that failed as its exit code. With an argument: measures the pause of a lane. */
#include "kh_lanes.h"
#include "kh_system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* -------------------------------------------------------------- kernels --- */

/* Adds numbers of an argument to a list that grows, with pointers into its own memory. It holds
 * still at step [gate] until its number is below 1000: the host restores it with another one. */
typedef struct {
    kh_i64_array numbers; /* parameter */
    int64_t steps, gate, naps;
    int64_t done, sum;
    int64_t *list, *place;
    size_t room;
    const int64_t *next;
    unsigned char padding[88];
} walker;

static int walker_start(kh_call *call, void *state) {
    walker *self = state;
    self->next = self->numbers.data;
    self->room = 4;
    self->list = kh_alloc(call, self->room * sizeof *self->list);
    if (self->list == NULL) return -ENOMEM;
    self->place = self->list;
    return KH_MORE;
}

static int walker_step(kh_call *call, void *state) {
    walker *self = state;
    if (self->done == self->gate && kh_call_number(call) >= 1000)
        return self->naps > 0 ? kh_sleep(call, 1e-3) : KH_MORE;
    if (self->done == self->steps) {
        for (const int64_t *at = self->list; at < self->place; at++) self->sum += *at;
        kh_print(call, "sum %lld", (long long)self->sum);
        return KH_DONE;
    }
    if ((size_t)(self->place - self->list) == self->room) {
        int64_t *longer = kh_alloc(call, 2 * self->room * sizeof *longer);
        if (longer == NULL) return -ENOMEM;
        memcpy(longer, self->list, self->room * sizeof *longer);
        self->list = longer;
        self->place = longer + self->room;
        self->room *= 2;
    }
    *self->place++ = *self->next++ + self->done++;
    if (self->next == self->numbers.data + self->numbers.count) self->next = self->numbers.data;
    if (self->done % 3 == 1) kh_print(call, "%lld;", (long long)self->done);
    return KH_MORE;
}

KH_KERNEL(walker, .results = KH_RESULTS(KH_RESULT(walker, sum, ""), KH_RESULT(walker, done, "")),
          .params = KH_PARAMS(KH_PARAM(walker, numbers, "")),
          .flags = KH_PURE | KH_FLAT, .start = walker_start, .step = walker_step);

/* It says that it is flat, and has a pointer into the heap. */
static int heaper_step(kh_call *call, void *state) {
    walker *self = state;
    (void)call;
    if (self->list == NULL) self->list = malloc(64);
    self->done++;
    return KH_MORE;
}
KH_KERNEL_AS("heaper", walker, .flags = KH_FLAT, .step = heaper_step);

/* Measures the longest time between two of its steps. */
static int gap_step(kh_call *call, void *state) {
    walker *self = state;
    struct timespec used; /* processor time: others may use the machine */
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    int64_t now = used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
    if (self->sum != 0 && now - self->sum > self->gate) self->gate = now - self->sum;
    self->sum = now;
    if (++self->done == self->naps) self->gate = 0;
    if (self->done < self->steps) return KH_MORE;
    kh_print(call, "%lld us", (long long)self->gate / 1000);
    return KH_DONE;
}
KH_KERNEL_AS("gap", walker, .flags = KH_FLAT, .step = gap_step);

static int idler_step(kh_call *call, void *state) {
    walker *self = state;
    (void)call;
    return ++self->done < self->steps ? KH_MORE : KH_DONE;
}
KH_KERNEL_AS("idler", walker, .flags = KH_FLAT, .step = idler_step);

/* -------------------------------------------------------------- harness --- */

static int failures;
#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("FAILED %s:%d: %s\n", __func__, __LINE__, #condition); \
            failures++; \
        } \
    } while (0)

static kh_kernels *kernels;
static kh_shape *shapes;
static uint32_t kernel_count;

typedef struct {
    kh_supervisor *supervisor;
    kh_client *client;
    char printed[1 << 16];
    int64_t sums[64];
    uint64_t steps[64], ended;
} bench;

static void describe_kernels(void) {
    uint64_t count = 0;
    kernels = kh_kernels_open();
    if (kernels == NULL) exit(99);
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

static void open_client(bench *self, uint32_t live_limit, bool snapshots) {
    memset(self, 0, sizeof *self);
    int error;
    uint32_t in_force;
    char why[200] = "";
    self->supervisor = kh_supervisor_open(NULL, &error);
    kh_supervisor_rules rules = {.sandbox = 1};
    if (self->supervisor == NULL || kh_supervisor_wait(self->supervisor, 60) != 0 ||
        kh_supervisor_set_rules(self->supervisor, &rules, &in_force, why, sizeof why) != 0)
        exit(99);
    kh_client_options options = {.shapes = shapes, .kernels = kh_kernels_table(kernels),
                                 .kernel_count = kernel_count, .live_limit = live_limit,
                                 .supervisor = self->supervisor, .snapshots = snapshots};
    self->client = kh_client_open(&options);
    if (self->client == NULL) exit(99);
}

static void close_client(bench *self) {
    kh_client_close(self->client);
    kh_supervisor_close(self->supervisor);
}

static void send(bench *self, const char *name, uint64_t number, walker wanted, size_t numbers) {
    kh_draft draft;
    uint32_t kernel = kernel_called(name);
    enum kh_room room;
    while ((room = kh_client_draft(self->client, kernel, numbers * 8, &draft)) == KH_ROOM_SOON) {
        kh_client_flush(self->client);
        usleep(100);
    }
    if (room != KH_ROOM) exit(98);
    for (size_t i = 0; i < numbers; i++) ((int64_t *)draft.payload)[i] = (int64_t)(7 * i + number);
    if (numbers > 0)
        wanted.numbers = (kh_i64_array){
            (int64_t *)(void *)((char *)draft.payload + draft.distance), numbers};
    memcpy(draft.state, &wanted, sizeof wanted);
    kh_call_options options = {.tag = number, .number = number + 1000, .attempt = 2};
    kh_client_submit(self->client, &draft, &options);
}

static void take(bench *self) {
    static kh_completion completions[64];
    static kh_text_piece pieces[16];
    static char buffer[1 << 17];
    size_t count;
    kh_client_poll(self->client);
    while ((count = kh_client_reap_text(self->client, pieces, 16, buffer, sizeof buffer)) > 0)
        for (size_t i = 0; i < count; i++) {
            size_t used = strlen(self->printed);
            snprintf(self->printed + used, sizeof self->printed - used, "%d:%.*s\n",
                     (int)pieces[i].tag, (int)pieces[i].length, buffer + pieces[i].offset);
        }
    while ((count = kh_client_reap(self->client, completions, 64)) > 0)
        for (size_t i = 0; i < count; i++) {
            const walker *state = completions[i].state;
            size_t tag = completions[i].tag % 64;
            self->sums[tag] = completions[i].ending == KH_ENDED_OK ? state->sum : -1;
            self->steps[tag] = completions[i].steps;
            self->ended++;
            kh_client_release(self->client, completions[i].slot);
        }
}

static void run(bench *self) {
    while (kh_client_live(self->client) > 0) {
        kh_client_flush(self->client); /* what had no room in the ring */
        take(self);
        if (kh_client_has_died(self->client)) exit(97);
        if (kh_client_live(self->client) > 0)
            kh_client_wait(&self->client, 1, 100000000);
    }
}

/* Copies the snapshot. The caller frees it. */
static char *snapshot(bench *self, bool final, uint64_t *size) {
    const void *bytes;
    while ((bytes = kh_client_snapshot(self->client, final, size)) == NULL) {
        take(self);
        if (kh_client_has_died(self->client)) exit(96);
        kh_client_wait(&self->client, 1, 100000000);
    }
    char *copy = malloc(*size);
    memcpy(copy, bytes, *size);
    kh_client_snapshot_taken(self->client, final);
    return copy;
}

static size_t restore_all(bench *self, const char *bytes, uint64_t size, kh_restore *calls,
                          size_t most) {
    size_t count = 0;
    uint64_t at = 0;
    const kh_saved_call *call;
    while (count < most && (call = kh_snapshot_next(bytes, size, &at)) != NULL) {
        uint64_t number = (call->number >> 16) - 1000;
        CHECK((call->number & 0xffff) == 2);
        calls[count++] = (kh_restore){
            .call = call,
            .options = {.tag = number, .number = number, .attempt = 3, .skip_text = call->printed},
            .kernel = call->kernel};
    }
    kh_client_restore(self->client, (const kh_snapshot_head *)(const void *)bytes, calls, count);
    return count;
}

static size_t restore(bench *self, const char *bytes, uint64_t size, kh_restore *calls) {
    return restore_all(self, bytes, size, calls, 64);
}

/* ---------------------------------------------------------------- tests --- */

static bench whole, first, second;

/* Calls with arrays, growing memory, pointers into both, text and sleep go on in another worker,
 * and end as those that were never interrupted. */
static void calls_go_on_elsewhere(bool final) {
    enum { CALLS = 40 };
    open_client(&whole, 0, true);
    for (uint64_t i = 0; i < CALLS; i++)
        send(&whole, "walker", i, (walker){.steps = 50 + (int64_t)i, .gate = -1}, 1 + i % 5);
    kh_client_set_open(whole.client, false);
    CHECK(kh_client_start(whole.client, 0) == 0);
    run(&whole);
    close_client(&whole);

    open_client(&first, 0, true);
    for (uint64_t i = 0; i < CALLS; i++)
        send(&first, "walker", i,
             (walker){.steps = 50 + (int64_t)i, .gate = (int64_t)i, .naps = i % 4 == 0}, 1 + i % 5);
    kh_client_set_open(first.client, false);
    CHECK(kh_client_start(first.client, 0) == 0);
    /* Once a step of the last call has printed, all have been at work. */
    while (strstr(first.printed, "39:37;") == NULL) {
        take(&first);
        kh_client_wait(&first.client, 1, 1000000);
    }
    CHECK(kh_client_live(first.client) == CALLS);
    uint64_t size, at = 0, number = 0;
    if (final) kh_client_stop(first.client);
    else CHECK(kh_client_want_snapshot(first.client, 0));
    char *bytes = snapshot(&first, final, &size);
    close_client(&first);

    open_client(&second, 0, true);
    kh_restore calls[64];
    CHECK(restore(&second, bytes, size, calls) == CALLS);
    for (size_t i = 0; i < CALLS; i++) CHECK(calls[i].outcome == KH_RESTORED);
    const kh_saved_call *call;
    while ((call = kh_snapshot_next(bytes, size, &at)) != NULL)
        if (call->is_parked) number++;
    CHECK(number <= CALLS / 4);
    memset(bytes, 0xee, size); /* nothing of it is needed any more */
    CHECK(kh_client_start(second.client, 0) == 0);
    send(&second, "walker", 50, (walker){.steps = 3, .gate = -1}, 1); /* a new one beside them */
    kh_client_set_open(second.client, false);
    run(&second);
    CHECK(second.ended == CALLS + 1);
    for (size_t i = 0; i < CALLS; i++) {
        char line[64];
        CHECK(second.sums[i] == whole.sums[i]);
        CHECK(second.steps[i] >= whole.steps[i]); /* it has waited at its gate */
        snprintf(line, sizeof line, "%zu:sum %lld\n", i, (long long)whole.sums[i]);
        CHECK(strstr(second.printed, line) != NULL && strstr(whole.printed, line) != NULL);
    }
    CHECK(strstr(second.printed, "39:37;") == NULL); /* that was shown */
    CHECK(strstr(second.printed, "39:40;") != NULL);
    free(bytes);
    close_client(&second);
}

static void a_copy_is_made_when_it_is_asked_for(void) { calls_go_on_elsewhere(false); }
static void a_last_copy_is_made_at_the_stop(void) { calls_go_on_elsewhere(true); }

/* Young calls are not copied, and a snapshot that contradicts itself restores nothing wrong. */
static void what_does_not_fit_is_left_out(void) {
    uint64_t size, at = 0;
    kh_restore calls[64];
    open_client(&first, 0, true);
    for (uint64_t i = 0; i < 4; i++) send(&first, "walker", i, (walker){.steps = 9, .gate = 6}, 1);
    kh_client_set_open(first.client, false);
    CHECK(kh_client_start(first.client, 0) == 0);
    while (strstr(first.printed, "3:4;") == NULL) {
        take(&first);
        kh_client_wait(&first.client, 1, 1000000);
    }
    CHECK(kh_client_want_snapshot(first.client, UINT64_C(3600000000000)));
    char *none = snapshot(&first, false, &size);
    CHECK(size == sizeof(kh_snapshot_head) && kh_snapshot_next(none, size, &at) == NULL);
    free(none);
    CHECK(kh_client_want_snapshot(first.client, 0));
    char *bytes = snapshot(&first, false, &size);
    close_client(&first);
    kh_snapshot_head *head = (kh_snapshot_head *)(void *)bytes;
    CHECK(head->count == 4 && head->size == size);

    /* Each byte that is cut off ends the walk, and no byte outside is read. */
    for (uint64_t cut = 0; cut < size; cut += 8) {
        char *part = malloc(cut + 1);
        memcpy(part, bytes, cut);
        at = 0;
        if (cut >= sizeof *head) ((kh_snapshot_head *)(void *)part)->size = cut;
        while (kh_snapshot_next(part, cut, &at) != NULL) continue;
        free(part);
    }

    kh_saved_call *second_call = NULL;
    at = 0;
    (void)kh_snapshot_next(bytes, size, &at);
    second_call = (kh_saved_call *)(uintptr_t)kh_snapshot_next(bytes, size, &at);
    uint64_t slot = second_call->slot;
    /* Two calls in one slot: one of them is left out. */
    const kh_saved_call *first_call = (const kh_saved_call *)(const void *)(head + 1);
    second_call->slot = first_call->slot;
    open_client(&second, 0, true);
    CHECK(restore(&second, bytes, size, calls) == 4);
    CHECK((calls[0].outcome == KH_IMPOSSIBLE) != (calls[1].outcome == KH_IMPOSSIBLE));
    close_client(&second);
    second_call->slot = slot;
    /* Two with one id. */
    second_call->id = first_call->id;
    open_client(&second, 0, true);
    restore(&second, bytes, size, calls);
    CHECK((calls[0].outcome == KH_IMPOSSIBLE) != (calls[1].outcome == KH_IMPOSSIBLE));
    close_client(&second);
    /* A slot outside, another kernel, an arena of another layout. */
    second_call->id = 63;
    second_call->slot = UINT64_MAX - 64;
    open_client(&second, 0, true);
    restore(&second, bytes, size, calls);
    CHECK(calls[0].outcome == KH_RESTORED && calls[1].outcome == KH_OTHER_PLACE);
    close_client(&second);
    second_call->slot = slot;
    second_call->state_size--;
    head->base += 4096;
    open_client(&second, 0, true);
    restore(&second, bytes, size, calls);
    CHECK(calls[0].outcome == KH_OTHER_PLACE && kh_client_live(second.client) == 0);
    close_client(&second);
    head->base -= 4096;
    open_client(&second, 100, true); /* another number of live calls: the same addresses */
    restore(&second, bytes, size, calls);
    CHECK(calls[1].outcome == KH_OTHER_KERNEL && calls[2].outcome == KH_RESTORED);
    CHECK(kh_client_start(second.client, 0) == 0);
    run(&second);
    CHECK(second.ended == 3);
    close_client(&second);
    free(bytes);
}

/* A pointer into the heap is found, and where it is. */
static void a_stray_pointer_is_found(void) {
    uint64_t size, at = 0, offset = 0;
    uint32_t block = 9;
    open_client(&first, 0, true);
    send(&first, "heaper", 1, (walker){.steps = 9}, 0);
    send(&first, "walker", 2, (walker){.steps = 9, .gate = 6}, 3);
    kh_client_set_open(first.client, false);
    CHECK(kh_client_start(first.client, KH_START_MEASURED) == 0);
    while (strstr(first.printed, "2:4;") == NULL) {
        take(&first);
        kh_client_wait(&first.client, 1, 1000000);
    }
    kh_address_map *map = kh_address_map_read(first.client);
    CHECK(map != NULL);
    CHECK(kh_client_want_snapshot(first.client, 0));
    char *bytes = snapshot(&first, false, &size);
    const kh_snapshot_head *head = (const kh_snapshot_head *)(const void *)bytes;
    CHECK(head->count == 2);
    const kh_saved_call *call;
    const uint32_t list = offsetof(walker, list);
    while (map != NULL && (call = kh_snapshot_next(bytes, size, &at)) != NULL) {
        bool is_stray = kh_snapshot_stray(map, call, NULL, 0, NULL, 0, &offset, &block);
        CHECK(is_stray == (call->kernel == kernel_called("heaper")));
        if (!is_stray) continue;
        CHECK(offset == list && block == 0);
        CHECK(!kh_snapshot_stray(map, call, &list, 1, NULL, 0, &offset, &block));
    }
    kh_address_map_free(map);
    free(bytes);
    close_client(&first);
}

/* Prints how long a lane with very many calls does not step, without and with snapshots. */
static void measure(uint64_t calls) {
    for (int round = 0; round < 2; round++) {
        open_client(&first, 0, true);
        CHECK(kh_client_start(first.client, 0) == 0);
        kh_client_set_open(first.client, true);
        for (uint64_t i = 0; i < calls; i++)
            send(&first, i == 0 ? "gap" : "idler", i,
                 (walker){.steps = i == 0 ? 600 : 700, .naps = 30}, 0);
        kh_client_set_open(first.client, false);
        unsigned taken = 0;
        uint64_t bytes = 0;
        while (first.ended == 0) {
            take(&first);
            uint64_t size = 0;
            if (round == 1) kh_client_want_snapshot(first.client, 0);
            if (kh_client_snapshot(first.client, false, &size) != NULL) {
                kh_client_snapshot_taken(first.client, false);
                taken++;
                bytes = size;
            }
            if (first.ended == 0) kh_client_wait(&first.client, 1, 1000000);
        }
        printf("%llu calls, %u snapshots of %.1f MB, longest pause and pass of call %s",
               (unsigned long long)calls, taken, (double)bytes / 1e6, first.printed);
        close_client(&first);
    }
}

/* Very many calls go on: more than the submit ring has room for. */
static void many_go_on(size_t count) {
    open_client(&first, 0, true);
    kh_client_set_open(first.client, true);
    CHECK(kh_client_start(first.client, 0) == 0);
    for (size_t i = 0; i < count; i++)
        send(&first, "idler", i, (walker){.steps = 1000000}, 0);
    kh_client_set_open(first.client, false);
    while (kh_client_waiting(first.client) > 0) kh_client_wait(&first.client, 1, 1000000);
    uint64_t size;
    kh_client_stop(first.client);
    char *bytes = snapshot(&first, true, &size);
    close_client(&first);
    kh_restore *calls = malloc(count * sizeof *calls);
    uint64_t at = 0;
    for (const kh_saved_call *call; (call = kh_snapshot_next(bytes, size, &at)) != NULL;)
        ((walker *)(uintptr_t)((const char *)(call + 1) + call->state_offset))->done = 999998;
    open_client(&second, 0, true);
    uint64_t opened = kh_now();
    CHECK(restore_all(&second, bytes, size, calls, count) == count);
    uint64_t restored = kh_now();
    CHECK(kh_client_start(second.client, 0) == 0);
    run(&second);
    CHECK(second.ended == count);
    if (count > 10000)
        printf("%zu calls restored in %llu us and ended in %llu us\n", count,
               (unsigned long long)(restored - opened) / 1000,
               (unsigned long long)(kh_now() - restored) / 1000);
    free(calls);
    free(bytes);
    close_client(&second);
}

static void more_than_the_ring_has_room_for_go_on(void) { many_go_on(6000); }

int main(int argc, char **argv) {
    describe_kernels();
    if (argc > 1) {
        many_go_on((size_t)atoll(argv[1]));
        measure((uint64_t)atoll(argv[1]));
        return failures;
    }
#define RUN(test) (test(), puts(#test))
    RUN(a_copy_is_made_when_it_is_asked_for);
    RUN(a_last_copy_is_made_at_the_stop);
    RUN(what_does_not_fit_is_left_out);
    RUN(a_stray_pointer_is_found);
    RUN(more_than_the_ring_has_room_for_go_on);
    printf("%d failed\n", failures);
    return failures;
}
