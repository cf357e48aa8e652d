/*
 * The first sector of a disk: the BIOS loads it to 0x7c00 and jumps there in
 * real mode. It prints a line over the first serial port and resets the PC,
 * which ends QEMU when that runs with -no-reboot.
 */
	.code16
	.text
	.global _start
_start:
	xor %ax, %ax
	mov %ax, %ds
	mov $0x7c00 + greeting - _start, %si
	cld
next:
	lodsb
	test %al, %al
	jz reset
	mov %al, %bl
wait:
	mov $0x3fd, %dx		/* line status: bit 5 is set when the transmitter takes a byte */
	in %dx, %al
	test $0x20, %al
	jz wait
	mov $0x3f8, %dx
	mov %bl, %al
	out %al, %dx
	jmp next
reset:
	mov $0x3fd, %dx		/* bit 6: all is sent */
	in %dx, %al
	test $0x40, %al
	jz reset
	mov $0xfe, %al		/* the keyboard controller pulls the reset line */
	out %al, $0x64
halt:
	hlt
	jmp halt
greeting:
	.asciz "boot sector: the PC has started from its disk\r\n"
	.org 510
	.word 0xaa55
