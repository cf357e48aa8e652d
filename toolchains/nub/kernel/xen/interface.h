/*
 * The part of Xen's public interface that nub speaks: numbers and layouts, as
 * xen/include/public defines them. `unsigned long` has the guest's own width.
 */
#ifndef XEN_INTERFACE_H
#define XEN_INTERFACE_H

#include "numbers.h"

#ifndef __ASSEMBLER__
#include <nub.h>

typedef unsigned long xen_pfn_t;
typedef uint16_t domid_t;

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

struct arch_vcpu_info {
    unsigned long cr2; /* the address of the last page fault of a PV guest */
    unsigned long pad[sizeof(long) == 8 ? 1 : 5];
};

struct vcpu_info {
    uint8_t evtchn_upcall_pending;
    uint8_t evtchn_upcall_mask;
    unsigned long evtchn_pending_sel;
    struct arch_vcpu_info arch;
    struct vcpu_time_info time;
};

struct arch_shared_info {
    unsigned long max_pfn;
    xen_pfn_t pfn_to_mfn_frame_list_list;
    unsigned long nmi_reason;
    unsigned long p2m_cr3;
    unsigned long p2m_vaddr;
    unsigned long p2m_generation;
#ifdef __i386__
    uint32_t wc_sec_hi;
#endif
};

#define XEN_LEGACY_MAX_VCPUS 32

struct shared_info {
    struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
    unsigned long evtchn_pending[sizeof(long) * 8];
    unsigned long evtchn_mask[sizeof(long) * 8];
    uint32_t wc_version; /* odd while Xen writes */
    uint32_t wc_sec;     /* the wall clock when system time was zero */
    uint32_t wc_nsec;
#ifdef __x86_64__
    uint32_t wc_sec_hi;
#endif
    struct arch_shared_info arch;
};

#define MAX_GUEST_CMDLINE 1024

/* xen.h: what a PV guest gets at entry. */
struct start_info {
    char magic[32];
    unsigned long nr_pages;
    unsigned long shared_info; /* machine address */
    uint32_t flags;            /* SIF_... */
    xen_pfn_t store_mfn;
    uint32_t store_evtchn;
    union {
        struct {
            xen_pfn_t mfn;
            uint32_t evtchn;
        } domU;
        struct {
            uint32_t info_off, info_size;
        } dom0;
    } console;
    unsigned long pt_base; /* virtual address of the page directory */
    unsigned long nr_pt_frames;
    unsigned long mfn_list; /* virtual address of the pfn-to-mfn list */
    unsigned long mod_start;
    unsigned long mod_len;
    char cmd_line[MAX_GUEST_CMDLINE];
    unsigned long first_p2m_pfn;
    unsigned long nr_p2m_frames;
};

/* xen.h: a change of one page-table entry, and the other memory operations. */
struct mmu_update {
    uint64_t ptr; /* machine address of the entry, command in the low bits */
    uint64_t val;
};

struct mmuext_op {
    unsigned cmd;
    union {
        xen_pfn_t mfn;
        unsigned long linear_addr;
    } arg1;
    union {
        unsigned nr_ents;
        const void *vcpumask;
        xen_pfn_t src_mfn;
    } arg2;
};

/* arch-x86/xen.h: one gate of a PV guest's exception table. */
struct trap_info {
    uint8_t vector;
    uint8_t flags; /* bits 0-1: privilege that may call; bit 2: mask events */
    uint16_t cs;
    unsigned long address;
};

#define TRAP_MASKS_EVENTS 4

/* callback.h */
#ifdef __x86_64__
typedef unsigned long xen_callback_t;
#else
typedef struct xen_callback {
    unsigned long cs;
    unsigned long eip;
} xen_callback_t;
#endif

struct callback_register {
    uint16_t type;
    uint16_t flags;
    xen_callback_t address;
};

/* sched.h */
struct sched_shutdown {
    unsigned reason;
};

struct sched_poll {
    const uint32_t *ports;
    unsigned nr_ports;
    uint64_t timeout; /* system time, 0: none */
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
