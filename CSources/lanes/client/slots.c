/* The slots of calls: what lies around them, and how they are given back. */
#include "client/port.h"

uint32_t kh_port_live(const kh_port *port) {
    return kh_port_count_live(port);
}

uint32_t kh_port_overruns(const kh_port *port, uint32_t id) {
    return kh_port_slot_overruns(port, id);
}

uint64_t kh_port_printed(const kh_port *port, uint32_t id) {
    return port->more == NULL ? 0 : port->more[id].printed;
}

void kh_port_release(kh_port *port, uint32_t id) {
    if (id >= port->live_limit || port->entries[id].slot == NULL) return;
    kh_entry *entry = &port->entries[id];
    uint32_t block = 0;
    if (entry->has_blocks) block = KH_READ_ONCE(kh_port_cold(port, id)->block);
    /* Where even that finds no memory, the lane keeps its own till it ends. */
    if (block != 0) kh_port_push(port, kh_submit_word(KH_SUBMIT_RELEASE, id, block));
    if (entry->has_turn)
        kh_port_turn(port, id)->deadline_ns = kh_port_turn(port, id)->processor_ns = 0;
    if (entry->cancelled)
        atomic_store_explicit(kh_port_end(port, id), KH_GO_ON, memory_order_relaxed);
    port->payload -=
        entry->size - kh_bare_size(&port->shapes[entry->kernel], port->is_checked);
    kh_heap_give(&port->slots, entry->slot, entry->size);
    if (port->more != NULL && !port->shapes[entry->kernel].is_flat) port->rigid--;
    *entry = (kh_entry){0};
    port->free_ids[port->free_count++] = id;
    kh_port_change_live(port, (uint32_t)-1);
}
