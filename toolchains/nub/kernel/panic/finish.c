/*
 * The end: the verdict, and then nothing.
 */
#include <boot/command_line.h>
#include <boot/environment.h>
#include <console/console.h>
#include <memory/pages.h>
#include <panic/panic.h>
#include <threads/thread.h>
#include <image.h>
#include <xen/hypercall.h>

/* QEMU's isa-debug-exit device, and the ACPI power-off of its two machines. */
#define DEBUG_EXIT_PORT 0xf4
#define PC_POWER_PORT 0x604
#define PC_POWER_OFF 0x2000

static void power_off(unsigned status)
{
    if (environment.xen) {
        unsigned reason = SHUTDOWN_poweroff;

        for (;;)
            HYPERCALL2(sched_op, SCHEDOP_shutdown, &reason);
    }
    out8(DEBUG_EXIT_PORT, status);
    out16(PC_POWER_PORT, PC_POWER_OFF);
}

/* The image itself is not counted: it is not the allocator's. */
static void print_statistics(void)
{
    const unsigned page = PAGE_SIZE / 1024; /* in KiB */
    unsigned all = pages_total(), most = pages_most_used(), now = all - pages_unused();

    print("nub: memory: %u KiB in use, %u KiB at most, of %u KiB; image %u KiB; %d threads so far\n",
          now * page, most * page, all * page,
          (unsigned)(image_end() - (uintptr_t)__ehdr_start) / 1024, threads_started());
}

NORETURN void finish(unsigned status)
{
    if (option_stats)
        print_statistics();
    print("nub: exit status %u\n", status & 255);
    if (console)
        console->flush();
    power_off(status);
    for (;;)
        __asm__ volatile("cli; hlt");
}
