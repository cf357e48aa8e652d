/*
 * The guest that is booted to learn whether KVM runs what the lab runs. It does by turns what
 * Xen, nub and Linux do first of all: long mode, paging with a page fault, exceptions, SSE state,
 * timer interrupts, and a program in ring 3 that makes system calls. Then it prints
 * "probe: passed" on COM1 and ends QEMU; "probe: failed" if something came out wrong.
 *
 * Half-working KVM emulates such a guest instruction by instruction, a hundred times slower than
 * a processor, and gives up at the first one that its emulator does not know, or waits for
 * interrupts for ever.
 *
 * It stands in the firmware's place, as the firmware would take half-working KVM many seconds.
 * kvm-probe-image.ts holds its bytes; a unit test assembles this file and compares, and prints
 * the new bytes where they differ. By hand:
 *   gcc -c kvm-probe.S -o probe.o && objcopy -O binary -j .text probe.o probe
 */
	.set ROM, 0xffff0000		/* the last 64 KiB below 4 GiB, where the processor starts */
	.set BASE, 0x100000		/* where it copies itself to */
	/* Physical pages, none of them in the file. */
	.set TABLE4, 0x200000
	.set TABLE3, 0x201000
	.set TABLE2, 0x202000
	.set TABLE1, 0x203000
	.set TABLE2_HIGH, 0x204000
	.set IDT, 0x205000
	.set STATE, 0x206000		/* what FXSAVE and XSAVE write */
	.set ENTRY_STACK, 0x208000	/* the ends of stacks */
	.set RING0_STACK, 0x209000
	.set USER_STACK, 0x20a000
	.set TARGET, 0x20a000		/* what the page fault's page is backed by */
	.set PAGES_END, 0x20b000
	/* The address that has no page before the fault; TABLE1 is for 4 MiB to 6 MiB. */
	.set UNMAPPED, 0x405000
	.set UNMAPPED_ENTRY, TABLE1 + 5 * 8

	/* Selectors; SYSCALL and SYSRET fix their order. */
	.set KERNEL_CODE, 0x08
	.set KERNEL_DATA, 0x10
	.set USER_BASE, 0x1b		/* SYSRET adds 8 for the stack, 16 for the code */
	.set USER_DATA, 0x23
	.set USER_CODE, 0x2b
	.set TASK, 0x30
	.set KERNEL_CODE32, 0x40

	.set SPINS, 20000000		/* some 10 ms for a processor */

	.set PAGE, 0x07			/* present, writable, for ring 3 too */
	.set LARGE_PAGE, 0x87
	.set DEVICE_PAGE, 0x93		/* large, not cached */

	.set MSR_EFER, 0xc0000080
	.set MSR_STAR, 0xc0000081
	.set MSR_LSTAR, 0xc0000082
	.set MSR_FMASK, 0xc0000084
	.set MSR_FS_BASE, 0xc0000100
	.set MSR_KERNEL_GS_BASE, 0xc0000102

	.set APIC, 0xfee00000
	.set APIC_SPURIOUS, 0xf0
	.set APIC_LINT0, 0x350

	.set COM1, 0x3f8
	.set EXIT_PORT, 0xf4		/* QEMU's isa-debug-exit */

/* Where labels are, as numbers, so that nothing is left for a linker to do. */
#define OFFSET(label) ((label) - start)
#define AT(label) (BASE + OFFSET(label))

	.text
	.code16
start:
	cli
	lgdtl %cs:OFFSET(rom_gdt_register)
	mov %cr0, %eax
	or $1, %al			/* PE */
	mov %eax, %cr0
	ljmpl $KERNEL_CODE32, $(ROM + OFFSET(protected_mode))

	.code32
protected_mode:
	mov $KERNEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	cld
	mov $ROM, %esi
	mov $BASE, %edi
	mov $OFFSET(end), %ecx
	rep movsb
	mov $AT(entry), %eax
	jmp *%eax

