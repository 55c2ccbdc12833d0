/* The port: the owner's end of an arena. It trusts its own tables, and checks
 * what it reads from the arena. */
#include "client/port.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void *lane_main(void *argument) {
    kh_port *port = argument;
    kh_lane *lane = kh_lane_in(port->arena, &port->layout);
    kh_lane_run(lane);
    kh_lane_tear_down(lane);
    atomic_store(&port->lane_ended, 1);
    kh_eventcount_notify(&port->tables->client_event);
    return NULL;
}

static void *map_table(uint64_t size) {
    void *table = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return table == MAP_FAILED ? NULL : table;
}

/* What a worker's main thread would have: ulimit -s means the same in both. */
static size_t stack_size(void) {
    static const size_t least = 128u << 10, most = 1u << 30;
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0) return 8u << 20;
    if (limit.rlim_cur > most) return most;
    return limit.rlim_cur < least ? least : (size_t)limit.rlim_cur & ~(size_t)4095;
}

static int start_lane(kh_port *port) {
    sigset_t all, before;
    pthread_attr_t attributes;
    kh_lane_init(kh_lane_in(port->arena, &port->layout), port->arena, &port->layout,
                 port->kernels, port->kernel_count, false);
    int error = kh_clock_add(port->arena, &port->layout, NULL);
    if (error != 0) return error;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the host's threads */
    pthread_attr_init(&attributes);
    error = EAGAIN;
    for (size_t size = stack_size(); error == EAGAIN && size >= 8u << 12; size /= 4) {
        pthread_attr_setstacksize(&attributes, size);
        error = pthread_create(&port->thread, &attributes, lane_main, port);
    }
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) kh_clock_remove(port->arena);
    return error;
}

/* What kernels write by themselves: the worker's descriptors 1 and 2 lead there, and it
 * cannot grow. */
