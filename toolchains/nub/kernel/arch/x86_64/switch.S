/*
 * Changing stacks, 64-bit: from one thread to another, into a new thread, and
 * to a signal's handler and back.
 */
    .text

/*
 * switch_context(from, to): a function call as far as the compiler knows, so
 * only what a call keeps has to be kept: six registers, and the control words
 * of the vector and the x87 unit.
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

/*
 * new_context(stack, function, argument): what switch_context would have left
 * on the stack, with %r12 the function, %rbx its argument, and the ABI's
 * initial control words.
 */
    .globl new_context
    .type new_context, @function
new_context:
    and $-16, %rdi
    lea -64(%rdi), %rax
    movq $first_run, 56(%rax)
    movq $0, 48(%rax)                   /* %rbp */
    mov %rdx, 40(%rax)                  /* %rbx */
    mov %rsi, 32(%rax)                  /* %r12 */
    movq $0, 24(%rax)
    movq $0, 16(%rax)
    movq $0, 8(%rax)
    movl $0x1f80, (%rax)
    movl $0x037f, 4(%rax)
    ret

/* The stack is a multiple of 16 here, as it must be before a call. */
first_run:
    call thread_begins
    mov %rbx, %rdi
    call *%r12
    mov %eax, %edi
    call thread_ends
    ud2

/* call_handler(stack, handler, signal, information, context) */
    .globl call_handler
    .type call_handler, @function
call_handler:
    push %rbp
    mov %rsp, %rbp
    test %rdi, %rdi
    cmovnz %rdi, %rsp
    and $-16, %rsp
    mov %rsi, %rax
    mov %edx, %edi
    mov %rcx, %rsi
    mov %r8, %rdx
    call *%rax
    mov %rbp, %rsp
    pop %rbp
    ret

    .section .note.GNU-stack, "", @progbits
