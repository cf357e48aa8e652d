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
#define ENTRY_FOREIGN 0x200ULL /* ours, of those that the processor does not look at */
#define ENTRY_NO_EXECUTE (1ULL << 63)
#define ENTRY_FRAME 0x000ffffffffff000ULL

/* A PV guest's entry for one page, before the rights are added. */
#define ENTRY_LEAF_PV (ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY | ENTRY_PV_USER)

/* How far the vectors go: 32 exceptions, the PC's 16 lines, Xen's event callback. */
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT 14
#define VECTOR_EVENTS 48

/* What a thread has kept on its kernel stack while another runs; switch.S. */
struct switch_frame {
    uint32_t mxcsr, control;
#ifdef __x86_64__
    uintptr_t r15, r14, r13, r12, bx, bp;
#else
    uintptr_t di, si, bx, bp;
#endif
    uintptr_t ip;
};

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

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

/* The floating-point units get the ABI's initial state; a PVH guest has them as
 * after a reset, which is another one. */
static inline void cpu_start_vectors(void)
{
    static const uint32_t initial_mxcsr = 0x1f80;

    __asm__ volatile("fninit; ldmxcsr %0" : : "m"(initial_mxcsr));
}

/* arch/vectors.c: the floating-point and vector registers of a program that did not
 * expect to stop; in between they are as the ABI wants them at a function call. They
 * take `vectors_size` bytes, aligned as here. */
#define MOST_VECTORS 2752
#define VECTORS_ALIGNED ALIGNED(64)
extern size_t vectors_size;
extern uint64_t vectors_states; /* what XSAVE saves of them, or none without XSAVE */
void vectors_setup(void);
void cpu_save_vectors(char *to);
void cpu_restore_vectors(const char *from);
void cpu_initial_vectors(char *to);
/* Makes what a program has changed fit to be restored; `plain`: it has only what
 * FXSAVE saves. */
void cpu_correct_vectors(char *vectors, bool plain);

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

/* arch/random.c: bytes that nobody can guess. Where there is no source of such,
 * random_ready() says so, and random_fill() tells the console once. The early ones
 * are what can be had in no time. An interrupt notes when it came. */
void random_fill(void *to, size_t size);
void random_fill_early(void *to, size_t size);
bool random_ready(void);
void random_note(uint64_t ticks);

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

/* The end of the kernel stack of the thread that runs. */
extern uintptr_t kernel_stack;

/* The stack that the first thread has as its kernel stack. */
extern char boot_stack_end[];

/* arch/context.c: the registers of a program that begins with function(argument)
 * on a stack of its own. Answers the switch_context() target that leads there. */
uintptr_t new_context(uintptr_t kernel_stack, uintptr_t stack, uintptr_t function, uintptr_t argument);

/* Registers with which the program goes on at an address with a stack. */
void registers_for_program(struct registers *r, uintptr_t ip, uintptr_t stack);

/* If an interrupt came between the stacks of the program and the kernel (calls.S),
 * makes the registers those of the program before or after the call. */
void cpu_complete_call(struct registers *r);

/* arch/.../exceptions.S: goes to the program; the kernel stack is left for good. */
NORETURN void cpu_enter_program(const struct registers *r);

/* arch/.../calls.S: gives the kernel its privilege, which instructions and
 * hypercalls that only the kernel may use need. Nothing to do if it has it. */
void cpu_raise(void);

/* Whether the processor has the program's privilege now, and whether the program
 * has another one than the kernel at all. */
extern bool cpu_lowered, program_lowers;

/* What the program's segment and flags registers hold. */
extern uintptr_t program_cs, program_ss, program_flags;

/* What the processor leads to is the business of the chapters above: every
 * exception and interrupt (true: the program goes on with these registers, false:
 * the kernel does), and an exception that nothing can be done about. */
bool exception(struct registers *r);

/* The same for a system call that the program makes by an instruction. */
bool system_call_instruction(struct registers *r);

NORETURN void panic_exception(const struct registers *r, uintptr_t stack, uintptr_t address);

#endif
