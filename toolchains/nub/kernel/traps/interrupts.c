/*
 * Where every interrupt arrives, on the kernel stack of the thread that it
 * interrupts.
 *
 * The kernel is never interrupted in earnest: an interrupt that finds it at
 * work only notes that something happened, and the kernel looks when it is
 * about to leave. A program is stopped at once, and others may run before it
 * goes on. So interrupts are off for a few instructions at a time, and no
 * kernel data is ever seen half changed.
 */
#include <counts.h>
#include <interrupts/interrupts.h>
#include <threads/thread.h>
#include <traps/traps.h>

bool interrupt(struct registers *r)
{
    interrupt_source->acknowledge(r->vector);
    kernel_noted = true;
    counts.interrupts++;
    random_note(read_tsc());
    if (kernel_running)
        return false;
    kernel_running = true;
    interrupts_on();
    cpu_complete_call(r);
    program_stop(r);
    return true;
}
