/* Finds pointers in copied calls that another process could not use: into a library, a stack or
 * the heap. A kernel that says it is flat has none. */
#include "client/client.h"
#include "shared/snapshot.h"
#include "supervisor/supervisor.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct kh_span {
    uint64_t first, end;
} kh_span;

struct kh_address_map {
    kh_span *ranges; /* in ascending order */
    size_t count;
    uint64_t heap, heap_end; /* the heap below LOW, where numbers look like addresses; 0, 0 */
    uint64_t arena, arena_end;
    uint64_t slots, slots_end, blocks, blocks_end; /* addresses */
};

/* Small numbers are not taken for addresses, except those of the heap. */
#define LOW (UINT64_C(1) << 32)

static void add_range(kh_address_map *map, uint64_t first, uint64_t end) {
    if (map->count > 0 && map->ranges[map->count - 1].end == first) {
        map->ranges[map->count - 1].end = end;
        return;
    }
    if (map->count % 64 == 0) {
        kh_span *grown = realloc(map->ranges, (map->count + 64) * sizeof *grown);
        if (grown == NULL) return;
        map->ranges = grown;
    }
    map->ranges[map->count++] = (kh_span){first, end};
}

kh_address_map *kh_address_map_read(kh_client *client) {
    pid_t process = kh_worker_process(client->supervisor, &client->worker);
    if (process == 0) return NULL;
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) return NULL;
    kh_address_map *map = calloc(1, sizeof *map);
    const kh_layout *layout = &client->layout;
    if (map != NULL) {
        map->arena = kh_supervisor_base(client->supervisor);
        map->arena_end = map->arena + kh_supervisor_room(client->supervisor);
        map->slots = map->arena + layout->slots;
        map->slots_end = map->slots + layout->slots_size;
        map->blocks = map->arena + layout->blocks;
        map->blocks_end = map->blocks + layout->blocks_size;
    }
    unsigned long long first, end;
    while (map != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%llx-%llx", &first, &end) != 2) continue;
        if (first >= map->arena && end <= map->arena_end) continue;
        if (first >= LOW) {
            add_range(map, first, end);
        } else if (strstr(line, "[heap]") != NULL) {
            map->heap = first;
            map->heap_end = end;
        }
    }
    fclose(file);
    if (map == NULL || map->count > 0) return map;
    kh_address_map_free(map); /* the process has ended */
    return NULL;
}

void kh_address_map_free(kh_address_map *map) {
    if (map == NULL) return;
    free(map->ranges);
    free(map);
}

static bool is_in(const kh_address_map *map, uint64_t word) {
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (word >= map->ranges[middle].end) low = middle + 1;
        else high = middle;
    }
    return low < map->count && word >= map->ranges[low].first;
}

/* Returns whether an address of the arena is in the memory of the call. */
static bool is_own(const kh_address_map *map, const kh_saved_call *call, uint64_t word) {
    if (word >= call->slot && word <= call->slot + call->slot_size) return true;
    const kh_saved_block *blocks = (const kh_saved_block *)(const void *)(call + 1);
    for (uint32_t i = 0; i < call->block_count; i++) {
        uint64_t start = map->blocks + (uint64_t)blocks[i].unit * 64;
        if (word >= start && word <= start + (uint64_t)blocks[i].units * 64) return true;
    }
    return false;
}

static bool is_stray(const kh_address_map *map, const kh_saved_call *call, uint64_t word) {
    if (word < LOW) return word % 16 == 0 && word >= map->heap && word < map->heap_end;
    if ((word >= map->slots && word < map->slots_end) ||
        (word >= map->blocks && word < map->blocks_end))
        return !is_own(map, call, word);
    if (word >= map->arena && word < map->arena_end) return false; /* kh_call stays in its place */
    return is_in(map, word);
}

bool kh_snapshot_stray(const kh_address_map *map, const kh_saved_call *call,
                       const uint32_t *ignored, size_t ignored_count,
                       const kh_default_word *defaults, size_t default_count, uint64_t *offset,
                       uint32_t *block) {
    const kh_saved_block *blocks = (const kh_saved_block *)(const void *)(call + 1);
    const char *bytes = (const char *)(blocks + call->block_count), *part = bytes;
    uint64_t word;
    part += call->state_offset;
    for (uint64_t at = 0; at + sizeof word <= call->state_size; at += sizeof word) {
        while (ignored_count > 0 && *ignored < at) ignored++, ignored_count--;
        if (ignored_count > 0 && *ignored == at) continue;
        memcpy(&word, part + at, sizeof word);
        while (default_count > 0 && defaults->offset < at) defaults++, default_count--;
        bool is_default = default_count > 0 && defaults->offset == at && defaults->word == word;
        if (is_default || !is_stray(map, call, word)) continue;
        *offset = at;
        *block = 0;
        return true;
    }
    part = bytes + kh_up_to_word(call->slot_size);
    for (uint32_t i = 0; i < call->block_count; i++) {
        for (uint64_t at = 0; at + sizeof word <= blocks[i].bytes; at += sizeof word) {
            memcpy(&word, part + at, sizeof word);
            if (!is_stray(map, call, word)) continue;
            *offset = at;
            *block = call->block_count - i;
            return true;
        }
        part += kh_up_to_word(blocks[i].bytes);
    }
    return false;
}
