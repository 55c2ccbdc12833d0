/* Over 300 lines, for it is one fuzz target. */
/* Fuzzes the owner's end of a lane. The input plays the worker: it writes completions, text,
 * tables and states into the arena, as a kernel that damages memory may. The owner must read
 * nothing outside the arena, and must account for each submitted call exactly once. */
#include "fuzz.h"

#include "supervisor/supervisor_parts.h"
#include "client/client.h"

#include <signal.h>
#include <sys/socket.h>

enum { MOST_LIVE = 12, MOST_CALLS = 512, HEADROOM_NS = 1 << 30 };

/* The clock's thread has no part in this: the input itself says what the clock has seen. */
int kh_clock_add(kh_arena *arena, const kh_layout *layout, kh_clock_account *account) {
    (void)arena, (void)layout, (void)account;
    return 0;
}
void kh_clock_remove(kh_arena *arena) { (void)arena; }
void kh_clock_poke(void) {}
void kh_clock_hasten(kh_arena *arena) { (void)arena; }

typedef struct probe {
    int64_t number;
    kh_text text;
    kh_f64_array numbers;
} probe;

static const kh_shape shapes[] = {{sizeof(probe), NULL, 8, 1},
                                  {64, NULL, 64, 1},
                                  {sizeof(probe), NULL, 8, 0}};

static kh_supervisor supervisor;
static int worker_end;
static kh_client *client;

/* Where each call is: a call that is settled has had its outcome. */
static enum { UNUSED, SUBMITTED, ENDED, SETTLED } calls[MOST_CALLS];
static uint32_t slots[MOST_CALLS]; /* of ended calls */
static uint32_t call_count;

static void move(uint64_t tag, int from, int to) {
    MUST(tag < call_count);
    MUST(calls[tag] == (unsigned)from);
    calls[tag] = (unsigned)to;
}

/* ------------------------------------------------------------- the owner --- */

static void submit(void) {
    uint64_t choice = number(2); /* mostly of the kernel whose calls go on after a death */
    kh_draft draft;
    if (call_count == MOST_CALLS ||
        kh_client_draft(client, choice & 3 ? 0 : choice >> 14, choice >> 8 & 63, &draft) != KH_ROOM)
        return;
    kh_call_options options = {.tag = call_count};
    if (choice & 4) options.timeout_ns = 1000;
    if (choice & 8) options.deadline_ns = 1000;
    if (choice & 16) options.processor_ns = 1000;
    if (choice & 32) options.memory = 4096;
    if (choice & 64) options.skip_text = 3;
    kh_client_submit(client, &draft, &options);
    if (choice & 128) kh_client_flush(client);
    calls[call_count++] = SUBMITTED;
}

/* A result as the bridge reads it: its bytes, if they are in the arena. */
static uint64_t read_result(const void *pointer, size_t count, size_t size) {
    size_t length;
    if (__builtin_mul_overflow(count, size, &length)) return 0;
    const unsigned char *bytes = kh_client_view(client, pointer, length);
    if (bytes == NULL || length == 0) return 0;
    MUST((const char *)bytes >= (const char *)client->arena);
    MUST((const char *)bytes + length <= (const char *)client->arena + client->layout.size);
    return bytes[0] + bytes[length - 1];
}

static void reap_text(void) {
    static char buffer[KH_LONGEST_PIECE];
    kh_text_piece pieces[3];
    size_t count;
    while ((count = kh_client_reap_text(client, pieces, 3, buffer, sizeof buffer)) > 0)
        for (size_t i = 0; i < count; i++) {
            MUST(pieces[i].tag < call_count && calls[pieces[i].tag] != SETTLED);
            MUST(pieces[i].kernel < 3);
            MUST(pieces[i].offset <= sizeof buffer &&
                 pieces[i].length <= sizeof buffer - pieces[i].offset);
        }
}

