/*
 * What the processor says of itself. A PV guest must not believe the bare
 * instruction, which may show the machine instead of what Xen gives us.
 */
#include <arch.h>
#include <xen/numbers.h>

struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid r = { .a = leaf };

    if (running_pv)
        __asm__ volatile(XEN_EMULATE_PREFIX "cpuid"
                         : "+a"(r.a), "=b"(r.b), "+c"(r.c), "=d"(r.d));
    else
        __asm__ volatile("cpuid" : "+a"(r.a), "=b"(r.b), "+c"(r.c), "=d"(r.d));
    return r;
}
