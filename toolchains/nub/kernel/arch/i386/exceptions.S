/*
 * Exceptions, 32-bit. Every vector ends with the same frame on the stack, the
 * struct registers of arch.h. The processor (or Xen for it) has pushed
 * eflags, cs, eip and, for some vectors, an error code; the stack and the
 * privilege stay as they were, so that `iret` returns from ring 0 and from a
 * PV kernel's ring 1 alike.
 */
    .text

/* The entries, 16 bytes apart: 32 exceptions, 16 interrupt lines, Xen's events.
 * Vectors 8, 10-14, 17, 21, 29 and 30 come with an error code; the others get a
 * zero. */
    .balign 16
    .globl exception_entries
exception_entries:
    .set vector, 0
    .rept 49
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    push $0
    .endif
    push $vector
    jmp common
    .set vector, vector + 1
    .endr

/* Xen calls this when a segment register cannot be loaded, which only a broken
 * descriptor could cause. */
    .globl failsafe_pv
failsafe_pv:
    ud2

common:
    pusha
    cld
    push %esp
    call exception
    add $4, %esp
    popa
    add $8, %esp
    iret

    .section .note.GNU-stack, "", @progbits
