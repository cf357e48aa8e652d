/*
 * Where the 32-bit kernel begins: as a PV guest, and as a PVH guest.
 */

#define CR0_MP (1 << 1)
#define CR0_EM (1 << 2)
#define CR0_TS (1 << 3)
#define CR0_NE (1 << 5)
#define CR0_WP (1 << 16)
#define CR0_PG (1 << 31)
#define CR4_PAE (1 << 5)
#define CR4_OSFXSR (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define MSR_EFER 0xc0000080
#define EFER_NXE (1 << 11)

    .section .text.entry, "ax"

/*
 * Xen PV (xen.h, "Start-of-day memory layout"; also the initial domain):
 *   %esi  virtual address of start_info
 *   %esp  a stack of one page, which we leave
 * PAE paging is on, and everything from the image to the page tables is mapped
 * at VIRT_BASE plus its pseudo-physical address; our VIRT_BASE is 0.
 */
    .globl nub_start
    .type nub_start, @function
nub_start:
    cld
    mov $boot_stack_end, %esp
    xor %ebp, %ebp
    push %esi
    call boot_pv
    ud2

/*
 * PVH, by Xen or by QEMU (arch-x86/hvm/start_info.h):
 *   %ebx  physical address of hvm_start_info
 * 32-bit protected mode, paging off, flat segments, interrupts off.
 * We map the 4 GiB at their own addresses with large pages; memory/ makes
 * proper tables out of that later.
 */
    .globl nub_pvh_start
    .type nub_pvh_start, @function
nub_pvh_start:
    cld
    mov $boot_stack_end, %esp
    mov %ebx, %esi

    xor %ecx, %ecx
1:  mov %ecx, %eax
    shl $21, %eax
    or $0x87, %eax                      /* present, writable, the program's, large */
    mov %eax, boot_level2(, %ecx, 8)
    inc %ecx
    cmp $2048, %ecx
    jb 1b
    movl $boot_level2 + 0x0001, boot_root
    movl $boot_level2 + 0x1001, boot_root + 8
    movl $boot_level2 + 0x2001, boot_root + 16
    movl $boot_level2 + 0x3001, boot_root + 24

    mov $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
    mov %eax, %cr4
    mov $boot_root, %eax
    mov %eax, %cr3

    /* NX is bit 20 of %edx of CPUID's leaf 0x80000001, if there is one. */
    mov $0x80000000, %eax
    cpuid
    cmp $0x80000001, %eax
    jb 2f
    mov $0x80000001, %eax
    cpuid
    bt $20, %edx
    jnc 2f
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_NXE, %eax
    wrmsr
2:
    mov %cr0, %eax
    and $~(CR0_EM | CR0_TS), %eax
    or $(CR0_PG | CR0_WP | CR0_NE | CR0_MP), %eax
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $0x08, $3f
3:  mov $0x10, %eax
    mov %eax, %ss
    mov %eax, %ds
    mov %eax, %es
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    xor %ebp, %ebp
    push %esi
    call boot_pvh
    ud2

    .bss
    .balign 4096
boot_level2:
    .skip 4 * 4096
    .globl boot_root
boot_root:
    .skip 4096
    .skip 32768
    .globl boot_stack_end
boot_stack_end:

    .section .note.GNU-stack, "", @progbits
