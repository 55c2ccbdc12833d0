/* Asks a lane for copies of its half-done calls, and takes them. */
#include "client/client.h"
#include "shared/snapshot.h"

#include <sys/mman.h>

/* The pages of a copy of this size and more are given back after it was read. */
#define KH_LARGE_SNAPSHOT (UINT64_C(1) << 22)

bool kh_client_want_snapshot(kh_client *client, uint64_t age_ns) {
    if (!client->snapshots || client->snapshot_is_asked || atomic_load(&client->is_read) != 0)
        return false;
    client->snapshot_is_asked = true;
    atomic_store_explicit(&client->arena->snapshot_age, age_ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&client->arena->snapshots_wanted, 1, memory_order_release);
    kh_client_notify_lane(client);
    return true;
}

bool kh_client_has_snapshot(kh_client *client) {
    return client->snapshot_is_asked || atomic_load(&client->is_read) != 0;
}

/* Returns whether the lane has completed the copy. */
static bool is_made(const kh_client *client, bool final) {
    const kh_tables *tables = client->tables;
    if (final)
        return !client->final_is_taken &&
               atomic_load_explicit(&tables->has_final_snapshot, memory_order_acquire) != 0;
    return client->snapshot_is_asked &&
           atomic_load_explicit(&tables->snapshots_made, memory_order_acquire) ==
               atomic_load_explicit(&client->arena->snapshots_wanted, memory_order_relaxed);
}

const void *kh_client_snapshot(kh_client *client, bool final, uint64_t *size) {
    if (!client->snapshots || !is_made(client, final)) return NULL;
    if (final) client->final_is_taken = true;
    else client->snapshot_is_asked = false;
    const kh_snapshot_head *head = kh_at(client->arena, kh_snapshot_start(&client->layout, final));
    /* A kernel may have written here: what it says is checked when it is restored. */
    *size = KH_READ_ONCE(head->size);
    if (*size < sizeof *head || *size > kh_snapshot_room(&client->layout, final)) return NULL;
    if (!final) atomic_store(&client->is_read, 1);
    return head;
}

void kh_client_snapshot_taken(kh_client *client, bool final) {
    const kh_layout *layout = &client->layout;
    kh_snapshot_head *head = kh_at(client->arena, kh_snapshot_start(layout, final));
    if (KH_READ_ONCE(head->size) >= KH_LARGE_SNAPSHOT)
        madvise((char *)head, kh_snapshot_room(layout, final), MADV_REMOVE);
    if (!final) atomic_store(&client->is_read, 0);
}

/* Returns whether a call's parts add up to its size. */
static bool adds_up(const kh_saved_call *call, uint64_t left) {
    if (left < sizeof *call || call->size < sizeof *call || call->size > left ||
        call->size % 8 != 0)
        return false;
    uint64_t rest = call->size - sizeof *call;
    if (call->block_count > rest / sizeof(kh_saved_block)) return false;
    rest -= call->block_count * sizeof(kh_saved_block);
    if (call->slot_size > rest || kh_up_to_word(call->slot_size) > rest) return false;
    rest -= kh_up_to_word(call->slot_size);
    const kh_saved_block *blocks = (const kh_saved_block *)(const void *)(call + 1);
    for (uint32_t i = 0; i < call->block_count; i++) {
        if (blocks[i].bytes > rest || kh_up_to_word(blocks[i].bytes) > rest) return false;
        rest -= kh_up_to_word(blocks[i].bytes);
    }
    return rest == 0 && call->message <= call->block_count &&
           (uint64_t)call->state_offset + call->state_size <= call->slot_size;
}

const kh_saved_call *kh_snapshot_next(const void *bytes, uint64_t size, uint64_t *at) {
    const kh_snapshot_head *head = bytes;
    if (size < sizeof *head || head->magic != KH_SNAPSHOT_MAGIC || head->size > size) return NULL;
    if (*at == 0) *at = sizeof *head;
    if (*at >= head->size) return NULL;
    const kh_saved_call *call =
        (const kh_saved_call *)(const void *)((const char *)bytes + *at);
    if (!adds_up(call, head->size - *at)) return NULL;
    *at += call->size;
    return call;
}
