/*
 * What is particular to 64-bit x86: the address space, the saved registers,
 * and the few instructions that C cannot say.
 */
#ifndef ARCH_H
#define ARCH_H

#include <nub.h>

#define ARCH_NAME "x86_64"
#define ARCH_MACHINE "x86_64"

/* Four levels of page tables of 512 entries. */
#define TABLE_LEVELS 4

/* All memory is mapped at its own (guest-)physical address, up to here. */
#define DIRECT_END (1UL << 36)

/* The arena: mmap's and brk's part of the address space. A PV guest may use
 * everything below 0x0000800000000000; so may PVH. */
#define ARENA_LOWEST 0x100000000000UL
#define ARENA_END 0x700000000000UL

/* Xen's PV pages are reached from ring 3, where a 64-bit PV kernel runs. */
#define ENTRY_PV_USER ENTRY_USER

/* As exceptions.S leaves them on the stack. */
struct registers {
    uintptr_t r15, r14, r13, r12, r11, r10, r9, r8;
    uintptr_t bp, di, si, dx, cx, bx, ax;
    uintptr_t vector, error;
    uintptr_t ip, cs, flags, sp, ss;
};

static inline uintptr_t registers_stack(const struct registers *r)
{
    return r->sp;
}

#include <arch/common.h>

#endif
