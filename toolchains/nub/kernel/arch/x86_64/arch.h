/*
 * What is particular to 64-bit x86: the address space, the saved registers,
 * and the few instructions that C cannot say.
 */
#ifndef ARCH_H
#define ARCH_H

#include <frame.h>
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
#define ARENA_END 0x6fffc0000000UL
#define KERNEL_STACKS_END 0x700000000000UL

/* Xen's PV pages are reached from ring 3, where a 64-bit PV kernel runs.
 * Natively the program runs with the kernel's privilege: the interrupt stack
 * table keeps interrupts off its stack. */
#define ENTRY_PV_USER ENTRY_USER
#define ENTRY_NATIVE_USER 0

/* As exceptions.S leaves them on the stack. */
struct registers {
    uintptr_t r15, r14, r13, r12, r11, r10, r9, r8;
    uintptr_t bp, di, si, dx, cx, bx, ax;
    uintptr_t vector, error;
    uintptr_t ip, cs, flags, sp, ss;
};

_Static_assert(sizeof(struct registers) == FRAME_SIZE, "frame.h: size");
_Static_assert(offsetof(struct registers, r12) == FRAME_R12, "frame.h: r12");
_Static_assert(offsetof(struct registers, r8) == FRAME_R8, "frame.h: r8");
_Static_assert(offsetof(struct registers, di) == FRAME_DI, "frame.h: di");
_Static_assert(offsetof(struct registers, ax) == FRAME_AX, "frame.h: ax");
_Static_assert(offsetof(struct registers, ip) == FRAME_IP, "frame.h: ip");
_Static_assert(offsetof(struct registers, ss) == FRAME_SS, "frame.h: ss");

/* What is below the stack pointer and belongs to the program (the ABI's red zone). */
#define RED_ZONE 128

static inline uintptr_t registers_stack(const struct registers *r)
{
    return r->sp;
}

/* The arguments of a function that the program has called (calls.S). */
static inline long call_argument(const struct registers *r, unsigned index)
{
    switch (index) {
    case 0: return r->di;
    case 1: return r->si;
    case 2: return r->dx;
    case 3: return r->cx;
    case 4: return r->r8;
    case 5: return r->r9;
    default: return ((const long *)r->sp)[index - 6];
    }
}

/* The arguments of the instruction `syscall`, the number first. */
static inline long instruction_argument(const struct registers *r, unsigned index)
{
    const uintptr_t values[] = { r->ax, r->di, r->si, r->dx, r->r10, r->r8, r->r9 };

    return values[index];
}

#include <arch/common.h>

#endif