static void reap(void) {
    kh_completion ended[2];
    size_t count;
    kh_client_poll(client);
    reap_text();
    while ((count = kh_client_reap(client, ended, 2)) > 0)
        for (size_t i = 0; i < count; i++) {
            move(ended[i].tag, SUBMITTED, ENDED);
            slots[ended[i].tag] = ended[i].slot;
            MUST(ended[i].kernel < 3 && ended[i].ending <= KH_ENDED_CANCELLED);
            MUST(ended[i].message_length <= KH_LONGEST_MESSAGE);
            if (ended[i].message != NULL) read_all(ended[i].message, ended[i].message_length);
            read_all(ended[i].state, shapes[ended[i].kernel].state_size);
            if (ended[i].kernel != 1) {
                const probe *state = ended[i].state;
                read_result(state->text.data, state->text.length, 1);
                read_result(state->numbers.data, state->numbers.count, 8);
            }
            kh_client_overruns(client, ended[i].slot);
            kh_client_printed(client, ended[i].slot);
        }
}

static void release(uint64_t index) {
    for (uint32_t i = 0; i < call_count; i++) {
        uint32_t tag = (i + (uint32_t)index) % call_count;
        if (calls[tag] != ENDED) continue;
        move(tag, ENDED, SETTLED);
        kh_client_release(client, slots[tag]);
        return;
    }
}

static void take_back(void) {
    uint64_t tags[4];
    size_t count = kh_client_take_back(client, tags, 4);
    for (size_t i = 0; i < count; i++) move(tags[i], SUBMITTED, SETTLED);
}

static void look_at_running(void) {
    kh_running running[KH_MOST_RUNNING];
    size_t count = kh_client_running(client, running, number(1) % (KH_MOST_RUNNING + 1));
    MUST(count <= KH_MOST_RUNNING);
    for (size_t i = 0; i < count; i++)
        MUST(running[i].tag < call_count && calls[running[i].tag] == SUBMITTED);
    kh_running sample[4];
    uint32_t all;
    count = kh_client_survey(client, sample, 4, &all);
    MUST(count <= 4 && count <= all && all <= call_count);
    for (size_t i = 0; i < count; i++)
        MUST(sample[i].tag < call_count && calls[sample[i].tag] == SUBMITTED);
}

/* ------------------------------------------------------------ the worker --- */

static void put(uint64_t offset, const void *bytes, size_t length) {
    memcpy((char *)client->arena + offset, bytes, length);
}

/* An id: mostly one that a call has. */
static uint32_t some_id(void) {
    uint64_t byte = number(1);
    return byte < 250 ? (uint32_t)(byte % MOST_LIVE) : (uint32_t)number(4);
}

static uint32_t place_of(uint32_t id) {
    return id < client->fresh && client->entries[id].slot != NULL ? kh_client_place(client, id)
                                                              : (uint32_t)number(4);
}

static void complete(void) {
    uint32_t bits = (uint32_t)number(2);
    kh_done done = {.id = some_id() & 0xffffff, .ending = bits & 15, .has_blocks = bits >> 4 & 1,
                    .has_overrun = bits >> 5 & 1, .has_changes = bits >> 6 & 1,
                    .steps = bits >> 8 & 15, .own_ns = 5, .elapsed_ns = 9,
                    .started_ns = client->opened + (bits >> 12)};
    if (bits & 128) { /* with fields that are anything */
        done.steps = number(8);
        done.started_ns = number(8);
        uint32_t floats[2] = {(uint32_t)number(4), (uint32_t)number(4)};
        memcpy(&done.own_ns, floats, sizeof floats);
        done.code = (int32_t)number(4);
    }
    uint64_t tail = atomic_load(&client->tables->done_tail);
    client->tables->completions[tail % KH_COMPLETIONS] = done;
    atomic_store(&client->tables->done_tail, tail + 1);
}