entry:
	mov $ENTRY_STACK, %esp
	mov $TABLE4, %edi
	mov $(PAGES_END - TABLE4) / 4, %ecx
	xor %eax, %eax
	rep stosl

	/* The first 4 MiB where they are, as large pages; 2 MiB of small pages, all absent; the APIC. */
	movl $TABLE3 + PAGE, TABLE4
	movl $TABLE2 + PAGE, TABLE3
	movl $0x000000 + LARGE_PAGE, TABLE2
	movl $0x200000 + LARGE_PAGE, TABLE2 + 8
	movl $TABLE1 + PAGE, TABLE2 + 16
	movl $TABLE2_HIGH + PAGE, TABLE3 + 24
	movl $APIC + DEVICE_PAGE, TABLE2_HIGH + (APIC >> 21 & 0x1ff) * 8
	mov $TABLE4, %eax
	mov %eax, %cr3

	mov $0x620, %eax		/* PAE, OSFXSR, OSXMMEXCPT */
	mov %eax, %cr4
	mov $MSR_EFER, %ecx
	rdmsr
	or $0x901, %eax			/* SCE, LME, NXE */
	wrmsr
	mov $0x80010033, %eax		/* PG, WP, NE, ET, MP, PE */
	mov %eax, %cr0

	/* The task's descriptor has its base in pieces. */
	mov $AT(task), %eax
	mov %ax, AT(task_descriptor) + 2
	shr $16, %eax
	mov %al, AT(task_descriptor) + 4
	lgdt AT(gdt_register)
	ljmp $KERNEL_CODE, $AT(long_mode)

	.code64
long_mode:
	mov $KERNEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $TASK, %eax
	ltr %ax

	/* All vectors fail but those that are expected. */
	mov $IDT, %edi
	mov $256, %ecx
1:	mov $AT(failed), %eax
	call set_gate
	loop 1b
	mov $IDT + 6 * 16, %edi
	mov $AT(invalid_opcode), %eax
	call set_gate
	mov $IDT + 14 * 16, %edi
	mov $AT(page_fault), %eax
	call set_gate
	mov $IDT + 32 * 16, %edi
	mov $AT(timer), %eax
	call set_gate
	lidt AT(idt_register)

	/* SSE: its state is saved, lost and restored in the middle of a sum. */
	fninit
	ldmxcsr AT(mxcsr)
	mov $21, %eax
	cvtsi2sd %eax, %xmm0
	fxsave64 STATE
	pxor %xmm0, %xmm0
	fxrstor64 STATE
	addsd %xmm0, %xmm0
	cvttsd2si %xmm0, %eax
	cmp $42, %eax
	jne failed

	/* XSAVE, where there is one. */
	mov $1, %eax
	cpuid
	bt $26, %ecx
	jnc 2f
	mov %cr4, %rax
	or $0x40000, %eax		/* OSXSAVE */
	mov %rax, %cr4
	xor %ecx, %ecx
	xgetbv
	or $3, %eax			/* x87 and SSE */
	xsetbv
	mov $3, %eax
	xor %edx, %edx
	xsave64 STATE
	pxor %xmm0, %xmm0
	xrstor64 STATE
	cvttsd2si %xmm0, %eax
	cmp $42, %eax
	jne failed
2:
	/* Xen asks for the shadow stack's pointer even where there is none. */
	xor %ecx, %ecx
	rdsspq %rcx
	rdtsc
	mov $0x400, %eax
	mov %rax, %dr7

	/* FS by its base, GS by SWAPGS. */
	mov $MSR_FS_BASE, %ecx
	mov $TARGET, %eax
	xor %edx, %edx
	wrmsr
	mov $MSR_KERNEL_GS_BASE, %ecx
	wrmsr
	swapgs
	movl $7, %fs:8
	cmpl $7, %gs:8
	jne failed

	/* Two exceptions, of which the second maps what was missing. */
	ud2
	movl $5, UNMAPPED
	cmpl $5, TARGET
	jne failed
	cmpl $2, AT(exceptions)
	jne failed
	mov %cr3, %rax
	mov %rax, %cr3

	/* The interrupt controllers: vectors from 32 on, and nothing but the timer. */
	mov $0x11, %al
	out %al, $0x20
	out %al, $0xa0
	mov $32, %al
	out %al, $0x21
	mov $40, %al
	out %al, $0xa1
	mov $4, %al
	out %al, $0x21
	mov $2, %al
	out %al, $0xa1
	mov $1, %al
	out %al, $0x21
	out %al, $0xa1
	mov $0xfe, %al
	out %al, $0x21
	mov $0xff, %al
	out %al, $0xa1
	/* They reach the processor through its own controller: enabled; LINT0 for them. */
	mov $APIC, %edi
	movl $0x1ff, APIC_SPURIOUS(%rdi)
	movl $0x700, APIC_LINT0(%rdi)
	/* The timer: 1193182 Hz / 1193, again and again. */
	mov $0x34, %al
	out %al, $0x43
	mov $1193 % 256, %al
	out %al, $0x40
	mov $1193 / 256, %al
	out %al, $0x40

	/* Three ticks asleep. */
