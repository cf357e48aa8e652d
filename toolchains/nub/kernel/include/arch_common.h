/*
 * What both x86 architectures share; included by their arch.h.
 */
#ifndef ARCH_COMMON_H
#define ARCH_COMMON_H

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint64_t read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value),
                     "d"((uint32_t)(value >> 32)) : "memory");
}

static inline void relax(void)
{
    __asm__ volatile("pause");
}

struct cpuid {
    uint32_t a, b, c, d;
};

/* arch/cpuid.c: what the processor, or Xen for it, says of itself. */
struct cpuid cpuid(uint32_t leaf);

/* arch/.../cpu.c */
void cpu_setup_pv(void);
void cpu_setup_pvh(void);
void cpu_set_thread_pointer(uintptr_t base);
uintptr_t cpu_fault_address(void);

/* arch/.../entry.S: leaves the kernel's stack for the program's, for good. */
NORETURN void enter_program(uintptr_t stack, void (*start)(void));

#endif
