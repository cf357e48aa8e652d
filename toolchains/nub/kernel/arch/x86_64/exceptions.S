/*
 * Exceptions and interrupts, 64-bit. Every vector ends with the same frame, the
 * struct registers of arch.h. The processor (or Xen for it) has pushed ss, rsp,
 * rflags, cs, rip and, for some vectors, an error code.
 *
 * Nothing is ever pushed on the program's stack, which may have no memory yet,
 * no room, or something below its pointer. What interrupts a program arrives on
 * the entry stack, and is moved at once to the kernel stack of the thread: to
 * its end or, if it was the kernel that ran there, to below what it has. Native
 * interrupts always arrive on the entry stack; under Xen PV, those of a kernel
 * with its privilege (calls.S) stay on its stack.
 *
 * QEMU's emulation of AMD's virtualization can deliver an interrupt that Xen has
 * injected twice (its vmrun leaves the vector behind as an exception), the second
 * time with interrupts off, and as early as at the first instruction of the entry.
 * So an interrupt from where they are off is none, and goes back at once; and its
 * frame does not lie upon the first one's. For that the task-state segment is in
 * the entry stack: the uppermost byte that an interrupt pushes, a zero, is the
 * lowest byte of the pointer to where it pushes, which then is 240 bytes further
 * down until the frame has been moved.
 */
#include <frame.h>
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
    .if vector < VECTOR_FIRST_LINE
    jmp common
    .else
    jmp interrupt_begin
    .endif
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

/*
 * The instruction `syscall`. Under Xen PV it arrives with a frame like an
 * exception's, events masked; from the kernel itself it asks for privilege.
 * Natively the processor leaves the stack as it was.
 */
    .globl system_call_entry_pv
system_call_entry_pv:
    pop %rcx
    pop %r11
    cmpq $raise_return, (%rsp)
    je raised
    push $0
    push $VECTOR_SYSTEM_CALL
    jmp common

    .globl system_call_entry
system_call_entry:
    mov %rsp, program_stack
    mov $entry_stack_end, %rsp
    push program_ss
    push program_stack
    push %r11
    push program_cs
    push %rcx
    push $0
    push $VECTOR_SYSTEM_CALL
    jmp common

interrupt_begin:
    testb $2, 33(%rsp)                  /* the saved flags' IF */
    jne common
    push %rax
    lea 64(%rsp), %rax                  /* where it has begun to push */
    mov %al, entry_stack + INTERRUPT_STACK - 1
    pop %rax
    jmp restore_end

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
    movb $0, cpu_lowered
    mov %rsp, %rax
    sub $entry_stack, %rax
    cmp $ENTRY_STACK_SIZE, %rax
    jae 2f
    mov kernel_stack, %rdi
    cmpb $0, kernel_running
    je 1f
    mov FRAME_SP(%rsp), %rdi
1:  and $-16, %rdi
    sub $FRAME_SIZE, %rdi
    mov %rsp, %rsi
    mov %rdi, %rsp
    mov $FRAME_SIZE / 8, %ecx
    rep movsq
    movb $INTERRUPT_STACK & 0xff, entry_stack + INTERRUPT_STACK - 1
2:  mov %rsp, %rdi
    call exception
    test %al, %al
    jne to_program

/* Back to the kernel: with the privilege, and with interrupts, as it had them. */
    cmpb $0, running_pv
    je restore
    movb $1, shared_page + 1            /* evtchn_upcall_mask */
    testb $3, FRAME_CS(%rsp)
    je restore
    movb $1, cpu_lowered
    jmp restore

/*
 * cpu_enter_program(registers): goes on in the program. What is noted after the
 * last look at it is looked at first; from then on nothing can interrupt.
 */
    .globl cpu_enter_program
    .type cpu_enter_program, @function
cpu_enter_program:
    mov %rdi, %rsp
to_program:
    cmpb $0, running_pv
    jne 1f
    cli
    cmpb $0, kernel_noted
    je 2f
    sti
    jmp 3f
1:  call cpu_raise
    movb $1, shared_page + 1            /* evtchn_upcall_mask */
    cmpb $0, kernel_noted
    je 2f
    call pv_events_on
3:  mov %rsp, %rdi
    call program_stop
    jmp to_program
2:  movb $0, kernel_running
    mov program_lowers, %al
    mov %al, cpu_lowered

restore:
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
restore_end:
    add $16, %rsp
    cmpb $0, running_pv
    jne 1f
    iretq

/* A PV kernel returns by a hypercall, which wants flags on top of the frame;
 * its stub in the hypercall page adds %rcx, %r11 and %rax itself. */
1:  push $0
    jmp hypercall_page + __HYPERVISOR_iret * HYPERCALL_STUB_SIZE

/*
 * switch_context() comes here for a thread that has not run yet: its registers
 * lie on the stack.
 */
    .globl first_run
first_run:
    mov %rsp, %rdi
    call thread_begins
    jmp to_program

    .bss
    .balign ENTRY_STACK_SIZE
    .globl entry_stack, entry_stack_end
entry_stack:
    .skip ENTRY_STACK_SIZE
entry_stack_end:
program_stack:
    .skip 16

    .section .note.GNU-stack, "", @progbits
