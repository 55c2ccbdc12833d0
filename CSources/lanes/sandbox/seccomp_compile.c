/* Compiles a table of rules about system calls to a seccomp program. */
#include "sandbox/seccomp_compile.h"

#include <errno.h>
#include <linux/seccomp.h>

/* Compiles the filter as a search tree over call numbers, not a chain: at installation the
 * kernel runs a filter for every number. Code that is the same for many calls is written once,
 * after the tree, because the kernel translates each instruction. Each worker waits for both. */

typedef struct kh_program {
    kh_filter *filter;
    struct sock_filter *code; /* of the filter */
    size_t count;
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

/* Emits a comparison. The two functions below it set its targets later. */
static size_t kh_emit_equal(kh_program *program, uint32_t value) {
    return kh_emit(program, BPF_JMP | BPF_JEQ | BPF_K, value);
}

/* Emits a comparison with the process's own number. */
static size_t kh_emit_equal_self(kh_program *program) {
    size_t place = kh_emit_equal(program, 0);
    kh_filter *filter = program->filter;
    if (filter->self_count == KH_FILTER_RULES) program->broken = true;
    else filter->selves[filter->self_count++] = (uint16_t)place;
    return place;
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
        allowed[count++] = kh_emit_equal_self(program);
        if (rule->test == KH_DENY_UNLESS_SELF_OR_VALUE)
            allowed[count++] = kh_emit_equal(program, rule->value);
    }
    kh_emit_errno(program, rule->error);
    while (count > 0) kh_if_true_here(program, allowed[--count]);
}

/* All rules for one call. */
typedef struct kh_leaf {
    const kh_call_rule *const *rules;
    uint32_t count;
    uint32_t jump; /* the comparison that has found the call */
} kh_leaf;

static bool kh_say_the_same(const kh_leaf *a, const kh_leaf *b) {
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        const kh_call_rule *x = a->rules[i], *y = b->rules[i];
        if (x->test != y->test || x->error != y->error || x->argument != y->argument ||
            x->mask != y->mask || x->value != y->value)
            return false;
    }
    return true;
}

/* The first leaf with the same code. If it is the leaf itself, the code is there. */
static size_t kh_first_like(const kh_leaf *leaves, size_t at) {
    size_t first = 0;
    while (!kh_say_the_same(&leaves[first], &leaves[at])) first++;
    return first;
}

/* Returns whether jumps reach from the tree over the leaves to the end of their code. */
static bool kh_is_near(const kh_leaf *leaves, size_t count) {
    enum { KH_LONGEST_RULE = 5 };
    size_t length = 2 * count + 1;
    for (size_t i = 0; i < count && length <= UINT8_MAX; i++)
        if (kh_first_like(leaves, i) == i) length += leaves[i].count * KH_LONGEST_RULE + 1;
    return length <= UINT8_MAX;
}

/* Emits comparisons only. Their targets are set later. */
static void kh_emit_tree(kh_program *program, kh_leaf *leaves, size_t count) {
    size_t middle = count / 2;
    if (count == 1) {
        leaves->jump = (uint32_t)kh_emit_equal(program, leaves->rules[0]->number);
        return;
    }
    size_t compare =
        kh_emit(program, BPF_JMP | BPF_JGE | BPF_K, leaves[middle].rules[0]->number);
    kh_emit_tree(program, leaves, middle);
    kh_if_true_here(program, compare);
    kh_emit_tree(program, leaves + middle, count - middle);
}

/* [leaves] is sorted, and [count] at least 1. */
static void kh_emit_leaves(kh_program *program, kh_leaf *leaves, size_t count) {
    size_t middle = count / 2;
    if (count > 1 && !kh_is_near(leaves, count)) {
        size_t compare =
            kh_emit(program, BPF_JMP | BPF_JGE | BPF_K, leaves[middle].rules[0]->number);
        size_t far = kh_emit(program, BPF_JMP | BPF_JA, 0); /* reaches any distance */
        kh_if_false_here(program, compare);
        kh_emit_leaves(program, leaves, middle);
        program->code[far].k = (uint32_t)(program->count - far - 1);
        kh_emit_leaves(program, leaves + middle, count - middle);
        return;
    }
    kh_emit_tree(program, leaves, count);
    for (size_t i = 0; i < count; i++) {
        if (kh_first_like(leaves, i) != i) continue;
        for (size_t like = i; like < count; like++)
            if (kh_say_the_same(&leaves[i], &leaves[like]))
                kh_if_true_here(program, leaves[like].jump);
        for (size_t k = 0; k < leaves[i].count; k++) kh_emit_rule(program, leaves[i].rules[k]);
        if (leaves[i].rules[0]->test != KH_DENY)
            kh_emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    for (size_t i = 0; i < count; i++) kh_if_false_here(program, leaves[i].jump);
    kh_emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

bool kh_filter_build(const kh_call_rule *rules, size_t count, uint32_t groups, kh_filter *filter) {
    const kh_call_rule *sorted[KH_FILTER_RULES];
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        if ((rules[i].groups & groups) == 0) continue;
        if (chosen == KH_FILTER_RULES) return false;
        size_t place = chosen++;
        for (; place > 0 && sorted[place - 1]->number > rules[i].number; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = &rules[i];
    }
    filter->self_count = 0;
    kh_program program = {.filter = filter, .code = filter->code};
    kh_emit_load(&program, offsetof(struct seccomp_data, arch));
    size_t native = kh_emit_equal(&program, KH_FILTER_ARCHITECTURE);
    kh_emit_errno(&program, ENOSYS);
    kh_if_true_here(&program, native);
    kh_emit_load(&program, offsetof(struct seccomp_data, nr));
    size_t newer = kh_emit(&program, BPF_JMP | BPF_JGT | BPF_K, KH_FILTER_LAST_CALL);
    kh_emit_errno(&program, ENOSYS);
    kh_if_false_here(&program, newer);
    kh_leaf leaves[KH_FILTER_RULES];
    size_t leaf_count = 0;
    for (size_t i = 0; i < chosen; i++)
        if (i > 0 && sorted[i]->number == sorted[i - 1]->number) leaves[leaf_count - 1].count++;
        else leaves[leaf_count++] = (kh_leaf){.rules = &sorted[i], .count = 1};
    if (leaf_count > 0) kh_emit_leaves(&program, leaves, leaf_count);
    else kh_emit(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter->count = (uint32_t)program.count;
    return !program.broken;
}

void kh_filter_set_self(kh_filter *filter, pid_t self) {
    for (uint32_t i = 0; i < filter->self_count; i++)
        filter->code[filter->selves[i]].k = (uint32_t)self;
}
