/*
 * What is particular to 32-bit x86: the address space, the saved registers,
 * and the few instructions that C cannot say.
 */
#ifndef ARCH_H
#define ARCH_H

#include <frame.h>
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
#define ARENA_END 0xed000000UL
#define KERNEL_STACKS_END 0xf5000000UL

/* The program runs in ring 3, which needs this bit; the kernel, when it has its
 * privilege, in ring 1 of a PV guest and else in ring 0. */
#define ENTRY_PV_USER ENTRY_USER
#define ENTRY_NATIVE_USER ENTRY_USER

/* As exceptions.S leaves them on the stack. The last two are there only if the
 * program's privilege was interrupted; else the frame ends where they would be. */
struct registers {
    uintptr_t di, si, bp, saved_sp, bx, dx, cx, ax;
    uintptr_t vector, error;
    uintptr_t ip, cs, flags, sp, ss;
};

_Static_assert(sizeof(struct registers) == FRAME_SIZE, "frame.h: size");
_Static_assert(offsetof(struct registers, bx) == FRAME_BX, "frame.h: bx");
_Static_assert(offsetof(struct registers, ax) == FRAME_AX, "frame.h: ax");
_Static_assert(offsetof(struct registers, ip) == FRAME_IP, "frame.h: ip");
_Static_assert(offsetof(struct registers, ss) == FRAME_SS, "frame.h: ss");

/* Nothing below the stack pointer belongs to the program. */
#define RED_ZONE 0

static inline uintptr_t registers_stack(const struct registers *r)
{
    return (r->cs & 3) == 3 ? r->sp : (uintptr_t)&r->sp;
}

/* The arguments of a function that the program has called (calls.S). */
static inline long call_argument(const struct registers *r, unsigned index)
{
    return ((const long *)r->sp)[index];
}

/* The arguments of the instruction `int $0x80`, the number first. */
static inline long instruction_argument(const struct registers *r, unsigned index)
{
    const uintptr_t values[] = { r->ax, r->bx, r->cx, r->dx, r->si, r->di, r->bp };

    return values[index];
}

#include <arch/common.h>

#endif
