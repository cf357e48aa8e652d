/*
 * Numbers of Xen's public interface, usable from assembly too.
 */
#ifndef XEN_NUMBERS_H
#define XEN_NUMBERS_H

/* xen.h: hypercalls. */
#define __HYPERVISOR_set_trap_table 0
#define __HYPERVISOR_mmu_update 1
#define __HYPERVISOR_set_gdt 2
#define __HYPERVISOR_stack_switch 3
#define __HYPERVISOR_set_callbacks 4
#define __HYPERVISOR_fpu_taskswitch 5
#define __HYPERVISOR_update_descriptor 10
#define __HYPERVISOR_memory_op 12
#define __HYPERVISOR_update_va_mapping 14
#define __HYPERVISOR_set_timer_op 15
#define __HYPERVISOR_xen_version 17
#define __HYPERVISOR_console_io 18
#define __HYPERVISOR_grant_table_op 20
#define __HYPERVISOR_iret 23
#define __HYPERVISOR_vcpu_op 24
#define __HYPERVISOR_set_segment_base 25
#define __HYPERVISOR_mmuext_op 26
#define __HYPERVISOR_sched_op 29
#define __HYPERVISOR_callback_op 30
#define __HYPERVISOR_event_channel_op 32
#define __HYPERVISOR_hvm_op 34
#define __HYPERVISOR_dm_op 41

/* Each hypercall has 32 bytes in the hypercall page. */
#define HYPERCALL_STUB_SIZE 32

#define DOMID_FIRST_RESERVED 0x7ff0
#define DOMID_SELF 0x7ff0
#define DOMID_INVALID 0x7ff4

#define MMU_NORMAL_PT_UPDATE 0
#define MMU_PT_UPDATE_NO_TRANSLATE 3
#define MMUEXT_TLB_FLUSH_LOCAL 6
#define MMUEXT_NEW_USER_BASEPTR 15
#define MMUEXT_INVLPG_LOCAL 7
#define UVMF_INVLPG 2
#define CONSOLEIO_write 0
#define CONSOLEIO_read 1

#define SIF_INITDOMAIN 2

#define SCHEDOP_yield 0
#define SCHEDOP_block 1
#define SCHEDOP_shutdown 2
#define SCHEDOP_poll 3
#define SHUTDOWN_poweroff 0
#define SHUTDOWN_reboot 1
#define SHUTDOWN_crash 3

#define VIRQ_TIMER 0
#define VIRQ_CONSOLE 2

#define VCPUOP_stop_periodic_timer 7

/* arch-x86/xen-x86_64.h, xen-x86_32.h: the flat segments that Xen has
 * ready for a PV kernel and its programs; on amd64, which base a hypercall sets. */
#ifdef __x86_64__
#define FLAT_KERNEL_CS 0xe033
#define FLAT_KERNEL_SS 0xe02b
#define SEGBASE_FS 0
#else
#define FLAT_KERNEL_CS 0xe019
#define FLAT_KERNEL_SS 0xe021
#define FLAT_USER_CS 0xe02b
#define FLAT_USER_DS 0xe033
#endif

/* A PV guest's cpuid shows what Xen wants it to see when this goes before it. */
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "

/* arch-x86/xen.h: HVM and PVH guests' debug output port. */
#define XEN_HVM_DEBUGCONS_IOPORT 0xe9

/* callback.h */
#define CALLBACKOP_register 0
#define CALLBACKTYPE_syscall 2
#define CALLBACKF_mask_events 1

/* elfnote.h */
#define XEN_ELFNOTE_ENTRY 1
#define XEN_ELFNOTE_HYPERCALL_PAGE 2
#define XEN_ELFNOTE_VIRT_BASE 3
#define XEN_ELFNOTE_PADDR_OFFSET 4
#define XEN_ELFNOTE_XEN_VERSION 5
#define XEN_ELFNOTE_GUEST_OS 6
#define XEN_ELFNOTE_GUEST_VERSION 7
#define XEN_ELFNOTE_LOADER 8
#define XEN_ELFNOTE_PAE_MODE 9
#define XEN_ELFNOTE_FEATURES 10
#define XEN_ELFNOTE_HV_START_LOW 12
#define XEN_ELFNOTE_L1_MFN_VALID 13
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17
#define XEN_ELFNOTE_PHYS32_ENTRY 18

/* features.h */
#define XENFEAT_auto_translated_physmap 2
#define XENFEAT_pae_pgdir_above_4gb 4
#define XENFEAT_hvm_callback_vector 8
#define XENFEAT_dom0 11

#endif
