/*
 * How the program enters the kernel by calling a function, 32-bit, and what
 * privilege the kernel has.
 *
 * The program runs with less privilege than the kernel, in ring 3, because that
 * is what keeps interrupts off its stack. A call stays there, for most calls
 * need no privilege; what does raises it (cpu_raise), and the way back to the
 * program lowers it again.
 */
#include <frame.h>
#include <xen/numbers.h>

    .text

    .macro entry name, function
    .globl \name
    .type \name, @function
\name:
    mov $\function, %ecx
    jmp call_begin
    .endm

/*
 * __nub_syscall(number, ...): what only tells a number (syscalls/answers.c) is
 * answered without entering the kernel. Until then nothing is changed that the
 * caller has set up, so that it may make the call once more (signals/settle.c).
 */
    .globl __nub_syscall
    .type __nub_syscall, @function
__nub_syscall:
    mov 4(%esp), %ecx
    cmp answers_at_once, %ecx
    jae 1f
    mov answers(, %ecx, 4), %eax
    test %eax, %eax
    je 1f
    mov (%eax), %eax
    ret
1:  mov $system_call, %ecx
    jmp call_begin

    entry __nub_clone, clone_call
    entry __nub_unmapself, unmap_self_call
    entry __nub_before_main, before_main_call
    entry __nub_signal_return, signal_return_call

/*
 * The registers that a function keeps become a struct registers at the end of
 * the thread's kernel stack; the arguments are on the program's stack. If the C
 * function answers true the program goes on with all of the registers, else it
 * merely returns from its call. What interrupts between the program's and the
 * kernel's stack, in both directions, is sorted out by cpu_complete_call().
 */
    .globl call_begin, call_switched, call_tail, call_tail_end
call_begin:
    mov %esp, %eax
    mov kernel_stack, %esp
call_switched:
    movb $1, kernel_running
    sub $FRAME_SIZE, %esp
    mov %edi, FRAME_DI(%esp)
    mov %esi, FRAME_SI(%esp)
    mov %ebp, FRAME_BP(%esp)
    mov %ebx, FRAME_BX(%esp)
    movl $VECTOR_CALL, FRAME_VECTOR(%esp)
    mov program_cs, %edx
    mov %edx, FRAME_CS(%esp)
    mov program_ss, %edx
    mov %edx, FRAME_SS(%esp)
    mov program_flags, %edx
    mov %edx, FRAME_FLAGS(%esp)
    mov (%eax), %edx
    mov %edx, FRAME_IP(%esp)
    add $4, %eax
    mov %eax, FRAME_SP(%esp)
    push %esp
    call *%ecx
    add $4, %esp
1:  test %al, %al
    jne 2f
    cmpb $0, cpu_lowered
    je 2f
    mov FRAME_AX(%esp), %eax
    mov FRAME_IP(%esp), %ecx
    mov FRAME_SP(%esp), %edx
call_tail:
    movb $0, kernel_running
    cmpb $0, kernel_noted
    jne 3f
    mov %edx, %esp
    jmp *%ecx
3:  movb $1, kernel_running
call_tail_end:
    push %esp
    call kernel_leave
    add $4, %esp
    jmp 1b
2:  push %esp
    push $0
    jmp cpu_enter_program

/*
 * Where a new thread of the program begins: %esi is its function, %ebx the
 * argument. What the function answers is the thread's status.
 */
    .globl program_thread
program_thread:
    xor %ebp, %ebp
    sub $12, %esp
    push %ebx
    call *%esi
    sub $8, %esp
    push %eax
    push $1                             /* exit */
    call __nub_syscall
    ud2

/*
 * cpu_raise(): gives the kernel its privilege if it runs with the program's.
 * Keeps every register but the flags. It is entered by the gate for a program's
 * system calls, the quickest that Xen has; that it is the kernel which asks, the
 * address tells. Interrupts are off then, and become as they were.
 */
    .globl cpu_raise, raise_return, raised
    .type cpu_raise, @function
cpu_raise:
    cmpb $0, cpu_lowered
    jne 1f
    ret
1:  push %eax
    push %ecx
    int $VECTOR_SYSTEM_CALL
raise_return:
    pop %ecx
    pop %eax
    ret

raised:
    movb $0, cpu_lowered
    mov 8(%esp), %ecx
    mov 12(%esp), %esp
    test $0x200, %ecx
    je raise_return
    cmpb $0, running_pv
    jne 1f
    sti
    jmp raise_return
1:  push %edx
    call pv_events_on
    pop %edx
    jmp raise_return

    .section .note.GNU-stack, "", @progbits
