/*
 * The registers in a panic, 32-bit.
 */
#include <panic/panic.h>
#include <signals/context.h>

void print_registers(const struct registers *r, uintptr_t stack)
{
    print("nub: eip %p  flags %p  cs %lx\n", (void *)r->ip, (void *)r->flags,
          (unsigned long)(r->cs & 0xffff));
    print("nub: eax %p  ebx %p  ecx %p  edx %p\n", (void *)r->ax, (void *)r->bx,
          (void *)r->cx, (void *)r->dx);
    print("nub: esi %p  edi %p  ebp %p  esp %p\n", (void *)r->si, (void *)r->di,
          (void *)r->bp, (void *)stack);
}

/* For each place in a context: the register that belongs there. The stack
 * pointer cannot be changed: it is where the registers themselves lie. */
#define EACH_REGISTER(X) \
    X(DI, di) X(SI, si) X(BP, bp) X(BX, bx) X(DX, dx) X(CX, cx) X(AX, ax) X(IP, ip) X(FLAGS, flags)

void context_from_registers(struct context *context, const struct registers *r)
{
#define TAKE(place, name) context->registers[CONTEXT_##place] = r->name;
    EACH_REGISTER(TAKE)
#undef TAKE
    context->registers[CONTEXT_SP] = registers_stack(r);
}

void context_to_registers(const struct context *context, struct registers *r)
{
#define GIVE(place, name) r->name = context->registers[CONTEXT_##place];
    EACH_REGISTER(GIVE)
#undef GIVE
}