static void print(void) {
    kh_piece piece = {.id = some_id()};
    uint64_t length = number(1);
    if (length & 1) piece.id |= KH_PIECE_OUTPUT;
    piece.length = length < 250 ? (uint32_t)length : (uint32_t)number(4);
    uint64_t tail = atomic_load(&client->tables->text_tail);
    for (size_t i = 0; i < sizeof piece; i++)
        client->tables->text[(tail + i) % KH_TEXT_BYTES] = ((const char *)&piece)[i];
    uint64_t whole = sizeof piece + (((uint64_t)piece.length + 7) & ~UINT64_C(7));
    atomic_store(&client->tables->text_tail, length < 254 ? tail + whole : tail + number(4));
}

/* Words of the lane's bookkeeping that its owner reads. */
static void set_word(void) {
    kh_tables *tables = client->tables;
    uint64_t which = number(1), kind = number(1), value = kind < 128 ? kind : number(8);
    switch (which % 14) {
    case 0: atomic_store(&tables->done_tail, kind & 1 ? value : client->done_head + value); break;
    case 1: atomic_store(&tables->text_tail, kind & 1 ? value : client->text_head + value); break;
    case 2: atomic_store(&tables->submit_head, kind & 1 ? value : client->published - value); break;
    case 3: tables->pass = value; break;
    case 4: tables->live_count = (uint32_t)value; break;
    case 5: tables->blocks_top = value; break;
    case 6: tables->record_top = (uint32_t)value; break;
    case 7: tables->has_made = (uint32_t)value; break;
    case 8: atomic_store(&tables->awake, (uint32_t)value & 1); break;
    case 9: atomic_store(&tables->parked_count, (uint32_t)value); break;
    case 10: atomic_store(&tables->crash.signal, (uint32_t)value); break;
    case 11: tables->crash.address = value; break;
    case 12: atomic_store(&tables->claims[value % KH_SUBMITS], (uint32_t)number(4)); break;
    default: atomic_store(&tables->lane_event.sleeping, (uint32_t)value); break;
    }
}

/* The lane's tables by id, or a record of a block. */
static void set_record(void) {
    uint64_t which = number(1), at = number(1) & ~UINT64_C(7), value = number(8);
    uint32_t id = some_id() % MOST_LIVE;
    switch (which % 4) {
    case 0: put(client->layout.cold + id * sizeof(kh_cold) + at % 64, &value, 8); break;
    case 1: put(client->layout.turns + id * sizeof(kh_turn) + at % 64, &value, 8); break;
    case 2: put(client->layout.records + id * sizeof(kh_block) + at % 24, &value, 8); break;
    default: {
        kh_block block = {.unit = (uint32_t)value & 63, .units = 1, .next = value >> 8 & 7,
                          .owner = id + 1, .bytes = value >> 16 & 63};
        put(client->layout.records + (value >> 24 & 7) * sizeof block, &block, sizeof block);
        kh_client_cold(client, id)->block = value >> 24 & 7;
        kh_client_cold(client, id)->message =
            value >> 48 & 1 ? (uint32_t)number(4) : value >> 24 & 7;
        kh_client_cold(client, id)->message_length = (uint16_t)(value >> 32);
    }
    }
}

/* A sound lane: it takes the next call of the ring, and steps it from then on. */
static void begin_next(void) {
    kh_tables *tables = client->tables;
    uint64_t head = atomic_load(&tables->submit_head);
    uint32_t at = tables->live_count;
    if (head == client->published || at >= MOST_LIVE) return;
    uint64_t word = atomic_load(&client->arena->submits[head % KH_SUBMITS]);
    atomic_store(&tables->submit_head, head + 1);
    if (client->is_shared && !kh_claim(tables, head)) return;
    if (kh_submit_kind(word) == KH_SUBMIT_RELEASE || kh_submit_id(word) >= MOST_LIVE) return;
    kh_cold *cold = kh_client_cold(client, kh_submit_id(word));
    kh_live entry = {.place = kh_submit_value(word), .id = kh_submit_id(word)};
    cold->phase = KH_LIVE;
    cold->started_ns = client->opened + 1;
    put(client->layout.live + at * sizeof entry, &entry, sizeof entry);
    tables->live_count = at + 1;
    tables->stepping = kh_stepping_word(entry.id, entry.place);
    tables->pass++;
    if (tables->record_top == 0) tables->record_top = 1;
    if (tables->blocks_top < client->arena->blocks_used)
        tables->blocks_top = client->arena->blocks_used;
}

