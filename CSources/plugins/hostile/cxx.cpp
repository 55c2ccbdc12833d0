// A kernel of C++ that throws through the C frames of its caller. Wants the
// C++ driver (c++ -shared ...), which links the library that throw needs.
#include "hostile.h"

#include <stdexcept>

static int throws_step(kh_call *call, void *state) {
    hostile_state *self = static_cast<hostile_state *>(state);
    (void)call;
    HOSTILE_WAIT(self);
    throw std::runtime_error("no handler catches this");
}
HOSTILE_KERNEL(throws, "Throw a C++ exception that no handler catches.");
