/*
 * The verdict, and then nothing.
 */
#include <arch.h>
#include <console/console.h>
#include <environment/environment.h>
#include <halt/halt.h>
#include <xen/hypercall.h>

/* QEMU's isa-debug-exit device, and the ACPI power-off of its two machines. */
#define DEBUG_EXIT_PORT 0xf4
#define PC_POWER_PORT 0x604
#define PC_POWER_OFF 0x2000

unsigned halt_reason = SHUTDOWN_poweroff;

static void power_off(unsigned status)
{
    if (environment.xen) {
        unsigned reason = environment.initial_domain ? SHUTDOWN_poweroff : halt_reason;

        for (;;)
            HYPERCALL2(sched_op, SCHEDOP_shutdown, &reason);
    }
    out8(DEBUG_EXIT_PORT, status);
    out16(PC_POWER_PORT, PC_POWER_OFF);
}

NORETURN void halt(unsigned status)
{
    /* The verdict is a line of its own, whatever the program's last words are. */
    print("%snub: exit status %u\n", console_at_line_start() ? "" : "\n", status & 255);
    if (console)
        console->flush();
    cpu_raise();
    power_off(status);
    for (;;)
        __asm__ volatile("cli; hlt");
}
