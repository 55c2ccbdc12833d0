/* The filter's program, interpreted here, must judge every call as the rules do
 * when they are read one after the other. */
#include "sandbox_test.h"

#include <linux/seccomp.h>
#include <stdlib.h>

/* What a program answers; UINT32_MAX where it runs out of itself. */
static uint32_t interpret(const struct sock_filter *code, size_t count,
                          const struct seccomp_data *data) {
    uint32_t a = 0;
    for (size_t at = 0; at < count; at++) {
        const struct sock_filter *one = &code[at];
        switch (one->code) {
        case BPF_LD | BPF_W | BPF_ABS: memcpy(&a, (const char *)data + one->k, 4); break;
        case BPF_ALU | BPF_AND | BPF_K: a &= one->k; break;
        case BPF_JMP | BPF_JA: at += one->k; break;
        case BPF_JMP | BPF_JEQ | BPF_K: at += a == one->k ? one->jt : one->jf; break;
        case BPF_JMP | BPF_JGE | BPF_K: at += a >= one->k ? one->jt : one->jf; break;
        case BPF_JMP | BPF_JGT | BPF_K: at += a > one->k ? one->jt : one->jf; break;
        case BPF_RET | BPF_K: return one->k;
        default: return UINT32_MAX;
        }
    }
    return UINT32_MAX;
}

static uint32_t judge(const kh_call_rule *rules, size_t count, uint32_t groups, uint32_t self,
                      const struct seccomp_data *data) {
    if (data->arch != KH_FILTER_ARCHITECTURE) return SECCOMP_RET_ERRNO | ENOSYS;
    if ((uint32_t)data->nr > KH_FILTER_LAST_CALL) return SECCOMP_RET_ERRNO | ENOSYS;
    for (size_t i = 0; i < count; i++) {
        const kh_call_rule *rule = &rules[i];
        if (rule->number != (uint32_t)data->nr || (rule->groups & groups) == 0) continue;
        uint32_t argument = (uint32_t)data->args[rule->argument];
        int denied = 1;
        switch ((kh_call_test)rule->test) {
        case KH_DENY: break;
        case KH_DENY_IF: denied = (argument & rule->mask) == rule->value; break;
        case KH_DENY_UNLESS: denied = (argument & rule->mask) != rule->value; break;
        case KH_DENY_UNLESS_SELF: denied = argument != self; break;
        case KH_DENY_UNLESS_SELF_OR_VALUE:
            denied = argument != self && argument != rule->value;
            break;
        }
        if (denied) return SECCOMP_RET_ERRNO | rule->error;
    }
    return SECCOMP_RET_ALLOW;
}

static uint32_t seed = 1;
static uint32_t random_below(uint32_t limit) {
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * limit) >> 32);
}

static int same(const kh_call_rule *rules, size_t count, uint32_t groups) {
    static kh_filter filter;
    const uint32_t self = 77;
    EXPECT(kh_filter_build(rules, count, groups, &filter) && filter.count > 0);
    kh_filter_set_self(&filter, 78); /* of another process first */
    kh_filter_set_self(&filter, (pid_t)self);
    for (int number = -1; number < 1200; number++)
        for (uint32_t value = 0; value < 80; value += value < 8 ? 1 : 69) {
            struct seccomp_data data = {.nr = number, .arch = KH_FILTER_ARCHITECTURE};
            /* The high half of an argument must not matter. */
            for (int i = 0; i < 6; i++) data.args[i] = UINT64_C(0x500000000) | value;
            EXPECT(interpret(filter.code, filter.count, &data) == judge(rules, count, groups, self, &data));
            data.arch ^= 1;
            EXPECT(interpret(filter.code, filter.count, &data) == (SECCOMP_RET_ERRNO | ENOSYS));
        }
    return 0;
}

static int random_tables(void) {
    kh_call_rule rules[KH_FILTER_RULES];
    for (int round = 0; round < 60; round++) {
        size_t count = random_below(KH_FILTER_RULES + 1);
        uint32_t numbers = 1 + random_below(KH_FILTER_LAST_CALL);
        for (size_t i = 0; i < count; i++)
            rules[i] = (kh_call_rule){
                .number = (uint16_t)random_below(numbers + (numbers < 40 ? 40 : 0)),
                .groups = (uint8_t)(1 + random_below(3)),
                .error = (uint8_t)(1 + i % 2), /* by the rule's place: order shows */
                .test = (uint8_t)random_below(5),
                .argument = (uint8_t)random_below(6),
                .mask = random_below(8),
                .value = random_below(8),
            };
        EXPECT(same(rules, count, 1 + (uint32_t)round % 3) == 0);
    }
    return 0;
}

static int edges(void) {
    kh_call_rule rules[KH_FILTER_RULES + 1] = {{0}};
    static kh_filter filter;
    EXPECT(same(rules, 0, 1) == 0);
    for (uint16_t i = 0; i <= KH_FILTER_RULES; i++)
        rules[i] = (kh_call_rule){.number = i, .groups = 1, .error = EPERM};
    EXPECT(same(rules, KH_FILTER_RULES, 1) == 0);
    EXPECT(!kh_filter_build(rules, KH_FILTER_RULES + 1, 1, &filter)); /* too many */
    for (uint16_t i = 0; i < 100; i++)
        rules[i] = (kh_call_rule){.number = 5, .groups = 1, .test = KH_DENY_IF, .value = i};
    EXPECT(same(rules, 60, 1) == 0);
    EXPECT(!kh_filter_build(rules, 100, 1, &filter)); /* a jump too far */
    return 0;
}

int kh_filter_test(void) {
    int failed = random_tables() + edges();
    printf("%s the program judges as its rules do\n", failed ? "FAILED" : "ok    ");
    return failed;
}
