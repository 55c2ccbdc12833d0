/* A shared library that is no plugin: it knows nothing of kernel_host.h. */

int nothing_of_interest(int number);
int nothing_of_interest(int number) {
    return number + 1;
}
