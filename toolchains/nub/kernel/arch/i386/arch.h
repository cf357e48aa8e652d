/*
 * What is particular to 32-bit x86: the address space, the saved registers,
 * and the few instructions that C cannot say.
 */
#ifndef ARCH_H
#define ARCH_H

#include <nub.h>

#define ARCH_NAME "i386"
#define ARCH_MACHINE "i686"

/* PAE: three levels of page tables, the top one of four entries. */
#define TABLE_LEVELS 3

/* All memory is mapped at its own (guest-)physical address, up to here; what
 * is beyond is not used. */
#define DIRECT_END 0x80000000UL

/* The arena: mmap's and brk's part of the address space, behind the memory.
 * Xen's part begins at 0xf5800000 (the note HV_START_LOW asks for that). */
#define ARENA_LOWEST 0x20000000UL
#define ARENA_END 0xf5000000UL

/* A 32-bit PV kernel runs in ring 1, which is supervisor to the page tables. */
#define ENTRY_PV_USER 0

/* As exceptions.S leaves them on the stack. There is no stack switch, so the
 * processor saves no stack pointer: the frame's end is where it was. */
struct registers {
    uintptr_t di, si, bp, saved_sp, bx, dx, cx, ax;
    uintptr_t vector, error;
    uintptr_t ip, cs, flags;
};

static inline uintptr_t registers_stack(const struct registers *r)
{
    return (uintptr_t)(r + 1);
}

#include <arch/common.h>

#endif
