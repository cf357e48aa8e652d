/*
 * The registers in a panic, 64-bit.
 */
#include <panic/panic.h>
#include <signals/context.h>

void print_registers(const struct registers *r, uintptr_t stack)
{
    print("nub: rip %p  flags %p  cs %lx  ss %lx\n", (void *)r->ip, (void *)r->flags,
          (unsigned long)(r->cs & 0xffff), (unsigned long)(r->ss & 0xffff));
    print("nub: rax %p  rbx %p  rcx %p  rdx %p\n", (void *)r->ax, (void *)r->bx,
          (void *)r->cx, (void *)r->dx);
    print("nub: rsi %p  rdi %p  rbp %p  rsp %p\n", (void *)r->si, (void *)r->di,
          (void *)r->bp, (void *)stack);
    print("nub: r8  %p  r9  %p  r10 %p  r11 %p\n", (void *)r->r8, (void *)r->r9,
          (void *)r->r10, (void *)r->r11);
    print("nub: r12 %p  r13 %p  r14 %p  r15 %p\n", (void *)r->r12, (void *)r->r13,
          (void *)r->r14, (void *)r->r15);
}

/* For each place in a context: the register that belongs there. */
#define EACH_REGISTER(X) \
    X(R8, r8) X(R9, r9) X(R10, r10) X(R11, r11) X(R12, r12) X(R13, r13) X(R14, r14) X(R15, r15) \
    X(DI, di) X(SI, si) X(BP, bp) X(BX, bx) X(DX, dx) X(AX, ax) X(CX, cx) X(SP, sp) X(IP, ip) \
    X(FLAGS, flags)

void context_from_registers(struct context *context, const struct registers *r)
{
#define TAKE(place, name) context->registers[CONTEXT_##place] = r->name;
    EACH_REGISTER(TAKE)
#undef TAKE
}

void context_to_registers(const struct context *context, struct registers *r)
{
#define GIVE(place, name) r->name = context->registers[CONTEXT_##place];
    EACH_REGISTER(GIVE)
#undef GIVE
}
