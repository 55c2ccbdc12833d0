/* A kernel that knows its lane's bookkeeping, and falsifies it in one chosen way. It is built
 * with the lane's private headers, so it breaks what an attacker would. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include "lane/lane.h"

#include <stdlib.h>

typedef struct {
    HOSTILE_MEMBERS;
    kh_text how;
    kh_text then;
} attacks_lane;

typedef struct {
    kh_lane *lane;
    kh_tables *tables;
    uint32_t id, place; /* of the call itself */
    attacks_lane *self;
} attack;

static void spin(void) {
    for (volatile uint64_t i = 0;; i++) continue;
}

/* Writes a completion that no call has earned. */
static void forge(attack *a, uint32_t id, uint32_t ending) {
    uint64_t tail = atomic_load(&a->tables->done_tail);
    a->tables->completions[tail % KH_COMPLETIONS] =
        (kh_done){.steps = 1, .own_ns = 1, .id = id & 0xffffffu, .ending = ending & 0xfu};
    atomic_store(&a->tables->done_tail, tail + 1);
}

static void underruns_one(attack *a) { ((volatile int64_t *)a->self)[-1] = 7; }
static void underruns_two(attack *a) { ((volatile int64_t *)a->self)[-2] = -1; }
static void underruns_many(attack *a) {
    volatile char *bytes = (volatile char *)a->self;
    for (int i = 1; i <= 64; i++) bytes[-i] = 0;
}
static void overruns(attack *a) {
    volatile char *bytes = (volatile char *)(a->self + 1);
    for (int i = 0; i < 64; i++) bytes[i] = 0;
}
static void steps_nothing(attack *a) { a->tables->stepping = 0; }
static void steps_another(attack *a) { a->tables->stepping = kh_stepping_word(a->id + 1, a->place); }
static void steps_garbage(attack *a) { a->tables->stepping = UINT64_MAX; }
static void claims_sleep(attack *a) {
    a->tables->stepping = 0;
    atomic_store(&a->tables->awake, 0);
}
static void claims_waiting(attack *a) { atomic_store(&a->tables->lane_event.sleeping, 1); }
static void passes_on(attack *a) {
    if (strcmp(a->self->then.data, "spins") != 0) a->tables->pass += 1000;
    else for (;;) __atomic_fetch_add(&a->tables->pass, 1, __ATOMIC_RELAXED);
}
static void pass_is_garbage(attack *a) { a->tables->pass = UINT64_C(1) << 60; }
static void forges_own_end(attack *a) { forge(a, a->id, KH_ENDED_OK); }
static void forges_foreign_ends(attack *a) {
    for (int i = 0; i < KH_COMPLETIONS; i++) forge(a, 0xfffff0, KH_ENDED_OK);
}
static void forges_many(attack *a) { atomic_fetch_add(&a->tables->done_tail, 1u << 20); }
static void forges_ending(attack *a) { forge(a, a->id, 9); }
static void forges_cancel(attack *a) { forge(a, a->id, KH_ENDED_CANCELLED); }
static void takes_too_much(attack *a) { atomic_fetch_add(&a->tables->submit_head, 100000); }
static void takes_back(attack *a) { atomic_fetch_sub(&a->tables->submit_head, 100000); }
static void prints_too_much(attack *a) {
    kh_piece piece = {a->id, 131073};
    uint64_t tail = atomic_load(&a->tables->text_tail);
    memcpy(a->tables->text + tail % KH_TEXT_BYTES, &piece, sizeof piece);
    atomic_store(&a->tables->text_tail, tail + 140000);
}
static void prints_for_nobody(attack *a) {
    kh_piece piece = {0x7ffffff0, 8};
    uint64_t tail = atomic_load(&a->tables->text_tail);
    memcpy(a->tables->text + tail % KH_TEXT_BYTES, &piece, sizeof piece);
    atomic_store(&a->tables->text_tail, tail + 16);
}
static void moves_text_back(attack *a) { atomic_fetch_sub(&a->tables->text_tail, 4096); }
static void clears_wake_words(attack *a) {
    atomic_store(&a->tables->client_event.sleeping, 0);
    atomic_store(&a->tables->client_event.word, 0);
    atomic_store(&a->tables->lane_event.sleeping, 0);
}
static void empties_list(attack *a) {
    memset(a->lane->live, 0, sizeof(kh_live) * 64);
    a->lane->live_count = 0;
}
static void shuffles_list(attack *a) {
    for (uint32_t i = 0; i < 64; i++) a->lane->live[i].id = i * 7919;
}
static void points_list_away(attack *a) { a->lane->live = NULL; }
static void forgets_sleepers(attack *a) { a->lane->parked_count = 0; }
static void sleepers_never_wake(attack *a) {
    for (size_t i = 0; i < a->lane->parked_count; i++) a->lane->parked[i].wake = UINT64_MAX;
    for (uint32_t id = 0; id < 64; id++) a->lane->turns[id].wake_ns = UINT64_MAX;
}
static void parks_all(attack *a) {
    for (uint32_t id = 0; id < 64; id++) a->lane->cold[id].is_parked = 1;
}
static void kernels_are_garbage(attack *a) {
    for (uint32_t id = 0; id < 64; id++) a->lane->cold[id].kernel = 0xffffff;
}
static void blocks_are_a_circle(attack *a) {
    for (uint32_t i = 1; i < 64; i++) a->lane->blocks.records[i].next = i;
    for (uint32_t id = 0; id < 64; id++) a->lane->cold[id].block = 1;
}
static void blocks_are_huge(attack *a) {
    for (uint32_t i = 1; i < 64; i++) a->lane->blocks.records[i].units = 0x7ffffff;
}
static void lists_are_shared(attack *a) {
    for (int i = 0; i < KH_BLOCK_CLASSES; i++) a->lane->blocks.lists[i] = 1;
}
static void times_are_garbage(attack *a) {
    for (uint32_t id = 0; id < 64; id++) {
        a->lane->cold[id].own_ns = UINT64_MAX / 2;
        a->lane->cold[id].started_ns = UINT64_MAX;
        a->lane->cold[id].timeout_ns = 0;
    }
}
static void lane_is_zero(attack *a) { memset(a->lane, 0, sizeof *a->lane); }
static void tables_are_zero(attack *a) { memset((void *)a->tables, 0, sizeof *a->tables); }
static void clock_says_never(attack *a) { atomic_store(&a->tables->next_wake, UINT64_MAX); }

