/* A shared library that is not a plugin: it does not use kernel_host.h. */

int nothing_of_interest(int number);
int nothing_of_interest(int number) {
    return number + 1;
}
