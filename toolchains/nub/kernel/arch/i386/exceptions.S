/*
 * Exceptions and interrupts, 32-bit. Every vector ends with the same frame, the
 * struct registers of arch.h. The processor (or Xen for it) has pushed eflags,
 * cs, eip and, for some vectors, an error code; above them, where the privilege
 * has changed, esp and ss.
 *
 * Nothing is ever pushed on the program's stack, which may have no memory yet,
 * or no room. What interrupts the program's privilege arrives on the entry
 * stack, and is moved at once to the kernel stack of the thread: to its end or,
 * if it was the kernel that ran there (calls.S), to below what it has. What
 * interrupts the kernel with its own privilege stays on its stack.
 *
 * An interrupt from where they are off is one that has been delivered before
 * (arch/x86_64/exceptions.S), and goes back at once.
 */
#include <frame.h>
#include <xen/numbers.h>

    .text

/* The entries, 16 bytes apart: 32 exceptions, 16 interrupt lines, Xen's events.
 * Vectors 8, 10-14, 17, 21, 29 and 30 come with an error code; the others get a
 * zero. */
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

/* Xen calls this when a segment register cannot be loaded, which only a broken
 * descriptor could cause. */
    .globl failsafe_pv
failsafe_pv:
    ud2

/* The instruction `int $0x80`: a system call, or the kernel that asks for its
 * privilege. */
    .globl system_call_entry
system_call_entry:
    cmpl $raise_return, (%esp)
    je raised
    push $0
    push $VECTOR_SYSTEM_CALL
    jmp common

interrupt_begin:
    testb $2, 17(%esp)                  /* the saved flags' IF */
    je restore_end
common:
    pusha
    cld
    movb $0, cpu_lowered
    mov %esp, %eax
    sub $entry_stack, %eax
    cmp $ENTRY_STACK_SIZE, %eax
    jae 2f
    mov kernel_stack, %edi
    cmpb $0, kernel_running
    je 1f
    mov FRAME_SP(%esp), %edi
1:  sub $FRAME_SIZE, %edi
    mov %esp, %esi
    mov %edi, %esp
    mov $FRAME_SIZE / 4, %ecx
    rep movsl
2:  push %esp
    call exception
    add $4, %esp
    test %al, %al
    jne to_program

/* Back to the kernel: with the privilege, and with interrupts, as it had them. */
    cmpb $0, running_pv
    je 1f
    movb $1, shared_page + 1            /* evtchn_upcall_mask */
    jmp 2f
1:  cli
2:  mov FRAME_CS(%esp), %eax
    and $3, %eax
    cmp $3, %eax
    jne restore
    movb $1, cpu_lowered
    jmp restore

/*
 * cpu_enter_program(registers): goes on in the program. What is noted after the
 * last look at it is looked at first; from then on nothing can interrupt.
 */
    .globl cpu_enter_program
    .type cpu_enter_program, @function
cpu_enter_program:
    mov 4(%esp), %esp
to_program:
    call cpu_raise
    cmpb $0, running_pv
    jne 1f
    cli
    cmpb $0, kernel_noted
    je 2f
    sti
    jmp 3f
1:  movb $1, shared_page + 1            /* evtchn_upcall_mask */
    cmpb $0, kernel_noted
    je 2f
    call pv_events_on
3:  push %esp
    call program_stop
    add $4, %esp
    jmp to_program
2:  movb $0, kernel_running
    movb $1, cpu_lowered

restore:
    popa
restore_end:
    add $8, %esp
    cmpb $0, running_pv
    jne 1f
    iret

/* A PV kernel returns by a hypercall, which also has events on again at once;
 * its stub in the hypercall page pushes %eax. */
1:  jmp hypercall_page + __HYPERVISOR_iret * HYPERCALL_STUB_SIZE

/*
 * switch_context() comes here for a thread that has not run yet: its registers
 * lie on the stack.
 */
    .globl first_run
first_run:
    push %esp
    call thread_begins
    add $4, %esp
    jmp to_program

    .bss
    .balign 16
    .globl entry_stack, entry_stack_end
entry_stack:
    .skip ENTRY_STACK_SIZE
entry_stack_end:

    .section .note.GNU-stack, "", @progbits
