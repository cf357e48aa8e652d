/*
 * The ELF notes: what Xen's domain builders, and QEMU for PVH, read before
 * they load the image. Each is described in xen/include/public/elfnote.h.
 */
#include <version.h>
#include <xen/numbers.h>

#ifdef __x86_64__
#define WORD .quad
#else
#define WORD .long
#endif

/* A note: length of the name, length of the value, type, name, value. */
.macro note type:req, value:vararg
    .balign 4
    .long 2f - 1f
    .long 4f - 3f
    .long \type
1:  .asciz "Xen"
2:  .balign 4
3:  \value
4:  .balign 4
.endm

    .section .note.Xen, "a", @note

    note XEN_ELFNOTE_GUEST_OS .asciz "nub"
    note XEN_ELFNOTE_GUEST_VERSION .asciz NUB_VERSION
    note XEN_ELFNOTE_XEN_VERSION .asciz "xen-3.0"
    note XEN_ELFNOTE_LOADER .asciz "generic"

/* Virtual, physical and file addresses are all the same. */
    note XEN_ELFNOTE_VIRT_BASE WORD 0
    note XEN_ELFNOTE_PADDR_OFFSET WORD 0
    note XEN_ELFNOTE_ENTRY WORD nub_start
    note XEN_ELFNOTE_HYPERCALL_PAGE WORD hypercall_page
    note XEN_ELFNOTE_PHYS32_ENTRY .long nub_pvh_start

/* We need no feature, and can live with these. dom0: able to be the initial
 * domain. The PVH ones say that we know a physical address space of our own. */
    note XEN_ELFNOTE_FEATURES .asciz ""
    note XEN_ELFNOTE_SUPPORTED_FEATURES .long (1 << XENFEAT_auto_translated_physmap) | (1 << XENFEAT_hvm_callback_vector) | (1 << XENFEAT_dom0)

#ifdef __i386__
/* Page tables are PAE ones, and Xen may begin its own part of the address
 * space here or above. */
    note XEN_ELFNOTE_PAE_MODE .asciz "yes"
    note XEN_ELFNOTE_HV_START_LOW .long 0xf5800000
#endif

    .section .note.GNU-stack, "", @progbits
