#include "sandbox_filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>

/* A search tree over the numbers of the calls, not a chain: the kernel runs a
 * filter for every number when it is installed, which each worker waits for. */

typedef struct kh_program {
    struct sock_filter *code;
    size_t count;
    uint32_t self;
    bool broken; /* too long, or a jump too far */
} kh_program;

static size_t kh_emit(kh_program *program, uint16_t operation, uint32_t k) {
    if (program->count == KH_FILTER_CODE) {
        program->broken = true;
        return 0;
    }
    program->code[program->count] = (struct sock_filter){.code = operation, .k = k};
    return program->count++;
}

static void kh_emit_load(kh_program *program, size_t offset) {
    kh_emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static void kh_emit_errno(kh_program *program, uint32_t error) {
    kh_emit(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
}

/* A comparison whose targets are set later, by the two functions below it. */
static size_t kh_emit_equal(kh_program *program, uint32_t value) {
    return kh_emit(program, BPF_JMP | BPF_JEQ | BPF_K, value);
}

/* Conditional jumps reach 255 instructions. */
static uint8_t kh_distance(kh_program *program, size_t from) {
    size_t distance = program->count - from - 1;
    if (distance > UINT8_MAX) program->broken = true;
    return (uint8_t)distance;
}

static void kh_if_true_here(kh_program *program, size_t jump) {
    program->code[jump].jt = kh_distance(program, jump);
}

static void kh_if_false_here(kh_program *program, size_t jump) {
    program->code[jump].jf = kh_distance(program, jump);
}

static void kh_emit_rule(kh_program *program, const kh_call_rule *rule) {
    if (rule->test == KH_DENY) {
        kh_emit_errno(program, rule->error);
        return;
    }
    kh_emit_load(program, offsetof(struct seccomp_data, args) + 8u * rule->argument);
    if (rule->test == KH_DENY_IF) {
        kh_emit(program, BPF_ALU | BPF_AND | BPF_K, rule->mask);
        size_t compare = kh_emit_equal(program, rule->value);
        kh_emit_errno(program, rule->error);
        kh_if_false_here(program, compare);
        return;
    }
    size_t allowed[2];
    size_t count = 0;
    if (rule->test == KH_DENY_UNLESS) {
        kh_emit(program, BPF_ALU | BPF_AND | BPF_K, rule->mask);
        allowed[count++] = kh_emit_equal(program, rule->value);
    } else {
        allowed[count++] = kh_emit_equal(program, program->self);
        if (rule->test == KH_DENY_UNLESS_SELF_OR_VALUE)
            allowed[count++] = kh_emit_equal(program, rule->value);
    }
    kh_emit_errno(program, rule->error);
    while (count > 0) kh_if_true_here(program, allowed[--count]);
}

/* [rules] is sorted, and [count] at least 1. */
static void kh_emit_tree(kh_program *program, const kh_call_rule *const *rules, size_t count) {
    size_t middle = count / 2;
    while (middle > 0 && rules[middle - 1]->number == rules[middle]->number) middle--;
    if (middle == 0)
        while (middle < count && rules[middle]->number == rules[0]->number) middle++;
    if (middle == count) { /* all about one call */
        size_t compare = kh_emit_equal(program, rules[0]->number);
        for (size_t i = 0; i < count; i++) kh_emit_rule(program, rules[i]);
        kh_if_false_here(program, compare);
        kh_emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        return;
    }
    size_t compare = kh_emit(program, BPF_JMP | BPF_JGE | BPF_K, rules[middle]->number);
    size_t far = kh_emit(program, BPF_JMP | BPF_JA, 0); /* reaches any distance */
    kh_if_false_here(program, compare);
    kh_emit_tree(program, rules, middle);
    program->code[far].k = (uint32_t)(program->count - far - 1);
    if (program->count - compare - 1 <= UINT8_MAX) kh_if_true_here(program, compare); /* past it */
    kh_emit_tree(program, rules + middle, count - middle);
}

size_t kh_filter_build(const kh_call_rule *rules, size_t count, uint32_t groups, pid_t self,
                       struct sock_filter code[KH_FILTER_CODE]) {
    const kh_call_rule *sorted[KH_FILTER_RULES];
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        if ((rules[i].groups & groups) == 0) continue;
        if (chosen == KH_FILTER_RULES) return 0;
        size_t place = chosen++;
        for (; place > 0 && sorted[place - 1]->number > rules[i].number; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = &rules[i];
    }
    kh_program program = {.code = code, .self = (uint32_t)self};
    kh_emit_load(&program, offsetof(struct seccomp_data, arch));
    size_t native = kh_emit_equal(&program, KH_FILTER_ARCHITECTURE);
    kh_emit_errno(&program, ENOSYS);
    kh_if_true_here(&program, native);
    kh_emit_load(&program, offsetof(struct seccomp_data, nr));
    size_t newer = kh_emit(&program, BPF_JMP | BPF_JGT | BPF_K, KH_FILTER_LAST_CALL);
    kh_emit_errno(&program, ENOSYS);
    kh_if_false_here(&program, newer);
    if (chosen > 0) kh_emit_tree(&program, sorted, chosen);
    else kh_emit(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return program.broken ? 0 : program.count;
}
