/* The client: the owner's end of an arena. It trusts its own tables, and checks what it reads
 * from the arena. */
#include "client/client.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void *lane_main(void *argument) {
    kh_client *client = argument;
    kh_lane *lane = kh_lane_in(client->arena, &client->layout);
    kh_lane_run(lane);
    kh_lane_tear_down(lane);
    atomic_store(&client->lane_ended, 1);
    kh_eventcount_notify(&client->tables->client_event);
    return NULL;
}

static void *map_table(uint64_t size) {
    void *table = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return table == MAP_FAILED ? NULL : table;
}

/* Returns the stack size of a worker's main thread, so that ulimit -s means the same for both. */
static size_t stack_size(void) {
    static const size_t least = 128u << 10, most = 1u << 30;
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0) return 8u << 20;
    if (limit.rlim_cur > most) return most;
    return limit.rlim_cur < least ? least : (size_t)limit.rlim_cur & ~(size_t)4095;
}

static int start_lane(kh_client *client) {
    sigset_t all, before;
    pthread_attr_t attributes;
    kh_lane_init(kh_lane_in(client->arena, &client->layout), client->arena, &client->layout,
                 client->kernels, client->kernel_count, false);
    int error = kh_clock_add(client->arena, &client->layout, NULL);
    if (error != 0) return error;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* the host's own threads handle signals */
    pthread_attr_init(&attributes);
    error = EAGAIN;
    for (size_t size = stack_size(); error == EAGAIN && size >= 8u << 12; size /= 4) {
        pthread_attr_setstacksize(&attributes, size);
        error = pthread_create(&client->thread, &attributes, lane_main, client);
    }
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) kh_clock_remove(client->arena);
    return error;
}

