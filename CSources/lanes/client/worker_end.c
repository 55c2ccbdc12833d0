/* Whether the worker of a lane lives, and how the host ends it. */
#include "client/client.h"

bool kh_client_has_died(const kh_client *client) {
    return client->supervisor != NULL && atomic_load(&client->worker.state) == KH_WORKER_DEAD;
}

bool kh_client_is_gone(const kh_client *client) {
    return kh_client_has_died(client) && client->worker.status < 0;
}

bool kh_client_is_stopped(const kh_client *client) {
    return client->supervisor != NULL && atomic_load(&client->worker.stopped) != 0 &&
           atomic_load(&client->worker.state) == KH_WORKER_RUNNING;
}

void kh_client_end_worker(kh_client *client, enum kh_reason reason) {
    /* the first reason counts */
    if (client->supervisor == NULL || client->reason != KH_REASON_NONE) return;
    client->reason = reason;
    kh_worker_kill(client->supervisor, &client->worker);
}

void kh_client_kill(kh_client *client) {
    if (client->supervisor != NULL) kh_client_end_worker(client, KH_REASON_HOST);
}
