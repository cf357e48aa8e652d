/*
 * Where every interrupt arrives, on the stack of whoever it interrupts.
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

/*
 * The interrupted program may have anything in the floating-point and vector
 * registers, and whoever runs next expects them as at a function call: x87
 * empty, the control words its own (switch.S). No environment that we run in
 * lets a program use more than what FXSAVE saves: the kernel never turns AVX
 * on in CR4 and XCR0.
 */
static void stop_program(struct registers *r)
{
    char vectors[512] ALIGNED(16);

    cpu_save_vectors(vectors);
    kernel_leave(r);
    cpu_restore_vectors(vectors);
}

void interrupt(struct registers *r)
{
    interrupt_source->acknowledge(r->vector);
    kernel_noted = true;
    counts.interrupts++;
    if (kernel_running) {
        interrupts_on();
        return;
    }
    kernel_running = true;
    interrupts_on();
    stop_program(r);
}
