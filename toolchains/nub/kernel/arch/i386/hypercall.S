/*
 * The hypercall page and the way through it. Xen fills the page: for a PV
 * guest at load time because a note names it, for PVH when asked through an MSR.
 */
    .section .text.hypercall_page, "ax"
    .balign 4096
    .globl hypercall_page
hypercall_page:
    .skip 4096, 0xcc

/*
 * long xen_hypercall(number, a, b, c, d, e): Xen wants the arguments in
 * %ebx, %ecx, %edx, %esi, %edi and answers in %eax.
 */
    .text
    .globl xen_hypercall
    .type xen_hypercall, @function
xen_hypercall:
    call cpu_raise
    push %ebx
    push %esi
    push %edi
    mov 16(%esp), %eax
    mov 20(%esp), %ebx
    mov 24(%esp), %ecx
    mov 28(%esp), %edx
    mov 32(%esp), %esi
    mov 36(%esp), %edi
    shl $5, %eax
    add $hypercall_page, %eax
    call *%eax
    pop %edi
    pop %esi
    pop %ebx
    ret

    .section .note.GNU-stack, "", @progbits
