/*
 * Changing from one thread's kernel stack to another's, 64-bit.
 */
    .text

/*
 * switch_context(from, to): a function call as far as the compiler knows, so
 * only what a call keeps has to be kept: six registers, and the control words
 * of the vector and the x87 unit (struct switch_frame).
 */
    .globl switch_context
    .type switch_context, @function
switch_context:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

    .section .note.GNU-stack, "", @progbits