static const struct {
    const char *name;
    void (*run)(attack *a);
} attacks[] = {
#define ATTACK(name) {#name, name}
    ATTACK(underruns_one), ATTACK(underruns_two), ATTACK(underruns_many), ATTACK(overruns),
    ATTACK(steps_nothing), ATTACK(steps_another), ATTACK(steps_garbage), ATTACK(claims_sleep),
    ATTACK(claims_waiting), ATTACK(passes_on), ATTACK(pass_is_garbage), ATTACK(forges_own_end),
    ATTACK(forges_foreign_ends), ATTACK(forges_many), ATTACK(forges_ending),
    ATTACK(forges_cancel), ATTACK(takes_too_much), ATTACK(takes_back), ATTACK(prints_too_much),
    ATTACK(prints_for_nobody), ATTACK(moves_text_back), ATTACK(clears_wake_words),
    ATTACK(empties_list), ATTACK(shuffles_list), ATTACK(points_list_away),
    ATTACK(forgets_sleepers), ATTACK(sleepers_never_wake), ATTACK(parks_all),
    ATTACK(kernels_are_garbage), ATTACK(blocks_are_a_circle), ATTACK(blocks_are_huge),
    ATTACK(lists_are_shared), ATTACK(times_are_garbage), ATTACK(lane_is_zero),
    ATTACK(tables_are_zero), ATTACK(clock_says_never),
};

static int attacks_lane_step(kh_call *call, void *state) {
    attacks_lane *self = state;
    HOSTILE_WAIT(self);
    kh_lane *lane = (kh_lane *)(uintptr_t)call->services;
    attack a = {lane, lane->tables, (uint32_t)(call - lane->calls), kh_place(lane->arena, state),
                self};
    char then = self->then.data[0]; /* the overwritten bytes may be its own */
    size_t count = sizeof attacks / sizeof *attacks, i = 0;
    while (i < count && strcmp(attacks[i].name, self->how.data) != 0) i++;
    if (i == count) return kh_fail(call, -EINVAL, "no attack %s", self->how.data);
    attacks[i].run(&a);
    if (then == 's') spin();
    if (then == 'e') _exit(0);
    return then == 'd' ? KH_DONE : KH_MORE;
}

KH_KERNEL(attacks_lane,
    .summary = "Falsify one of the lane's books, then end, go on, spin or exit.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(attacks_lane),
                        KH_PARAM(attacks_lane, how, "the attack"),
                        KH_PARAM(attacks_lane, then, "what follows",
                                 .choices = KH_CHOICES("more", "done", "spins", "exits"))),
    .defaults = KH_DEFAULTS(attacks_lane, .at = 1, .how = {"underruns_one", 13},
                            .then = {"more", 4}),
    .step = attacks_lane_step);
