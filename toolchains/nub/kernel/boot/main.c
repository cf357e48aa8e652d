/*
 * The part of booting that all environments share: say who we are, make the
 * program's arguments and stack, and start it.
 */
#include <arch.h>
#include <boot/boot.h>
#include <console/console.h>
#include <disks/disks.h>
#include <environment/command_line.h>
#include <environment/environment.h>
#include <files/ram.h>
#include <image.h>
#include <interrupts/interrupts.h>
#include <memory/pages.h>
#include <signals/signals.h>
#include <statistics/statistics.h>
#include <syscalls/answers.h>
#include <threads/thread.h>
#include <toolstack/toolstack.h>

uintptr_t image_end(void)
{
    return ROUND_UP((uintptr_t)&__nub_files + (uintptr_t)__nub_files.total_size, PAGE_SIZE);
}

NORETURN void boot_finish(void)
{
    console_listen();
    interrupts_on();
    print("nub: %s %s %s %u MiB\n", NUB_VERSION, ARCH_NAME, environment_name(),
          (unsigned)(environment.memory >> 20));
    archive_check();
    tree_start();
    descriptors_start();
    block_start();
    command_line_split();
    scheduler_start();
    signals_start();
    statistics_start();
    shutdown_heed();
    block_settle();
    answers_start();
    process_start();
}
