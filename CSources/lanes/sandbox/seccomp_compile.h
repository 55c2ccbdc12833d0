/* Compiles a table of rules about system calls to a seccomp program. */
#ifndef KH_SECCOMP_COMPILE_H
#define KH_SECCOMP_COMPILE_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__x86_64__) && defined(__LP64__)
#define KH_FILTER_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define KH_FILTER_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define KH_FILTER_ARCHITECTURE 0 /* seccomp counts as missing */
#endif

/* The newest call that the table knows (file_setattr, Linux 6.17). A newer call fails with
 * ENOSYS, as on an older kernel, until it is added to the table. The calls of x86's x32 have
 * higher numbers. */
enum { KH_FILTER_LAST_CALL = 469, KH_FILTER_RULES = 192, KH_FILTER_CODE = 1536 };

typedef enum kh_call_test {
    KH_DENY,
    KH_DENY_IF,                   /* (argument & mask) == value */
    KH_DENY_UNLESS,               /* (argument & mask) == value */
    KH_DENY_UNLESS_SELF,          /* argument == own pid */
    KH_DENY_UNLESS_SELF_OR_VALUE, /* argument == own pid, or value */
} kh_call_test;

/* A call may have several rules, and one that denies it suffices. Only the low half of an
 * argument counts: each argument in the table is an int, or flags that the kernel cuts to 32
 * bits. */
typedef struct kh_call_rule {
    uint16_t number;
    uint8_t groups;
    uint8_t error;
    uint8_t test; /* kh_call_test */
    uint8_t argument;
    uint32_t mask, value;
} kh_call_rule;

/* A program, and where it compares with the number of its process. */
typedef struct kh_filter {
    uint32_t count, self_count;
    uint16_t selves[KH_FILTER_RULES];
    struct sock_filter code[KH_FILTER_CODE];
} kh_filter;

/* Writes the program for the rules that belong to one of [groups]. Returns false if it does not
 * fit. */
bool kh_filter_build(const kh_call_rule *rules, size_t count, uint32_t groups, kh_filter *filter);
/* Sets the process, before the program is installed. */
void kh_filter_set_self(kh_filter *filter, pid_t self);

#endif
