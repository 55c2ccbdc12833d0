/* Whether the worker of a lane lives, and how the host ends it. */
#include "client/port.h"

bool kh_port_has_died(const kh_port *port) {
    return port->guard != NULL && atomic_load(&port->worker.state) == KH_WORKER_DEAD;
}

bool kh_port_is_gone(const kh_port *port) {
    return kh_port_has_died(port) && port->worker.status < 0;
}

bool kh_port_is_stopped(const kh_port *port) {
    return port->guard != NULL && atomic_load(&port->worker.stopped) != 0 &&
           atomic_load(&port->worker.state) == KH_WORKER_RUNNING;
}

void kh_port_end_worker(kh_port *port, enum kh_reason reason) {
    if (port->guard == NULL || port->reason != KH_REASON_NONE) return; /* one is enough */
    port->reason = reason;
    kh_worker_kill(port->guard, &port->worker);
}

void kh_port_kill(kh_port *port) {
    if (port->guard != NULL) kh_port_end_worker(port, KH_REASON_HOST);
}
