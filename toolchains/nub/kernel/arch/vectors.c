/*
 * The floating-point and vector registers of a program that did not expect to stop:
 * as FXSAVE saves them, or with what the processor has besides, by XSAVE.
 */
#include <arch.h>

enum { STATE_X87 = 1, STATE_SSE = 2, STATE_AVX = 4, STATE_AVX512 = 0xe0 };

#define CPUID_XSAVE (1u << 26)
#define CPUID_STATES 0xd
#define CR4_OSXSAVE (1ul << 18)

#define PLAIN_SIZE 512
#define HEADER_SIZE 64
#define MXCSR_PLACE 24
#define MXCSR_BITS 0xffff
#define INITIAL_MXCSR 0x1f80
#define INITIAL_CONTROL 0x37f

size_t vectors_size = PLAIN_SIZE;
uint64_t vectors_states; /* none: FXSAVE it is */

static void set_states(uint64_t states)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)states), "d"((uint32_t)(states >> 32)));
}

/* Has the instructions work. Under Xen, whose register this is then, it lets us all
 * the same where we have them. */
static void turn_on(void)
{
    unsigned long cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
}

/* All that there is, but for what has no place in our stacks. */
void vectors_setup(void)
{
    uint64_t states;
    size_t size;

    if (cpuid(0).a < CPUID_STATES || !(cpuid(1).c & CPUID_XSAVE))
        return;
    turn_on();
    states = cpuid(CPUID_STATES).a & (STATE_X87 | STATE_SSE | STATE_AVX | STATE_AVX512);
    if ((states & STATE_AVX512) != STATE_AVX512)
        states &= ~(uint64_t)STATE_AVX512;
    set_states(states);
    size = cpuid(CPUID_STATES).b;
    if (size > MOST_VECTORS) {
        states &= ~(uint64_t)STATE_AVX512;
        set_states(states);
        size = cpuid(CPUID_STATES).b;
    }
    if (size > MOST_VECTORS)
        panic("%lu bytes of vector registers are too many", (unsigned long)size);
    vectors_size = size;
    vectors_states = states;
}

#ifdef __x86_64__
#define WIDE "64"
#else
#define WIDE ""
#endif

void cpu_save_vectors(char *to)
{
    if (vectors_states) {
        memset(to + PLAIN_SIZE, 0, HEADER_SIZE);
        __asm__ volatile("xsave" WIDE " (%0)"
                         : : "r"(to), "a"((uint32_t)vectors_states), "d"((uint32_t)(vectors_states >> 32)) : "memory");
    } else {
        __asm__ volatile("fxsave" WIDE " (%0)" : : "r"(to) : "memory");
    }
    cpu_start_vectors();
}

void cpu_restore_vectors(const char *from)
{
    if (vectors_states)
        __asm__ volatile("xrstor" WIDE " (%0)"
                         : : "r"(from), "a"((uint32_t)vectors_states), "d"((uint32_t)(vectors_states >> 32)) : "memory");
    else
        __asm__ volatile("fxrstor" WIDE " (%0)" : : "r"(from) : "memory");
}

void cpu_initial_vectors(char *to)
{
    memset(to, 0, vectors_size);
    *(uint16_t *)to = INITIAL_CONTROL;
    *(uint32_t *)(to + MXCSR_PLACE) = INITIAL_MXCSR;
}

/* The processor would take exception to bits that it does not know. */
void cpu_correct_vectors(char *vectors, bool plain)
{
    uint64_t *header = (uint64_t *)(vectors + PLAIN_SIZE);

    *(uint32_t *)(vectors + MXCSR_PLACE) &= MXCSR_BITS;
    if (!vectors_states)
        return;
    if (plain)
        header[0] = STATE_X87 | STATE_SSE;
    header[0] &= vectors_states;
    memset(header + 1, 0, HEADER_SIZE - sizeof(*header));
}
