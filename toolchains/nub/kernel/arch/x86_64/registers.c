/*
 * The registers in a panic, 64-bit.
 */
#include <arch.h>

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
