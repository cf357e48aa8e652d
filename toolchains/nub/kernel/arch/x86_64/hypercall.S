/*
 * The hypercall page and the way through it. Xen fills the page: for a PV
 * guest at load time because a note names it, for PVH when asked through an MSR.
 */
#include <xen/numbers.h>

    .section .text.hypercall_page, "ax"
    .balign 4096
    .globl hypercall_page
hypercall_page:
    .skip 4096, 0xcc

/*
 * long xen_hypercall(number, a, b, c, d, e): Xen wants the arguments in
 * %rdi, %rsi, %rdx, %r10, %r8 and answers in %rax.
 */
    .text
    .globl xen_hypercall
    .type xen_hypercall, @function
xen_hypercall:
    cmpb $0, cpu_lowered
    je 1f
    call cpu_raise
1:  mov %edi, %eax
    shl $5, %eax
    add $hypercall_page, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    mov %rcx, %rdx
    mov %r8, %r10
    mov %r9, %r8
    call *%rax
    ret

    .section .note.GNU-stack, "", @progbits
