/*
 * The part of Xen's public interface that nub speaks: numbers and layouts, as
 * xen/include/public defines them. `unsigned long` has the guest's own width.
 */
#ifndef XEN_INTERFACE_H
#define XEN_INTERFACE_H

#include "numbers.h"

#ifndef __ASSEMBLER__
#include <nub.h>

typedef unsigned long xen_pfn;

/* arch-x86/xen.h: the state of one virtual processor that Xen shows us. */
struct vcpu_time_info {
    uint32_t version; /* odd while Xen writes */
    uint32_t pad0;
    uint64_t tsc_timestamp;
    uint64_t system_time; /* nanoseconds since boot at tsc_timestamp */
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags;
    uint8_t pad1[2];
} PACKED;

struct vcpu_info {
    uint8_t evtchn_upcall_pending;
    uint8_t evtchn_upcall_mask;
    unsigned long evtchn_pending_sel;
    struct {
        unsigned long cr2; /* the address of the last page fault of a PV guest */
        unsigned long pad[sizeof(long) == 8 ? 1 : 5];
    } arch;
    struct vcpu_time_info time;
};

struct shared_info {
    struct vcpu_info vcpu_info[32];
    unsigned long evtchn_pending[sizeof(long) * 8];
    unsigned long evtchn_mask[sizeof(long) * 8];
    uint32_t wc_version; /* odd while Xen writes */
    uint32_t wc_sec;     /* the wall clock when system time was zero */
    uint32_t wc_nsec;
    uint32_t wc_sec_hi; /* x86_64 only: i386 has it elsewhere */
};

/* xen.h: what a PV guest gets at entry. */
struct start_info {
    char magic[32];
    unsigned long nr_pages;
    unsigned long shared_info; /* machine address */
    uint32_t flags;            /* SIF_... */
    xen_pfn store_mfn;
    uint32_t store_evtchn;
    struct {
        xen_pfn mfn;
        uint32_t evtchn;
    } console; /* of an ordinary domain */
    unsigned long pt_base; /* virtual address of the page directory */
    unsigned long nr_pt_frames;
    unsigned long mfn_list; /* virtual address of the pfn-to-mfn list */
    unsigned long mod_start;
    unsigned long mod_len;
    char cmd_line[1024];
};

/* arch-x86/hvm/start_info.h: what a PVH guest gets at entry. */
struct hvm_start_info {
    uint32_t magic;
    uint32_t version;
    uint32_t flags; /* SIF_... */
    uint32_t nr_modules;
    uint64_t modlist_paddr;
    uint64_t cmdline_paddr;
    uint64_t rsdp_paddr;
    uint64_t memmap_paddr; /* this and the next since version 1 */
    uint32_t memmap_entries;
    uint32_t reserved;
};

struct hvm_memmap_table_entry {
    uint64_t addr;
    uint64_t size;
    uint32_t type;
    uint32_t reserved;
};

/* The entry that XENMEM_memory_map writes: the BIOS's E820 layout. */
struct e820_entry {
    uint64_t addr;
    uint64_t size;
    uint32_t type;
} PACKED;

/* memory.h */
struct xen_memory_map {
    unsigned nr_entries;
    void *buffer;
};

struct xen_machphys_mapping {
    unsigned long v_start, v_end, max_mfn;
};

struct xen_add_to_physmap {
    uint16_t domid;
    uint16_t size;
    unsigned space;
    unsigned long idx;
    xen_pfn gpfn;
};

/* xen.h: a change of one page-table entry, and the other memory operations. */
struct mmu_update {
    uint64_t ptr; /* machine address of the entry, command in the low bits */
    uint64_t val;
};

struct mmuext_op {
    unsigned cmd;
    unsigned long arg1;
    unsigned long arg2;
};

/* arch-x86/xen.h: one gate of a PV guest's exception table. */
struct trap_info {
    uint8_t vector;
    uint8_t flags; /* bits 0-1: privilege that may call; bit 2: mask events */
    uint16_t cs;
    unsigned long address;
};

#define TRAP_MASKS_EVENTS 4

/* callback.h, of a 64-bit guest */
struct callback_register {
    uint16_t type;
    uint16_t flags;
    unsigned long address;
};

/* sched.h */
struct sched_poll {
    uint32_t *ports;
    unsigned nr_ports;
    uint64_t timeout; /* system time, 0: none */
};

/* event_channel.h */
struct evtchn_bind_virq {
    uint32_t virq;
    uint32_t vcpu;
    uint32_t port; /* the answer */
};

struct evtchn_unmask {
    uint32_t port;
};

/* hvm/hvm_op.h */
struct xen_hvm_param {
    uint16_t domid;
    uint32_t index;
    uint64_t value;
};

/* io/console.h: the two rings shared with the console daemon. */
struct xencons_interface {
    char in[1024];
    char out[2048];
    uint32_t in_cons, in_prod;
    uint32_t out_cons, out_prod;
};

#endif
#endif
