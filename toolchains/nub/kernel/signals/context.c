/*
 * The registers between where the program was interrupted and what a signal
 * handler sees and may change.
 */
#include <signals/context.h>
#include <threads/thread.h>

/* For each place in a context: the register that belongs there. */
#ifdef __x86_64__
#define EACH_OWN_REGISTER(X) \
    X(R8, r8) X(R9, r9) X(R10, r10) X(R11, r11) X(R12, r12) X(R13, r13) X(R14, r14) X(R15, r15)
#else
#define EACH_OWN_REGISTER(X)
#endif
/* Of the flags: those of arithmetic, the direction, and single steps. */
#define PROGRAM_FLAGS 0xdd5ul

#define EACH_REGISTER(X) \
    EACH_OWN_REGISTER(X) \
    X(DI, di) X(SI, si) X(BP, bp) X(BX, bx) X(DX, dx) X(CX, cx) X(AX, ax) X(SP, sp) X(IP, ip) X(FLAGS, flags)

/* What the handler sees and cannot change. */
static void tell_rest(struct context *context, const struct registers *r)
{
    context->registers[CONTEXT_VECTOR] = current->fault.vector;
    context->registers[CONTEXT_ERROR] = current->fault.error;
#ifdef __x86_64__
    context->registers[CONTEXT_SEGMENTS] = r->cs | r->ss << 48;
    context->registers[CONTEXT_FAULT_ADDRESS] = current->fault.address;
#else
    __asm__ volatile("mov %%gs, %0" : "=r"(context->registers[CONTEXT_GS]));
    context->registers[CONTEXT_ES] = context->registers[CONTEXT_DS] = program_ss;
    context->registers[CONTEXT_CS] = r->cs;
    context->registers[CONTEXT_SS] = r->ss;
    context->registers[CONTEXT_USER_SP] = r->sp;
    context->fault_address = current->fault.address;
#endif
}

void context_from_registers(struct context *context, const struct registers *r)
{
    tell_rest(context, r);
#define TAKE(place, name) context->registers[CONTEXT_##place] = r->name;
    EACH_REGISTER(TAKE)
#undef TAKE
}

void context_to_registers(const struct context *context, struct registers *r)
{
#define GIVE(place, name) r->name = context->registers[CONTEXT_##place];
    EACH_REGISTER(GIVE)
#undef GIVE
    /* What could take interrupts or the kernel's privilege away is not the program's to say. */
    r->flags = (r->flags & PROGRAM_FLAGS) | program_flags;
}
