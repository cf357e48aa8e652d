/*
 * What both x86 architectures share; included by their arch.h.
 */
#ifndef ARCH_COMMON_H
#define ARCH_COMMON_H

/* The bits of an entry (Intel SDM volume 3, chapter "Paging"). */
#define ENTRY_PRESENT 1ULL
#define ENTRY_WRITE 2ULL
#define ENTRY_USER 4ULL
#define ENTRY_ACCESSED 0x20ULL
#define ENTRY_DIRTY 0x40ULL
#define ENTRY_LARGE 0x80ULL
#define ENTRY_NO_EXECUTE (1ULL << 63)
#define ENTRY_FRAME 0x000ffffffffff000ULL

/* A PV guest's entry for one page, before the rights are added. */
#define ENTRY_LEAF_PV (ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY | ENTRY_PV_USER)

/* How far the vectors go: 32 exceptions, the PC's 16 lines, Xen's event callback. */
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT 14
#define VECTOR_FIRST_LINE 32
#define VECTOR_EVENTS 48

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

/* The floating-point and vector registers of a program that did not expect to
 * stop; in between they are as the ABI wants them at a function call. */
static inline void cpu_save_vectors(char *to)
{
    static const uint32_t initial_mxcsr = 0x1f80;

#ifdef __x86_64__
    __asm__ volatile("fxsave64 (%0)" : : "r"(to) : "memory");
#else
    __asm__ volatile("fxsave (%0)" : : "r"(to) : "memory");
#endif
    __asm__ volatile("fninit; ldmxcsr %0" : : "m"(initial_mxcsr));
}

static inline void cpu_restore_vectors(const char *from)
{
#ifdef __x86_64__
    __asm__ volatile("fxrstor64 (%0)" : : "r"(from) : "memory");
#else
    __asm__ volatile("fxrstor (%0)" : : "r"(from) : "memory");
#endif
}

static inline void relax(void)
{
    __asm__ volatile("pause");
}

#define FLAG_INTERRUPTS 0x200 /* of the flags register */

struct cpuid {
    uint32_t a, b, c, d;
};

/* arch/cpuid.c: what the processor, or Xen for it, says of itself. */
struct cpuid cpuid(uint32_t leaf);

/* arch/random.c */
void random_fill(void *to, size_t size);

/* arch/.../registers.c */
void print_registers(const struct registers *r, uintptr_t stack);

/* arch/.../cpu.c */
extern bool running_pv; /* Xen handles our page tables and exceptions */
void cpu_setup_pv(void);
void cpu_setup_pvh(void);
void cpu_set_thread_pointer(uintptr_t base);
uintptr_t cpu_fault_address(void);
bool cpu_set_event_callback(void); /* true when Xen refuses */

/* arch/pv.c: a PV guest's interrupts are events, which it masks in the shared page. */
void pv_events_off(void);
void pv_events_on(void);

/* Makes the page unwritable at its own address, as Xen demands of what becomes
 * a page table or a descriptor table. */
void pv_make_read_only(unsigned long page);

/* arch/.../switch.S: puts what must be kept on the stack, the stack's place
 * into *from, and goes on where `to` was left. */
void switch_context(uintptr_t *from, uintptr_t to);

/* Prepares the stack of a thread that is to run function(argument) first. */
uintptr_t new_context(uintptr_t stack, uintptr_t function, uintptr_t argument);

/* Calls a signal's handler on another stack, or on this one if that is 0. */
void call_handler(uintptr_t stack, uintptr_t handler, int signal, void *information, void *context);

/* arch/.../entry.S: leaves the kernel's stack for the program's, for good. */
NORETURN void enter_program(uintptr_t stack, void (*start)(void));

/* What the processor leads to is the business of the chapters above: every
 * exception and interrupt, and an exception that nothing can be done about. */
void exception(struct registers *r);
NORETURN void panic_exception(const struct registers *r, uintptr_t stack, uintptr_t address);

#endif