/* Makes the file that a worker's descriptors 1 and 2 lead to. It cannot grow. */
static int open_output(kh_client *client) {
    int file = memfd_create("kernelhost-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return errno;
    client->output_descriptor = file;
    if (ftruncate(file, KH_OUTPUT_BYTES) != 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return errno;
    void *map = mmap(NULL, KH_OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) return errno;
    client->output = map;
    client->output[0] = (char)KH_OUTPUT_MARK;
    return 0;
}

static int prepare_worker(kh_client *client) {
    client->distance =
        (int64_t)(kh_supervisor_base(client->supervisor) - (uint64_t)(uintptr_t)client->arena);
    client->account.live_limit = client->live_limit;
    client->account.live = &client->live;
    client->account.stopped = &client->worker.stopped;
    client->account.process = &client->worker.process;
    client->account.parent = kh_supervisor_process(client->supervisor);
    client->account.own_ns = map_table(client->live_limit * sizeof *client->account.own_ns);
    if (client->account.own_ns == NULL) return ENOMEM;
    int error = open_output(client);
    return error != 0 ? error : kh_clock_add(client->arena, &client->layout, &client->account);
}

static void free_client(kh_client *client) {
    if (client->arena != NULL) kh_arena_unmap(client->arena, client->layout.size);
    if (client->output != NULL) munmap(client->output, KH_OUTPUT_BYTES);
    if (client->descriptor >= 0) close(client->descriptor);
    if (client->output_descriptor >= 0) close(client->output_descriptor);
    if (client->entries != NULL)
        munmap(client->entries, client->live_limit * sizeof *client->entries);
    if (client->worker_entries != NULL)
        munmap(client->worker_entries, client->live_limit * sizeof *client->worker_entries);
    if (client->account.own_ns != NULL)
        munmap((void *)client->account.own_ns, client->live_limit * sizeof *client->account.own_ns);
    if (client->free_ids != NULL)
        munmap(client->free_ids, client->live_limit * sizeof *client->free_ids);
    kh_slab_free_all(&client->slots);
    free(client->waiting);
    free(client->survivors);
    free(client);
}

enum { KH_CHECKED_LIVE = 4096 };

kh_client *kh_client_open(const kh_client_options *options) {
    kh_client *client = aligned_alloc(64, sizeof *client);
    if (client == NULL) return NULL;
    memset(client, 0, sizeof *client);
    client->live_limit = options->live_limit == 0             ? KH_DEFAULT_LIVE
                       : options->live_limit < KH_MOST_LIVE ? options->live_limit
                                                            : KH_MOST_LIVE;
    client->shapes = options->shapes;
    client->kernels = options->kernels;
    client->kernel_count = options->kernel_count;
    client->supervisor = options->supervisor;
    client->is_checked =
        client->supervisor != NULL && kh_supervisor_checks_memory(client->supervisor);
    /* Each call takes several pages. */
    if (client->is_checked && client->live_limit > KH_CHECKED_LIVE)
        client->live_limit = KH_CHECKED_LIVE;
    client->opened = kh_monotonic();
    client->payload_limit =
        (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 16;
    client->descriptor = client->output_descriptor = -1;
    uint64_t room =
        client->supervisor == NULL ? KH_LARGEST_ARENA : kh_supervisor_room(client->supervisor);
    client->snapshots =
        options->snapshots != 0 && client->supervisor != NULL && !client->is_checked;
    client->arena = kh_arena_map(client->live_limit, room, sizeof(kh_lane),
                                 client->snapshots,
                                 client->supervisor ? &client->descriptor : NULL);
    client->entries = map_table(client->live_limit * sizeof *client->entries);
    client->free_ids = map_table(client->live_limit * sizeof *client->free_ids);
    if (client->supervisor != NULL)
        client->worker_entries = map_table(client->live_limit * sizeof *client->worker_entries);
    int error = client->arena == NULL ? errno : ENOMEM;
    if (client->arena != NULL && client->entries != NULL && client->free_ids != NULL &&
        (client->supervisor == NULL || client->worker_entries != NULL)) {
        client->layout = client->arena->layout;
        client->tables = kh_tables_of(client->arena, &client->layout);
        client->wake.event = &client->tables->client_event;
        client->may_look = kh_processors() > (int)(options->lanes == 0 ? 1 : options->lanes);
        client->arena->may_look = client->may_look;
        client->is_shared = options->lanes > 1;
        client->arena->is_shared = client->is_shared;
        client->arena->is_checked = client->is_checked;
        client->arena->notify_ns = options->notify_ns == 0 ? 4000000 : options->notify_ns;
        kh_slab_init(&client->slots, kh_at(client->arena, client->layout.slots),
                     client->layout.slots_size);
        error = client->supervisor == NULL ? start_lane(client) : prepare_worker(client);
    }
    if (error != 0) {
        free_client(client);
        errno = error;
        return NULL;
    }
    return client;
}

int kh_client_start(kh_client *client, uint32_t how) {
    if (client->supervisor == NULL) return 0;
    kh_client_watch_anew(client);
    client->reason = KH_REASON_NONE;
    client->death_is_known = false;
    client->first_pass = KH_READ_ONCE(client->tables->pass);
    if (how & KH_START_ONCE) atomic_store(&client->arena->quit, 1);
    int error = kh_worker_start(client->supervisor, &client->worker, &client->wake, how,
                                client->descriptor, client->output_descriptor);
    kh_clock_poke();
    return error;
}

static void end_thread(kh_client *client) {
    kh_arena *arena = client->arena;
    kh_tables *tables = client->tables;
    if (client->thread_has_ended) return;
    atomic_store(&arena->quit, 1);
    kh_client_stop(client);
    while (!atomic_load(&client->lane_ended)) {
        /* Discard what is still reported: the lane must not wait for room. */
        atomic_store(&arena->done_head, atomic_load(&tables->done_tail));
        atomic_store(&arena->text_head, atomic_load(&tables->text_tail));
        kh_eventcount_notify(&tables->lane_event);
        uint32_t word = kh_eventcount_prepare(&tables->client_event);
        if (!atomic_load(&client->lane_ended) &&
            atomic_load(&tables->done_tail) == atomic_load(&arena->done_head) &&
            atomic_load(&tables->text_tail) == atomic_load(&arena->text_head))
            kh_eventcount_wait(&tables->client_event, word, -1);
        kh_eventcount_cancel(&tables->client_event);
    }
    pthread_join(client->thread, NULL);
    client->thread_has_ended = true;
}

void kh_client_let_end(kh_client *client) {
    enum { PATIENCE_NS = 1000000000 };
    if (client->reason != KH_REASON_NONE || kh_client_count_live(client) > 0) return;
    if (KH_READ_ONCE(client->tables->has_made) == 0) return;
    if (client->supervisor == NULL) {
        end_thread(client);
        return;
    }
    atomic_store(&client->arena->quit, 1);
    atomic_fetch_add_explicit(&client->arena->epoch, 1, memory_order_release);
    kh_eventcount_notify(&client->tables->lane_event);
    kh_worker_await(client->supervisor, &client->worker, PATIENCE_NS);
}

void kh_client_close(kh_client *client) {
    if (client->supervisor == NULL) {
        end_thread(client);
    } else {
        kh_client_let_end(client);
        kh_worker_end(client->supervisor, &client->worker);
    }
    kh_clock_remove(client->arena);
    free_client(client);
}

void kh_client_wake(kh_client *client) {
    kh_wake_owner(&client->wake);
}

const void *kh_client_view(const kh_client *client, const void *lane_pointer, uint64_t length) {
    uint64_t start = (uint64_t)lane_pointer - (uint64_t)client->distance - (uint64_t)client->arena;
    if (lane_pointer == NULL || start >= client->layout.size ||
        length > client->layout.size - start)
        return NULL;
    return (const char *)client->arena + start;
}

bool kh_client_is_idle(kh_client *client) {
    return client->waiting_count == 0 && kh_client_read_head(client) == client->submit_tail &&
           atomic_load_explicit(&client->tables->awake, memory_order_acquire) == 0;
}
