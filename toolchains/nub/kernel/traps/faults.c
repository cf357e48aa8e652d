/*
 * What the program is told of an exception that it caused, if it has a handler
 * for that. Without one it ends in a panic.
 */
#include <memory/areas.h>
#include <signals/frame.h>
#include <traps/traps.h>

enum {
    DIVIDE_ERROR = 0, DEBUG = 1, BREAKPOINT = 3, OVERFLOW = 4, BOUNDS = 5, INVALID_OPCODE = 6, NO_SEGMENT = 11,
    STACK_SEGMENT = 12, PROTECTION = 13, PAGE_FAULT = 14, FLOATING_POINT = 16, ALIGNMENT = 17, VECTORS = 19,
};

/* Of a page fault's error code: the program's access. */
#define FAULT_USER 4

#define MASKED_SHIFT 7 /* in the vector unit's register: from what has happened to what is masked */

/* The code for what an instruction of the floating-point unit or the vector unit
 * has met. */
static int floating_point_code(unsigned met)
{
    static const struct {
        unsigned bits;
        int code;
    } codes[] = {
        { 0x01, FPE_FLTINV }, { 0x04, FPE_FLTDIV }, { 0x08, FPE_FLTOVF }, { 0x12, FPE_FLTUND }, { 0x20, FPE_FLTRES },
    };

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (met & codes[i].bits)
            return codes[i].code;
    return 0;
}

static unsigned met_by_x87(void)
{
    uint16_t status, control;

    __asm__ volatile("fnstsw %0; fnstcw %1" : "=m"(status), "=m"(control));
    return status & ~control;
}

static unsigned met_by_vectors(void)
{
    uint32_t mxcsr;

    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr & ~(mxcsr >> MASKED_SHIFT);
}

/* Nothing is there, or it is protected. */
static int page_code(uintptr_t address)
{
    unsigned rights;

    return areas_rights(address, &rights) || tables_rights(address) ? SEGV_ACCERR : SEGV_MAPERR;
}

static struct signal_information describe(const struct registers *r, uintptr_t address)
{
#define SIGNAL(number, why, where) (struct signal_information){ .signal = number, .code = why, .address = where }
    switch (r->vector) {
    case DIVIDE_ERROR: return SIGNAL(SIGFPE, FPE_INTDIV, r->ip);
    case DEBUG: return SIGNAL(SIGTRAP, TRAP_TRACE, r->ip);
    case BREAKPOINT: return SIGNAL(SIGTRAP, CODE_KERNEL, 0);
    case OVERFLOW:
    case BOUNDS:
    case PROTECTION: return SIGNAL(SIGSEGV, CODE_KERNEL, 0);
    case INVALID_OPCODE: return SIGNAL(SIGILL, ILL_ILLOPN, r->ip);
    case NO_SEGMENT:
    case STACK_SEGMENT: return SIGNAL(SIGBUS, CODE_KERNEL, 0);
    case PAGE_FAULT:
        if (areas_beyond(address))
            return SIGNAL(SIGBUS, BUS_ADRERR, address);
        return SIGNAL(SIGSEGV, page_code(address), address);
    case FLOATING_POINT: return SIGNAL(SIGFPE, floating_point_code(met_by_x87()), r->ip);
    case VECTORS: return SIGNAL(SIGFPE, floating_point_code(met_by_vectors()), r->ip);
    case ALIGNMENT: return SIGNAL(SIGBUS, BUS_ADRALN, 0);
    default: return SIGNAL(0, 0, 0);
    }
#undef SIGNAL
}

bool fault_signal(struct registers *r, uintptr_t address)
{
    struct signal_information information = describe(r, address);
    int signal = information.signal;

    if (!signal || !signal_is_handled(signal) || !signal_frame_fits(r, &signal_actions[signal]))
        return false;
    current->fault.vector = r->vector;
    current->fault.error = r->error;
    if (r->vector == PAGE_FAULT) {
        current->fault.error |= FAULT_USER;
        current->fault.address = address;
    }
    signal_send_with(current, signal, &information);
    program_stop(r);
    return true;
}
