/* A plugin without a kernel. */
#include "kernel_host.h"

int nothing_of_interest(int number);
int nothing_of_interest(int number) {
    return number + 1;
}
