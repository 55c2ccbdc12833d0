/* The slots of calls: the guard words around them, and their release. */
#include "client/client.h"

uint32_t kh_client_live(const kh_client *client) {
    return kh_client_count_live(client);
}

uint32_t kh_client_overruns(const kh_client *client, uint32_t id) {
    return kh_client_slot_overruns(client, id);
}

uint64_t kh_client_printed(const kh_client *client, uint32_t id) {
    return client->worker_entries == NULL ? 0 : client->worker_entries[id].printed;
}

void kh_client_release(kh_client *client, uint32_t id) {
    if (id >= client->live_limit || client->entries[id].slot == NULL) return;
    kh_entry *entry = &client->entries[id];
    uint32_t block = 0;
    if (entry->has_blocks) block = KH_READ_ONCE(kh_client_cold(client, id)->block);
    /* Without memory for this word the lane keeps the block until it ends. */
    if (block != 0) kh_client_push(client, kh_submit_word(KH_SUBMIT_RELEASE, id, block));
    if (entry->has_turn)
        kh_client_turn(client, id)->deadline_ns = kh_client_turn(client, id)->processor_ns = 0;
    if (entry->cancelled)
        atomic_store_explicit(kh_client_end(client, id), KH_GO_ON, memory_order_relaxed);
    client->payload -=
        entry->size - kh_bare_size(&client->shapes[entry->kernel], client->is_checked);
    kh_slab_give(&client->slots, entry->slot, entry->size);
    if (client->worker_entries != NULL && !client->shapes[entry->kernel].is_flat) client->rigid--;
    *entry = (kh_entry){0};
    client->free_ids[client->free_count++] = id;
    kh_client_change_live(client, (uint32_t)-1);
}
