/* What the calls of a kernel share in this process. It is made before any code of the kernel
 * runs. */
#include "lane/own_time.h"

#include <stdio.h>
#include <sys/mman.h>

/* What was made for a kernel. */
struct kh_made {
    void *shared;
    bool is_made;
    uint32_t next; /* for teardown: the number + 1 of the kernel set up before this one; 0 */
};

/* Makes the table. It is out of reach of an overrun, and takes no memory without a setup. */
static bool make_room(kh_lane *lane) {
    if (lane->made != NULL) return true;
    void *room = mmap(NULL, lane->kernel_count * sizeof *lane->made, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return false;
    lane->made = room;
    return true;
}

/* Takes what was made for another kernel by the same function. */
static bool take_others(kh_lane *lane, uint32_t number) {
    for (uint32_t i = 0; i < lane->kernel_count; i++) {
        if (!lane->made[i].is_made || lane->kernels[i]->setup != lane->kernels[number]->setup)
            continue;
        lane->made[number].shared = lane->made[i].shared;
        lane->made[number].is_made = true;
        return true;
    }
    return false;
}

static int refuse(kh_lane *lane, uint32_t id, int code, const char *text, int length) {
    kh_lane_set_message(lane, id, code, text, (size_t)length);
    return code;
}

int kh_lane_set_up(kh_lane *lane, uint32_t id) {
    uint32_t number = lane->cold[id].kernel;
    const kh_kernel *kernel = lane->kernels[number];
    if (KH_LIKELY(lane->made != NULL && lane->made[number].is_made)) return 0;
    char text[160];
    if (!make_room(lane))
        return refuse(lane, id, -ENOMEM, text,
                      snprintf(text, sizeof text, "no memory for what its calls share"));
    if (take_others(lane, number)) return 0;
    void *shared = NULL;
    uint8_t phase = lane->cold[id].phase;
    KH_WRITE_ONCE(lane->cold[id].phase, KH_IN_SETUP);
    int result = kernel->setup(&lane->calls[id], &shared);
    KH_WRITE_ONCE(lane->cold[id].phase, phase);
    kh_lane_look_at_output(lane, id);
    kh_lane_look_at_floats(lane, id);
    kh_lane_look_behind(lane, id);
    lane->sleeper = 0;
    lane->now_is_old = true;
    if (result < 0) return result;
    if (result > 0)
        return refuse(lane, id, -EPROTO, text,
                      snprintf(text, sizeof text,
                               "setup returned %d, which is neither 0 nor a negative error",
                               result));
    lane->made[number] = (kh_made){shared, true, 0};
    if (kernel->teardown == NULL) return 0;
    lane->made[number].next = lane->last_made;
    lane->last_made = number + 1;
    KH_WRITE_ONCE(lane->tables->has_made, 1);
    return 0;
}

void *kh_lane_shared(const kh_lane *lane, uint32_t id) {
    return lane->made == NULL ? NULL : lane->made[lane->cold[id].kernel].shared;
}

void kh_lane_tear_down(kh_lane *lane) {
    while (lane->last_made != 0) { /* the last one first: it may use the others */
        uint32_t number = lane->last_made - 1;
        lane->last_made = lane->made[number].next;
        lane->kernels[number]->teardown(lane->made[number].shared);
    }
    if (lane->made != NULL) munmap(lane->made, lane->kernel_count * sizeof *lane->made);
    lane->made = NULL;
}
