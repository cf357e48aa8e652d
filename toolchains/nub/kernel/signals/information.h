/*
 * Why a signal came, in Linux's layout (siginfo_t). What is at each place
 * depends on the signal and its code.
 */
#ifndef SIGNALS_INFORMATION_H
#define SIGNALS_INFORMATION_H

#include <nub.h>

enum {
    CODE_USER = 0, CODE_QUEUE = -1, CODE_TIMER = -2, CODE_TKILL = -6, CODE_KERNEL = 128,
    /* Of SIGILL, SIGFPE, SIGSEGV, SIGBUS and SIGTRAP, which faults raise. */
    ILL_ILLOPN = 2,
    FPE_INTDIV = 1, FPE_INTOVF = 2, FPE_FLTDIV = 3, FPE_FLTOVF = 4, FPE_FLTUND = 5, FPE_FLTRES = 6, FPE_FLTINV = 7,
    SEGV_MAPERR = 1, SEGV_ACCERR = 2,
    BUS_ADRALN = 1, BUS_ADRERR = 2,
    TRAP_BRKPT = 1, TRAP_TRACE = 2,
};

struct signal_information {
    int signal, error, code;
#ifdef __x86_64__
    int pad;
#endif
    union {
        struct {
            int pid, uid;
            uintptr_t value; /* a union sigval: its int is the low half */
        };
        struct {
            int timer, overrun;
            uintptr_t timer_value;
        };
        uintptr_t address;
        char rest[128 - (sizeof(long) == 8 ? 16 : 12)];
    };
};

_Static_assert(sizeof(struct signal_information) == 128, "siginfo layout");

#endif
