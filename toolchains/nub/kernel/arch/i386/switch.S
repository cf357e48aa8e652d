/*
 * Changing stacks, 32-bit: from one thread to another, into a new thread, and
 * to a signal's handler and back.
 */
    .text

/*
 * switch_context(from, to): a function call as far as the compiler knows, so
 * only what a call keeps has to be kept: four registers, and the control words
 * of the vector and the x87 unit.
 */
    .globl switch_context
    .type switch_context, @function
switch_context:
    mov 4(%esp), %eax
    mov 8(%esp), %edx
    push %ebp
    push %ebx
    push %esi
    push %edi
    sub $8, %esp
    stmxcsr (%esp)
    fnstcw 4(%esp)
    mov %esp, (%eax)
    mov %edx, %esp
    ldmxcsr (%esp)
    fldcw 4(%esp)
    add $8, %esp
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret

/*
 * new_context(stack, function, argument): what switch_context would have left
 * on the stack, with %esi the function, %ebx its argument, and the ABI's
 * initial control words.
 */
    .globl new_context
    .type new_context, @function
new_context:
    mov 4(%esp), %eax
    mov 8(%esp), %ecx
    mov 12(%esp), %edx
    and $-16, %eax
    sub $28, %eax
    movl $first_run, 24(%eax)
    movl $0, 20(%eax)                   /* %ebp */
    mov %edx, 16(%eax)                  /* %ebx */
    mov %ecx, 12(%eax)                  /* %esi */
    movl $0, 8(%eax)
    movl $0x037f, 4(%eax)
    movl $0x1f80, (%eax)
    ret

/* The stack is a multiple of 16 here, as it must be before a call. */
first_run:
    call thread_begins
    sub $12, %esp
    push %ebx
    call *%esi
    mov %eax, (%esp)
    call thread_ends
    ud2

/* call_handler(stack, handler, signal, information, context) */
    .globl call_handler
    .type call_handler, @function
call_handler:
    push %ebp
    mov %esp, %ebp
    mov 8(%ebp), %eax
    test %eax, %eax
    cmovnz %eax, %esp
    sub $12, %esp
    and $-16, %esp
    sub $4, %esp
    push 24(%ebp)
    push 20(%ebp)
    push 16(%ebp)
    call *12(%ebp)
    mov %ebp, %esp
    pop %ebp
    ret

    .section .note.GNU-stack, "", @progbits
