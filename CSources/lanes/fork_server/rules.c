/* Reads and applies the rules of the host for its workers. */
#include "fork_server/rules.h"

#include "platform/platform.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* The paths point into the file, which stays mapped. */
static const char **paths(const char **at, const char *end, uint32_t count) {
    const char **list = calloc((size_t)count + 1, sizeof *list);
    for (uint32_t i = 0; list != NULL && i < count && *at < end; i++) {
        list[i] = *at;
        *at += strnlen(*at, (size_t)(end - *at)) + 1;
    }
    return list;
}

bool kh_rules_read(int file, kh_rules *rules, kh_sandbox_rules *sandbox) {
    off_t size = lseek(file, 0, SEEK_END);
    const kh_rules *map = size < (off_t)sizeof(kh_rules)
                              ? MAP_FAILED
                              : mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED) return false;
    *rules = *map;
    const char *at = (const char *)(map + 1), *end = (const char *)map + size;
    sandbox->level = rules->sandbox;
    sandbox->read = paths(&at, end, rules->read_count);
    sandbox->read_count = rules->read_count;
    sandbox->write = paths(&at, end, rules->write_count);
    sandbox->write_count = rules->write_count;
    return true;
}

void kh_limit_core(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

void kh_limit_threads(void) {
    static const char *const names[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                        "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
                                        "NUMEXPR_NUM_THREADS"};
    /* The other variables default to this one. */
    bool is_said = getenv("OMP_NUM_THREADS") != NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !is_said; i++)
        setenv(names[i], "1", 0);
}

/* The host may be root, but its kernels need only the power to read and write files. */
void kh_drop_capabilities(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &head, data) != 0) return;
    uint32_t kept = (1u << CAP_DAC_OVERRIDE) | (1u << CAP_DAC_READ_SEARCH);
    for (int i = 0; i < 2; i++) {
        uint32_t mask = i == 0 ? kept : 0;
        data[i].effective &= mask;
        data[i].permitted &= mask;
        data[i].inheritable = 0;
    }
    syscall(SYS_capset, &head, data);
}
