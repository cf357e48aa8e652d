/*
 * Exceptions, 64-bit. Every vector ends with the same frame on the stack, the
 * struct registers of arch.h. The processor (or Xen for it) has pushed
 * ss, rsp, rflags, cs, rip and, for some vectors, an error code.
 */
#include <xen/numbers.h>

    .text

/* Native entries, 16 bytes apart: 32 exceptions, 16 interrupt lines, Xen's
 * events. Vectors 8, 10-14, 17, 21, 29 and 30 come with an error code; the
 * others get a zero. */
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

/* PV entries: Xen pushes %r11 and %rcx on top of all that, because its system
 * call return loses them. */
    .balign 16
    .globl exception_entries_pv
exception_entries_pv:
    .set vector, 0
    .rept 49
    .balign 16
    pop %rcx
    pop %r11
    jmp exception_entries + 16 * vector
    .set vector, vector + 1
    .endr

/* Xen calls this when an iret that it does for us fails, which only a broken
 * frame could cause. */
    .globl failsafe_pv
failsafe_pv:
    ud2

common:
    push %rax
    push %rbx
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %rbp
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    call exception
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rbp
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rbx
    pop %rax
    add $16, %rsp
    cmpb $0, running_pv
    jne 1f
    iretq

/* A PV kernel returns by a hypercall, which wants flags on top of the frame;
 * its stub in the hypercall page adds %rcx, %r11 and %rax itself. */
1:  push $0
    jmp hypercall_page + HYPERCALL_iret * HYPERCALL_STUB_SIZE

    .section .note.GNU-stack, "", @progbits