3:	sti
	hlt
	cli
	cmpl $3, AT(ticks)
	jb 3b

	/* Work, which emulation does not finish in time. */
	mov $SPINS, %ecx
4:	dec %ecx
	jnz 4b

	/* Then ring 3. */
	mov $MSR_STAR, %ecx
	xor %eax, %eax
	mov $USER_BASE << 16 | KERNEL_CODE, %edx
	wrmsr
	mov $MSR_LSTAR, %ecx
	mov $AT(system_call), %eax
	xor %edx, %edx
	wrmsr
	mov $MSR_FMASK, %ecx
	mov $0x200, %eax		/* no interrupts in system calls */
	wrmsr
	pushq $USER_DATA
	pushq $USER_STACK
	pushq $0x202			/* interrupts on */
	pushq $USER_CODE
	pushq $AT(user)
	iretq

/* A system call, three ticks, and another system call. */
user:
	mov $1, %eax
	syscall
	mov AT(ticks), %ebx
	add $3, %ebx
5:	pause
	cmp %ebx, AT(ticks)
	jb 5b
	mov $2, %eax
	syscall
	ud2

/* The first one returns. There is no stack of its own: nothing can interrupt it. */
system_call:
	cmp $1, %eax
	jne 6f
	sysretq
6:	cmp $2, %eax
	jne failed
	mov $AT(passed_text), %esi
	mov $(passed_end - passed_text), %ecx
	jmp finish

failed:
	mov $AT(failed_text), %esi
	mov $(failed_end - failed_text), %ecx
finish:
	mov $COM1, %edx
	rep outsb
	xor %eax, %eax
	out %al, $EXIT_PORT
7:	hlt
	jmp 7b

/* %edi: the gate, which it moves to the next one; %eax: the handler. */
set_gate:
	mov %ax, (%rdi)
	movw $KERNEL_CODE, 2(%rdi)
	movw $0x8e00, 4(%rdi)		/* present, interrupt gate */
	shr $16, %eax
	mov %ax, 6(%rdi)
	add $16, %edi
	ret

/* Goes on behind UD2, which has two bytes. */
invalid_opcode:
	incl AT(exceptions)
	addq $2, (%rsp)
	iretq

page_fault:
	push %rax
	mov %cr2, %rax
	cmp $UNMAPPED, %rax
	jne failed
	movl $TARGET + PAGE, UNMAPPED_ENTRY
	movl $0x80000000, UNMAPPED_ENTRY + 4	/* not executable */
	invlpg UNMAPPED
	incl AT(exceptions)
	pop %rax
	add $8, %rsp			/* the error code */
	iretq

timer:
	push %rax
	incl AT(ticks)
	mov $0x20, %al			/* end of interrupt */
	out %al, $0x20
	pop %rax
	iretq

	.balign 8
gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* kernel code */
	.quad 0x00cf93000000ffff	/* kernel data */
	.quad 0
	.quad 0x00cff3000000ffff	/* user data */
	.quad 0x00affb000000ffff	/* user code */
task_descriptor:
	.quad 0x0000890000000067
	.quad 0
	.quad 0x00cf9b000000ffff	/* kernel code, 32 bits */
gdt_end:
task:
	.long 0
	.quad RING0_STACK
	.skip 90
	.short 104			/* no map of ports */
rom_gdt_register:
	.short gdt_end - gdt - 1
	.long ROM + OFFSET(gdt)
gdt_register:
	.short gdt_end - gdt - 1
	.quad AT(gdt)
idt_register:
	.short 256 * 16 - 1
	.quad IDT
	.balign 4
mxcsr:
	.long 0x1f80
ticks:
	.long 0
exceptions:
	.long 0
passed_text:
	.ascii "probe: passed\n"
passed_end:
failed_text:
	.ascii "probe: failed\n"
failed_end:
end:

	/* The processor's first instruction. */
	.org 0xfff0
	.code16
	jmp start
	.org 0x10000

	.section .note.GNU-stack, "", @progbits
