/*
 * What becomes of a page that is touched. on_signal is to be the handler of SIGBUS and SIGSEGV.
 */
#ifndef TOUCH_H
#define TOUCH_H

#include <setjmp.h>
#include <stdbool.h>

static sigjmp_buf after_signal;

static void on_signal(int number) { siglongjmp(after_signal, number); }

/* The signal that reading the byte, or writing it, ends with; 0 if it goes well. */
static int touch(volatile char *at, bool write)
{
    int number = sigsetjmp(after_signal, 1);

    if (!number) {
        char byte = *at;

        if (write)
            *at = byte;
    }
    return number;
}

#endif
