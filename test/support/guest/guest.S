/*
 * The smallest guest that keeps the image contract: it prints TEXT and ends as END says.
 * One source for 64-bit PV, 32-bit PV (PAE) and PVH; assembled by the tests with the
 * machine's own compiler.
 *
 * PV guests are entered with paging on and print by the hypercall console_io; PVH is
 * entered in 32-bit mode without paging and prints to COM1.
 */
#define END_EXIT 0
#define END_HANG 1
#define END_CRASH 2

#define CONSOLE_IO 18
#define SCHED_OP 29
#define SCHEDOP_shutdown 2
#define HYPERCALL(number) call hypercall_page + (number) * 32

#ifdef __x86_64__
#define POINTER .quad
#else
#define POINTER .long
#endif

#define NOTE(type, data) \
	.long 4, 2f - 1f, type; \
	.asciz "Xen"; \
1:	data; \
2:	.balign 4

	.section .note.Xen, "a", @note
	NOTE(6, .asciz "nub-test")
	NOTE(7, .asciz "1")
	NOTE(5, .asciz "xen-3.0")
	NOTE(8, .asciz "generic")
	NOTE(1, POINTER pv_entry)
	NOTE(2, POINTER hypercall_page)
	NOTE(3, POINTER 0)
	NOTE(4, POINTER 0)
	NOTE(10, .asciz "")
	/* writable page tables are not asked for; bit 11 is dom0. */
	NOTE(17, .long 1 << 11)
	NOTE(18, .long pvh_entry)
#ifdef __i386__
	NOTE(9, .asciz "yes")
	NOTE(12, .long 0xf5800000)
#endif

#ifdef GUEST_SECTION
	/* What guests had instead of notes before Xen 3.1. */
	.section __xen_guest
	.asciz GUEST_SECTION
#endif

	.section .rodata, "a"
text:
	.ascii TEXT
text_end:

	.data
	.balign 8
shutdown_reason:
	.long 0

	.text
	.balign 4096
	.globl hypercall_page, pv_entry, pvh_entry
	.type hypercall_page, @function
	.type pv_entry, @function
	.type pvh_entry, @function
hypercall_page:
	.skip 4096

pv_entry:
#ifdef __x86_64__
	xor %edi, %edi
	mov $text_end - text, %esi
	mov $text, %edx
	HYPERCALL(CONSOLE_IO)
#else
	xor %ebx, %ebx
	mov $text_end - text, %ecx
	mov $text, %edx
	HYPERCALL(CONSOLE_IO)
#endif
#if END == END_CRASH
	ud2
#endif
#if END == END_HANG
0:	jmp 0b
#endif
#ifdef __x86_64__
	mov $SCHEDOP_shutdown, %edi
	mov $shutdown_reason, %esi
#else
	mov $SCHEDOP_shutdown, %ebx
	mov $shutdown_reason, %ecx
#endif
	HYPERCALL(SCHED_OP)
	ud2
	.size pv_entry, . - pv_entry

	.code32
pvh_entry:
	mov $text, %esi
	mov $text_end - text, %ecx
	mov $0x3f8, %edx
	cld
	rep outsb
#if END == END_CRASH
	/* An empty interrupt table: the exception and then its double fault find no handler. */
	push $0
	push $0
	lidt (no_interrupts)
	ud2
#endif
#if END == END_HANG
0:	hlt
	jmp 0b
#endif
	xor %eax, %eax
	mov $0xf4, %edx
	out %al, %dx
	hlt
	.size pvh_entry, . - pvh_entry

	.section .rodata, "a"
	.balign 8
no_interrupts:
	.word 0
	.long 0

	.section .nub.files, "a"
	.ascii "NUBFILES"
	.long 1, 64
	.quad 64
	.skip 40

	.section .note.GNU-stack, "", @progbits