static int open_output(kh_port *port) {
    int file = memfd_create("kernelhost-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return errno;
    port->output_descriptor = file;
    if (ftruncate(file, KH_OUTPUT_BYTES) != 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return errno;
    void *map = mmap(NULL, KH_OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) return errno;
    port->output = map;
    port->output[0] = (char)KH_OUTPUT_MARK;
    return 0;
}

static int prepare_worker(kh_port *port) {
    port->distance = (int64_t)(kh_guard_base(port->guard) - (uint64_t)(uintptr_t)port->arena);
    port->sight.live_limit = port->live_limit;
    port->sight.live = &port->live;
    port->sight.stopped = &port->worker.stopped;
    port->sight.parent = kh_guard_process(port->guard);
    port->sight.own_ns = map_table(port->live_limit * sizeof *port->sight.own_ns);
    if (port->sight.own_ns == NULL) return ENOMEM;
    int error = open_output(port);
    return error != 0 ? error : kh_clock_add(port->arena, &port->layout, &port->sight);
}

static void free_port(kh_port *port) {
    if (port->arena != NULL) kh_arena_unmap(port->arena, port->layout.size);
    if (port->output != NULL) munmap(port->output, KH_OUTPUT_BYTES);
    if (port->descriptor >= 0) close(port->descriptor);
    if (port->output_descriptor >= 0) close(port->output_descriptor);
    if (port->entries != NULL) munmap(port->entries, port->live_limit * sizeof *port->entries);
    if (port->more != NULL) munmap(port->more, port->live_limit * sizeof *port->more);
    if (port->sight.own_ns != NULL)
        munmap((void *)port->sight.own_ns, port->live_limit * sizeof *port->sight.own_ns);
    if (port->free_ids != NULL) munmap(port->free_ids, port->live_limit * sizeof *port->free_ids);
    kh_heap_free_all(&port->slots);
    free(port->waiting);
    free(port->survivors);
    free(port);
}

enum { KH_CHECKED_LIVE = 4096 };

kh_port *kh_port_open(const kh_port_options *options) {
    kh_port *port = aligned_alloc(64, sizeof *port);
    if (port == NULL) return NULL;
    memset(port, 0, sizeof *port);
    port->live_limit = options->live_limit == 0             ? KH_DEFAULT_LIVE
                       : options->live_limit < KH_MOST_LIVE ? options->live_limit
                                                            : KH_MOST_LIVE;
    port->shapes = options->shapes;
    port->kernels = options->kernels;
    port->kernel_count = options->kernel_count;
    port->guard = options->guard;
    port->is_checked = port->guard != NULL && kh_guard_checks_memory(port->guard);
    /* Each call takes some pages at least. */
    if (port->is_checked && port->live_limit > KH_CHECKED_LIVE) port->live_limit = KH_CHECKED_LIVE;
    port->opened = kh_monotonic();
    port->payload_limit = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 16;
    port->descriptor = port->output_descriptor = -1;
    uint64_t room = port->guard == NULL ? KH_LARGEST_ARENA : kh_guard_room(port->guard);
    port->arena = kh_arena_map(port->live_limit, room, sizeof(kh_lane),
                               port->guard ? &port->descriptor : NULL);
    port->entries = map_table(port->live_limit * sizeof *port->entries);
    port->free_ids = map_table(port->live_limit * sizeof *port->free_ids);
    if (port->guard != NULL) port->more = map_table(port->live_limit * sizeof *port->more);
    int error = port->arena == NULL ? errno : ENOMEM;
    if (port->arena != NULL && port->entries != NULL && port->free_ids != NULL &&
        (port->guard == NULL || port->more != NULL)) {
        port->layout = port->arena->layout;
        port->tables = kh_tables_of(port->arena, &port->layout);
        port->wake.event = &port->tables->client_event;
        port->may_look = kh_processors() > (int)(options->lanes == 0 ? 1 : options->lanes);
        port->arena->may_look = port->may_look;
        port->is_shared = options->lanes > 1;
        port->arena->is_shared = port->is_shared;
        port->arena->is_checked = port->is_checked;
        port->arena->tell_ns = options->tell_ns == 0 ? 4000000 : options->tell_ns;
        kh_heap_init(&port->slots, kh_at(port->arena, port->layout.slots), port->layout.slots_size);
        error = port->guard == NULL ? start_lane(port) : prepare_worker(port);
    }
    if (error != 0) {
        free_port(port);
        errno = error;
        return NULL;
    }
    return port;
}

int kh_port_start(kh_port *port, uint32_t how) {
    if (port->guard == NULL) return 0;
    kh_port_watch_anew(port);
    port->reason = KH_REASON_NONE;
    port->death_is_known = false;
    port->first_pass = KH_READ_ONCE(port->tables->pass);
    if (how & KH_START_ONCE) atomic_store(&port->arena->quit, 1);
    int error = kh_worker_start(port->guard, &port->worker, &port->wake, how, port->descriptor,
                                port->output_descriptor);
    kh_clock_poke();
    return error;
}

static void end_thread(kh_port *port) {
    kh_arena *arena = port->arena;
    kh_tables *tables = port->tables;
    if (port->thread_has_ended) return;
    atomic_store(&arena->quit, 1);
    kh_port_stop(port);
    while (!atomic_load(&port->lane_ended)) {
        /* Nobody reads what is still reported; the lane must not wait for room. */
        atomic_store(&arena->done_head, atomic_load(&tables->done_tail));
        atomic_store(&arena->text_head, atomic_load(&tables->text_tail));
        kh_eventcount_notify(&tables->lane_event);
        uint32_t word = kh_eventcount_prepare(&tables->client_event);
        if (!atomic_load(&port->lane_ended) &&
            atomic_load(&tables->done_tail) == atomic_load(&arena->done_head) &&
            atomic_load(&tables->text_tail) == atomic_load(&arena->text_head))
            kh_eventcount_wait(&tables->client_event, word, -1);
        kh_eventcount_cancel(&tables->client_event);
    }
    pthread_join(port->thread, NULL);
    port->thread_has_ended = true;
}

void kh_port_let_end(kh_port *port) {
    enum { PATIENCE_NS = 1000000000 };
    if (port->reason != KH_REASON_NONE || kh_port_count_live(port) > 0) return;
    if (KH_READ_ONCE(port->tables->has_made) == 0) return;
    if (port->guard == NULL) {
        end_thread(port);
        return;
    }
    atomic_store(&port->arena->quit, 1);
    atomic_fetch_add_explicit(&port->arena->news, 1, memory_order_release);
    kh_eventcount_notify(&port->tables->lane_event);
    kh_worker_await(port->guard, &port->worker, PATIENCE_NS);
}

void kh_port_close(kh_port *port) {
    if (port->guard == NULL) {
        end_thread(port);
    } else {
        kh_port_let_end(port);
        kh_worker_end(port->guard, &port->worker);
    }
    kh_clock_remove(port->arena);
    free_port(port);
}

void kh_port_wake(kh_port *port) {
    kh_wake_owner(&port->wake);
}

const void *kh_port_view(const kh_port *port, const void *lane_pointer, uint64_t length) {
    uint64_t start = (uint64_t)lane_pointer - (uint64_t)port->distance - (uint64_t)port->arena;
    if (lane_pointer == NULL || start >= port->layout.size || length > port->layout.size - start)
        return NULL;
    return (const char *)port->arena + start;
}

bool kh_port_is_idle(kh_port *port) {
    return port->waiting_count == 0 && kh_port_read_head(port) == port->submit_tail &&
           atomic_load_explicit(&port->tables->awake, memory_order_acquire) == 0;
}
