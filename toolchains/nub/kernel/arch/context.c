/*
 * The registers of programs that begin, and of those that were interrupted on
 * the way into the kernel or out of it.
 */
#include <arch.h>

#define INITIAL_MXCSR 0x1f80 /* every exception masked */
#define INITIAL_CONTROL 0x37f

uintptr_t kernel_stack;
bool cpu_lowered, program_lowers;
uintptr_t program_cs, program_ss, program_flags = FLAG_INTERRUPTS | 2;

extern const char first_run[], program_thread[];
extern const char call_begin[], call_switched[], call_tail[], call_tail_end[];

void registers_for_program(struct registers *r, uintptr_t ip, uintptr_t stack)
{
    *r = (struct registers){
        .ip = ip, .cs = program_cs, .flags = program_flags, .sp = stack, .ss = program_ss,
    };
}

uintptr_t new_context(uintptr_t kernel_stack, uintptr_t stack, uintptr_t function, uintptr_t argument)
{
    struct registers *r = (struct registers *)kernel_stack - 1;
    struct switch_frame *frame = (struct switch_frame *)r - 1;

    registers_for_program(r, (uintptr_t)program_thread, ROUND_DOWN(stack, 16UL));
#ifdef __x86_64__
    r->r12 = function;
    r->di = argument;
#else
    r->si = function;
    r->bx = argument;
#endif
    *frame = (struct switch_frame){
        .mxcsr = INITIAL_MXCSR, .control = INITIAL_CONTROL, .ip = (uintptr_t)first_run,
    };
    return (uintptr_t)frame;
}

void cpu_complete_call(struct registers *r)
{
    if (r->ip == (uintptr_t)call_switched) {
        r->ip = (uintptr_t)call_begin;
        r->sp = r->ax;
    } else if (r->ip > (uintptr_t)call_tail && r->ip < (uintptr_t)call_tail_end) {
        r->ip = r->cx;
        r->sp = r->dx;
    }
}
