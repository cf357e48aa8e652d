/*
 * What a signal handler gets to see, in Linux's layouts: where the program was
 * (ucontext), and why the signal came (siginfo).
 */
#ifndef SIGNALS_CONTEXT_H
#define SIGNALS_CONTEXT_H

#include <arch.h>
#include <linux/interface.h>
#include <signals/information.h>

#ifdef __x86_64__
/* The order in which ucontext has the registers. */
enum {
    CONTEXT_R8, CONTEXT_R9, CONTEXT_R10, CONTEXT_R11, CONTEXT_R12, CONTEXT_R13, CONTEXT_R14,
    CONTEXT_R15, CONTEXT_DI, CONTEXT_SI, CONTEXT_BP, CONTEXT_BX, CONTEXT_DX, CONTEXT_AX, CONTEXT_CX,
    CONTEXT_SP, CONTEXT_IP, CONTEXT_FLAGS, CONTEXT_SEGMENTS, CONTEXT_ERROR, CONTEXT_VECTOR, CONTEXT_OLD_MASK,
    CONTEXT_FAULT_ADDRESS, CONTEXT_REGISTERS,
};
#else
enum {
    CONTEXT_GS, CONTEXT_FS, CONTEXT_ES, CONTEXT_DS, CONTEXT_DI, CONTEXT_SI, CONTEXT_BP, CONTEXT_SP, CONTEXT_BX,
    CONTEXT_DX, CONTEXT_CX, CONTEXT_AX, CONTEXT_VECTOR, CONTEXT_ERROR, CONTEXT_IP, CONTEXT_CS, CONTEXT_FLAGS,
    CONTEXT_USER_SP, CONTEXT_SS, CONTEXT_REGISTERS,
};
#endif

struct context {
    unsigned long flags;
    void *link;
    struct stack stack;
    uintptr_t registers[CONTEXT_REGISTERS];
    void *vectors;
#ifdef __x86_64__
    unsigned long reserved[8];
#else
    unsigned long old_mask, fault_address;
#endif
    uint64_t mask;       /* that the handler's return restores */
    char rest[128 - 8]; /* of libc's wider mask */
};

/* signals/context.c: also what the thread's last exception was, as Linux has it. */
void context_from_registers(struct context *context, const struct registers *r);
void context_to_registers(const struct context *context, struct registers *r);

#endif
