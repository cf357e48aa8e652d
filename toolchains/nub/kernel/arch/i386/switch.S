/*
 * Changing from one thread's kernel stack to another's, 32-bit.
 */
    .text

/*
 * switch_context(from, to): a function call as far as the compiler knows, so
 * only what a call keeps has to be kept: four registers, and the control words
 * of the vector and the x87 unit (struct switch_frame).
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

    .section .note.GNU-stack, "", @progbits
