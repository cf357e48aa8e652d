/*
 * How the program enters the kernel by calling a function, 64-bit, and what
 * privilege the kernel has.
 *
 * The program runs with less privilege than the kernel where that is what keeps
 * interrupts off its stack: under Xen PV, in what Xen takes for a user's mode. A
 * call stays there, for most calls need no privilege; the hypercalls that do
 * raise it (cpu_raise), and the way back to the program lowers it again.
 */
#include <frame.h>
#include <xen/numbers.h>

    .text

    .macro entry name, function
    .globl \name
    .type \name, @function
\name:
    mov $\function, %r11d
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
    cmp answers_at_once, %rdi
    jae 1f
    mov answers(, %rdi, 8), %rax
    test %rax, %rax
    je 1f
    mov (%rax), %eax
    ret
1:  mov $system_call, %r11d
    jmp call_begin

    entry __nub_clone, clone_call
    entry __nub_unmapself, unmap_self_call
    entry __nub_before_main, before_main_call
    entry __nub_signal_return, signal_return_call

/*
 * The registers that a function keeps, and its arguments, become a struct
 * registers at the end of the thread's kernel stack. If the C function answers
 * true the program goes on with all of them, else it merely returns from its
 * call. What interrupts between the program's and the kernel's stack, in both
 * directions, is sorted out by cpu_complete_call().
 */
    .globl call_begin, call_switched, call_tail, call_tail_end
call_begin:
    mov %rsp, %rax
    mov kernel_stack, %rsp
call_switched:
    movb $1, kernel_running
    sub $FRAME_SIZE, %rsp
    mov %r15, FRAME_R15(%rsp)
    mov %r14, FRAME_R14(%rsp)
    mov %r13, FRAME_R13(%rsp)
    mov %r12, FRAME_R12(%rsp)
    mov %r9, FRAME_R9(%rsp)
    mov %r8, FRAME_R8(%rsp)
    mov %rbp, FRAME_BP(%rsp)
    mov %rdi, FRAME_DI(%rsp)
    mov %rsi, FRAME_SI(%rsp)
    mov %rdx, FRAME_DX(%rsp)
    mov %rcx, FRAME_CX(%rsp)
    mov %rbx, FRAME_BX(%rsp)
    movq $VECTOR_CALL, FRAME_VECTOR(%rsp)
    mov program_cs, %rcx
    mov %rcx, FRAME_CS(%rsp)
    mov program_ss, %rcx
    mov %rcx, FRAME_SS(%rsp)
    movq $0x202, FRAME_FLAGS(%rsp)
    mov (%rax), %rcx
    mov %rcx, FRAME_IP(%rsp)
    add $8, %rax
    mov %rax, FRAME_SP(%rsp)
    mov %rsp, %rdi
    call *%r11
1:  test %al, %al
    jne 2f
    mov program_lowers, %al
    cmp cpu_lowered, %al
    jne 2f
    mov FRAME_AX(%rsp), %rax
    mov FRAME_IP(%rsp), %rcx
    mov FRAME_SP(%rsp), %rdx
call_tail:
    movb $0, kernel_running
    cmpb $0, kernel_noted
    jne 3f
    mov %rdx, %rsp
    jmp *%rcx
3:  movb $1, kernel_running
call_tail_end:
    mov %rsp, %rdi
    call kernel_leave
    jmp 1b
2:  mov %rsp, %rdi
    jmp cpu_enter_program

/*
 * Where a new thread of the program begins: %r12 is its function, %rdi the
 * argument. What the function answers is the thread's status.
 */
    .globl program_thread
program_thread:
    xor %ebp, %ebp
    call *%r12
    sub $16, %rsp
    mov $60, %edi                       /* exit */
    mov %eax, %esi
    call __nub_syscall
    ud2

/*
 * cpu_raise(): gives the kernel its privilege if it runs with the program's.
 * Keeps every register. Xen enters the kernel with the privilege where it has
 * been told that `syscall` leads; that it came from here, it tells by the
 * address. Events are masked then, and become as they were.
 */
    .globl cpu_raise, raise_return, raised
    .type cpu_raise, @function
cpu_raise:
    cmpb $0, cpu_lowered
    jne 1f
    ret
1:  push %rcx
    push %r11
    syscall
raise_return:
    ud2
raised:
    movb $0, cpu_lowered
    mov 16(%rsp), %ecx                  /* the flags, with what events were */
    mov 24(%rsp), %rsp
    test $0x200, %ecx
    je 1f
    movb $0, shared_page + 1            /* evtchn_upcall_mask */
    cmpb $0, shared_page                /* evtchn_upcall_pending */
    je 1f
    push %rax
    push %rdi
    push %rsi
    xor %edi, %edi
    xor %esi, %esi
    call hypercall_page + __HYPERVISOR_xen_version * HYPERCALL_STUB_SIZE
    pop %rsi
    pop %rdi
    pop %rax
1:  pop %r11
    pop %rcx
    ret

    .section .note.GNU-stack, "", @progbits
