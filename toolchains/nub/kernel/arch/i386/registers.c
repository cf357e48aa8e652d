/*
 * The registers in a panic, 32-bit.
 */
#include <arch.h>

void print_registers(const struct registers *r, uintptr_t stack)
{
    print("nub: eip %p  flags %p  cs %lx\n", (void *)r->ip, (void *)r->flags,
          (unsigned long)(r->cs & 0xffff));
    print("nub: eax %p  ebx %p  ecx %p  edx %p\n", (void *)r->ax, (void *)r->bx,
          (void *)r->cx, (void *)r->dx);
    print("nub: esi %p  edi %p  ebp %p  esp %p\n", (void *)r->si, (void *)r->di,
          (void *)r->bp, (void *)stack);
}
