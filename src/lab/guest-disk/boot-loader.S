/*
 * The boot sector of the Linux guest's disk: loads the kernel and its first file system, which lie
 * behind it on the disk, and jumps to the kernel's real-mode code. Whoever makes the disk has filled
 * in the kernel's header and the table at the end, so that all that is left to do is to read pieces.
 *
 * It lets the PC's own IDE controller (PIIX3, as QEMU has it) write to memory. The BIOS would read
 * word by word, which in an emulated PC whose device model is another domain takes minutes.
 *
 * boot-loader.ts holds its bytes; a test assembles this file and compares. By hand:
 *   gcc -c boot-loader.S -o boot-loader.o && ld -Ttext 0x7c00 --oformat binary -o boot-loader boot-loader.o
 */
	.set SETUP, 0x90000		/* where Linux's real-mode code is run */
	.set SETUP_SECTORS, 64
	.set SECTORS, 128		/* in each other piece */
	.set STACK, 0x7c00		/* also the real-mode code's, in its segment */
	.set PCI_IDE, 0x80000900	/* bus 0, device 1, function 1 */
	.set ATA, 0x1f0
	.set ATA_CONTROL, 0x3f6

	.code16
	.globl _start
_start:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $STACK, %sp
	ljmp $0, $begin
begin:
	sti
	cld
	/* The controller may write to memory, and tells where its ports for that are. */
	movb $0x04, %al
	call pci
	inl %dx, %eax
	orb $0x05, %al
	outl %eax, %dx
	movb $0x20, %al
	call pci
	inl %dx, %eax
	andb $0xf0, %al
	movw %ax, %di
	/* No interrupts from the disk. */
	movw $ATA_CONTROL, %dx
	movb $2, %al
	outb %al, %dx

	/* The real-mode code, with the command line in its last sector, is the first piece. */
	call read
	movb $SECTORS, count
	movw $0, length			/* 64 KiB */

	movw $table, %bp
part:
	movl (%bp), %eax		/* where to */
	movl %eax, target
	movl 4(%bp), %ebx		/* how many pieces */
	addw $8, %bp
	orl %ebx, %ebx
	jz start
1:	call read
	addl $(SECTORS * 512), target
	decl %ebx
	jnz 1b
	jmp part

/* Chooses a register of the controller, by its number in al; dx gets the port to reach it by. */
pci:
	movzbl %al, %eax
	orl $PCI_IDE, %eax
	movw $0xcf8, %dx
	outl %eax, %dx
	addb $4, %dl
	ret

/* Reads the next piece of the disk to where `target` says. */
read:
	movw %di, %dx
	xorb %al, %al			/* stopped */
	outb %al, %dx
	addw $2, %dx
	movb $0x06, %al			/* nothing has happened yet */
	outb %al, %dx
	addw $2, %dx
	movl $descriptor, %eax
	outl %eax, %dx

	movl sector, %ecx
	movw $(ATA + 2), %dx
	movb count, %al
	outb %al, %dx
	incw %dx
	movl %ecx, %eax
	outb %al, %dx
	incw %dx
	movb %ah, %al
	outb %al, %dx
	incw %dx
	shrl $16, %eax
	outb %al, %dx
	incw %dx
	movb $0xe0, %al			/* the first disk, by sector numbers */
	outb %al, %dx
	incw %dx
	movb $0xc8, %al			/* READ DMA */
	outb %al, %dx
	movw %di, %dx
	movb $0x09, %al			/* to memory, begin */
	outb %al, %dx

	movw $ATA_CONTROL, %dx
2:	inb %dx, %al
	testb $0x88, %al		/* busy, or still at it */
	jnz 2b
	testb $0x21, %al		/* fault, error */
	jnz fail
	movzbl count, %eax
	addl %eax, sector
	ret

start:
	cli
	movw $(SETUP >> 4), %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ss
	movw $STACK, %sp
	ljmp $((SETUP >> 4) + 0x20), $0

/* Says so on the first serial port. */
fail:
	movw $message, %si
	movw $0x3f8, %dx
3:	lodsb
	outb %al, %dx
	orb %al, %al
	jnz 3b
4:	hlt
	jmp 4b

message:
	.asciz "boot loader: the disk cannot be read\r\n"
count:
	.byte SETUP_SECTORS
	.balign 4
sector:
	.long 1
/* For the controller: where to, how much, and that this is all. */
descriptor:
target:
	.long SETUP
length:
	.word SETUP_SECTORS * 512
	.word 0x8000

	/* Two parts, each with its address and its number of pieces; filled in by whoever makes the disk. */
	.org 0x1e0
table:
	.long 0, 0
	.long 0, 0
	.long 0, 0
	.org 0x1fe
	.word 0xaa55
