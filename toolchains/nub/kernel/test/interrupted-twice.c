/*
 * An interrupt that is delivered a second time before the kernel has executed any
 * instruction for the first one (arch/x86_64/exceptions.S), and one that comes while
 * interrupts are off. Only a 64-bit PVH program has the privilege to bring that about;
 * it finds the way in where the processor does, in the descriptor tables.
 */
#include "check.h"
#include <stdint.h>
#include <time.h>

#ifdef __x86_64__
enum { VECTOR = 48 };

struct table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

static int is_privileged(void)
{
    uint16_t selector;

    __asm__("mov %%cs, %0" : "=r"(selector));
    return !(selector & 3);
}

static struct gate find_gate(void)
{
    struct table table;

    __asm__("sidt %0" : "=m"(table));
    return ((struct gate *)table.base)[VECTOR];
}

static uint64_t find_entry(void)
{
    struct gate gate = find_gate();

    return (uint64_t)gate.offset_high << 32 | (uint64_t)gate.offset_middle << 16 | gate.offset_low;
}

/* What the task-state segment has as the gate's stack now. */
static uint64_t find_stack(void)
{
    struct table table;
    uint16_t task;
    uint64_t low, high, stack;

    __asm__("sgdt %0" : "=m"(table));
    __asm__("str %0" : "=m"(task));
    low = *(uint64_t *)(table.base + task);
    high = *(uint64_t *)(table.base + task + 8);
    low = (low >> 16 & 0xffffff) | (low >> 56) << 24 | high << 32;
    memcpy(&stack, (char *)low + 36 + 8 * (find_gate().stack - 1), sizeof(stack));
    return stack;
}

/* Pushes what the processor does for an interrupt that comes at the end of this, is
 * interrupted again, and enters the kernel with the first. */
static void deliver_twice(uint64_t entry, uint64_t stack)
{
    __asm__ volatile("cli\n\t"
                     "mov %%rsp, %%rax\n\t"
                     "mov %[stack], %%rsp\n\t"
                     "mov %%ss, %%ecx\n\t"
                     "push %%rcx\n\t"
                     "push %%rax\n\t"
                     "pushf\n\t"
                     "orq $0x200, (%%rsp)\n\t"
                     "mov %%cs, %%ecx\n\t"
                     "push %%rcx\n\t"
                     "lea 1f(%%rip), %%rcx\n\t"
                     "push %%rcx\n\t"
                     "int %[vector]\n\t"
                     "jmp *%[entry]\n"
                     "1:"
                     : : [entry] "r"(entry), [stack] "r"(stack), [vector] "i"(VECTOR)
                     : "rax", "rcx", "memory");
}

static void deliver_with_interrupts_off(void)
{
    __asm__ volatile("sub $128, %%rsp; cli; int %0; sti; add $128, %%rsp" : : "i"(VECTOR) : "memory");
}

static void check_all(void)
{
    uint64_t entry = find_entry(), stack = find_stack();

    for (int i = 0; i < 1000; i++) {
        deliver_twice(entry, stack);
        deliver_with_interrupts_off();
    }
    CHECK(find_stack() == stack);
}
#endif

int main(void)
{
    struct timespec shortly = { 0, 20000000 };

#ifdef __x86_64__
    if (is_privileged())
        check_all();
#endif
    CHECK(nanosleep(&shortly, NULL) == 0); /* interrupts still come */
    return failures;
}