/* The lane begins a call, or says so, and is in a step of it. */
static void step(void) {
    uint64_t phase = number(1);
    uint32_t id = some_id(), place = place_of(id);
    if (id < MOST_LIVE) {
        kh_cold *cold = kh_client_cold(client, id);
        cold->phase = phase & 7;
        cold->is_parked = phase >> 3 & 1;
        cold->said = phase >> 4 & KH_SAID_PROGRESS;
        cold->started_ns = client->opened + phase;
        kh_live entry = {.place = place, .id = id};
        put(client->layout.live + (id % MOST_LIVE) * sizeof entry, &entry, sizeof entry);
    }
    client->tables->stepping = phase & 32 ? number(8) : kh_stepping_word(id, place);
    atomic_store(&client->account.step_ns, number(4));
    atomic_store(&client->account.outside_ns, number(4));
}

/* A result that points somewhere, or a write over a state and what is around it. */
static void set_state(void) {
    uint32_t id = some_id() % MOST_LIVE;
    if (id >= client->fresh || client->entries[id].slot == NULL) return;
    uint64_t kind = number(1);
    if (kind & 1) {
        uint64_t words[2] = {(uint64_t)(uintptr_t)client->arena + (uint64_t)client->distance +
                                 (kind & 2 ? number(8) : number(3)),
                             kind & 4 ? number(8) : number(1)};
        memcpy(kh_client_state(client, id) + 8 * (kind >> 3 & 3), words, sizeof words);
    } else {
        uint64_t value = number(8);
        memcpy(client->entries[id].slot + kind % 64, &value, sizeof value);
    }
}

static void write_anywhere(void) {
    const uint64_t starts[] = {client->layout.tables, client->layout.slots, client->layout.blocks};
    const uint64_t sizes[] = {client->layout.tables_size, client->layout.slots_size,
                              client->layout.blocks_size};
    uint64_t which = number(1) % 3, at = number(4) % (sizes[which] - 8), value = number(8);
    put(starts[which] + at, &value, sizeof value);
}

/* ----------------------------------------------------------------- death --- */

static void start(void) {
    MUST(kh_client_start(client, number(1) & 1 ? KH_START_ONCE : 0) == 0);
    for (char bytes[4096]; recv(worker_end, bytes, sizeof bytes, MSG_DONTWAIT) > 0;) continue;
}

/* What is live in the client's tables, and what the model says, are the same number. */
static void compare(void) {
    uint32_t live = 0;
    for (uint32_t tag = 0; tag < call_count; tag++)
        live += calls[tag] == SUBMITTED || calls[tag] == ENDED;
    MUST(live == kh_client_live(client));
}

/* The worker dies. The owner settles the call that it died in, and goes on with the others, or
 * gives them up where [is_last]. */
