/*
 * A guest in one sector, which says once a second on the first serial port how many seconds it is up,
 * and does what single keys ask for:
 *   o  powers the PC off by ACPI, which the power button does as well
 *   r  resets the PC
 *   c  writes to the port of QEMU's isa-debug-exit, with which QEMU ends
 *   w  writes a sector of the second disk, and reads it back
 * It is up as soon as the BIOS is. heartbeat.ts holds its bytes; a test assembles this file and compares,
 * as for boot-loader.S.
 */
	.set COM1, 0x3f8
	.set PM_STATUS, 0xb000		/* where Xen's hvmloader has the PIIX4's power management */
	.set PM_CONTROL, 0xb004
	.set BUFFER, 0x8000

	.code16
	.globl _start
_start:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp
	ljmp $0, $begin
begin:
	sti
	cld
second:
	movw $tick, %si
	call print
	movw seconds, %ax
	incw seconds
	call number
	movw $18, %cx			/* the timer's interrupts in a second */
wait:
	hlt
	movw $(COM1 + 5), %dx
	inb %dx, %al
	testb $1, %al
	jnz key
	movw $PM_STATUS, %dx
	inw %dx, %ax
	cmpw $0xffff, %ax		/* there is no such port */
	je 6f
	testb $1, %ah			/* the power button */
	jnz off
6:
	loop wait
	jmp second

key:
	movw $COM1, %dx
	inb %dx, %al
	cmpb $'o', %al
	je off
	cmpb $'r', %al
	je reset
	cmpb $'c', %al
	je crash
	cmpb $'w', %al
	jne wait

	movb $0x43, %ah			/* write, from the buffer */
	call disk
	jc failed
	movw $BUFFER, %di
	xorw %ax, %ax
	movw $256, %cx
	rep stosw
	movb $0x42, %ah
	call disk
	jc failed
	movw $done, %si
	cmpw $0x5aa5, BUFFER
	je 1f
failed:
	movw $undone, %si
1:	call print
	movw $1, %cx
	jmp wait

/* One sector of the second disk, to or from the buffer. */
disk:
	movw $0x5aa5, BUFFER
	cmpb $0x43, %ah
	je 2f
	movw $0, BUFFER
2:	movw $packet, %si
	movb $0x81, %dl
	xorb %al, %al
	int $0x13
	ret

off:
	movw $PM_CONTROL, %dx
	movw $0x2000, %ax
	outw %ax, %dx
	jmp stop
reset:
	movb $0xfe, %al
	outb %al, $0x64
	jmp stop
crash:
	movb $1, %al
	outb %al, $0xf4
stop:
	cli
	hlt
	jmp stop

/* Prints ax in decimal, and ends the line. */
number:
	movw $(digits + 5), %si
	movw $10, %bx
3:	xorw %dx, %dx
	divw %bx
	addb $'0', %dl
	decw %si
	movb %dl, (%si)
	orw %ax, %ax
	jnz 3b
print:
	lodsb
	orb %al, %al
	jz 5f
	movb %al, %ah
	movw $(COM1 + 5), %dx
4:	inb %dx, %al
	testb $0x20, %al
	jz 4b
	movw $COM1, %dx
	movb %ah, %al
	outb %al, %dx
	jmp print
5:	ret

tick:
	.asciz "up for "
digits:
	.ascii "00000"
	.asciz " s\r\n"
done:
	.asciz "written and read back\r\n"
undone:
	.asciz "the disk has failed\r\n"
	.balign 4
seconds:
	.word 0
packet:
	.byte 16, 0
	.word 1
	.word BUFFER, 0
	.quad 0
	.org 0x1fe
	.word 0xaa55