static void die(bool is_last) {
    static const int statuses[] = {SIGSEGV, SIGKILL, 3 << 8, -1, SIGSEGV | 128, 0};
    int status = statuses[number(1) % 6];
    kh_supervisor_note_death(&supervisor, 0, status, status < 0 ? EAGAIN : 0, 4096, "f+0x1 (lib.so)");
    reap();
    kh_death death;
    kh_client_death(client, &death);
    if (death.has_call) MUST(death.tag < call_count && calls[death.tag] == SUBMITTED);
    read_all(death.output, death.output_length);
    bool wants_take_over = !is_last && (number(1) & 1);
    if (wants_take_over && kh_client_take_over(client, &death)) {
        kh_survivor beside[4];
        size_t count = kh_client_beside(client, beside, 4);
        for (size_t i = 0; i < count; i++)
            MUST(beside[i].tag < call_count && calls[beside[i].tag] == SUBMITTED);
        move(death.tag, SUBMITTED, SETTLED);
        kh_client_release(client, death.slot);
        start();
        return;
    }
    size_t count = kh_client_recover(client, &death);
    if (death.has_call) {
        move(death.tag, SUBMITTED, SETTLED);
        kh_client_release(client, death.slot);
    }
    /* Each call that had not ended is among the survivors, once. */
    uint32_t left = 0;
    for (uint32_t tag = 0; tag < call_count; tag++) left += calls[tag] == SUBMITTED;
    MUST(left == count);
    for (size_t i = 0; i < count; i++) {
        kh_survivor one;
        kh_client_survivor(client, i, &one);
        MUST(one.tag < call_count && calls[one.tag] == SUBMITTED && one.kernel < 3);
        if (is_last || one.fate == KH_FATE_AGAIN) {
            move(one.tag, SUBMITTED, SETTLED);
            kh_client_release(client, one.slot);
        }
    }
    if (is_last) return;
    if (kh_client_live(client) == 0 && (number(1) & 1)) {
        kh_client_renew(client);
        start();
    } else {
        MUST(kh_client_revive(client) == 0);
    }
}

/* ------------------------------------------------------------------ input --- */

static void prepare(void) {
    int ends[2];
    if (supervisor.base != 0) return;
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
    pthread_mutex_init(&supervisor.lock, NULL);
    pthread_mutex_init(&supervisor.requesting, NULL);
    pthread_cond_init(&supervisor.changed, NULL);
    supervisor.socket = ends[0];
    worker_end = ends[1];
    supervisor.fork_server = getpid();
    supervisor.base = UINT64_C(1) << 45;
    supervisor.room = UINT64_C(1) << 26;
}

static void act(void) {
    switch (number(1) % 24) {
    case 0: case 1: case 2: submit(); break;
    case 3: kh_client_flush(client); break;
    case 4: case 5: reap(); break;
    case 6: case 7: complete(); break;
    case 8: print(); break;
    case 9: set_word(); break;
    case 10: set_record(); break;
    case 11: step(); break;
    case 12: set_state(); break;
    case 13: write_anywhere(); break;
    case 14: release(number(1)); break;
    case 15: {
        uint64_t first = number(1);
        kh_client_cancel_tags(client, (uint64_t[]){first, first + 3}, 1);
        break;
    }
    case 16:
        client->watchdog.looked -= HEADROOM_NS;
        kh_client_check(client, 0);
        break;
    case 17: look_at_running(); break;
    case 18: take_back(); break;
    case 19: case 20: begin_next(); break;
    case 21: kh_client_wait(&client, 1, 0); break;
    case 22: if (number(1) == 0) kh_client_kill(client); break;
    default: die(false);
    }
    for (char bytes[4096]; recv(worker_end, bytes, sizeof bytes, MSG_DONTWAIT) > 0;) continue;
    if (client->reason != KH_REASON_NONE) die(false); /* the owner has ended it */
    compare();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    prepare();
    begin_input(bytes, count);
    memset(calls, 0, sizeof calls);
    call_count = 0;
    uint64_t choice = number(1);
    supervisor.checks_memory = choice & 1;
    kh_client_options options = {.shapes = shapes, .kernel_count = 3, .live_limit = MOST_LIVE,
                               .supervisor = &supervisor, .lanes = choice & 2 ? 2 : 1};
    client = kh_client_open(&options);
    MUST(client != NULL);
    client->opened -= HEADROOM_NS;
    start();
    while (has_input()) act();
    die(true);
    while (kh_client_live(client) > 0) release(0);
    for (uint32_t tag = 0; tag < call_count; tag++) MUST(calls[tag] == SETTLED);
    kh_client_close(client);
    return 0;
}
