/*
 * One line on the console that tells how the domain is doing: what is in use,
 * how much has happened, and how long wake-ups have taken since the last line.
 *
 * A wake-up that was lost shows in one of three ways. `late` is the longest
 * time from a deadline to the moment when its thread ran, `ready` the longest
 * that a thread which could run had to wait for its turn; a thread that still
 * waits counts with its time so far, so both grow from line to line for one
 * that never runs. `stuck` counts the threads that wait for a futex of which
 * the word is no longer what they wait for, at two lines in succession.
 */
#include <console/console.h>
#include <counts.h>
#include <environment/command_line.h>
#include <environment/environment.h>
#include <halt/halt.h>
#include <memory/pages.h>
#include <memory/tables.h>
#include <statistics/statistics.h>
#include <threads/latency.h>
#include <threads/timers.h>
#include <time/clock.h>

static bool futex_has_changed(const struct thread *thread)
{
    const volatile int *word = thread->futex;

    return word && word == thread->waits_for && tables_rights((uintptr_t)word)
        && *word != thread->futex_value;
}

/* Memory in use is all that the domain has but the pages that nobody has: the
 * image, page tables and Xen's lists are in it. */
static void print_line(void)
{
    const unsigned page = PAGE_SIZE / 1024; /* in KiB */
    uint64_t now = clock_monotonic();
    unsigned all = environment.memory / 1024, in_use = all - pages_unused() * page;
    unsigned most = in_use + (pages_most_used() + pages_unused() - pages_total()) * page;
    unsigned threads = 0, stuck = 0;

    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        threads++;
        latency_measure(thread, now);
        thread->futex_changes = futex_has_changed(thread) ? thread->futex_changes + 1 : 0;
        stuck += thread->futex_changes > 1;
    }
    if (!console_at_line_start())
        print("\n");
    now -= clock_started;
    print("nub: stats %lu.%03u s: memory %u of %u KiB, most %u, tables %u; threads %u of %d; "
          "switches %lu, interrupts %lu, timeouts %lu, futex waits %lu, wakes %lu; "
          "late %lu us, ready %lu us, stuck %u\n",
          (unsigned long)(now / NANOSECONDS), (unsigned)(now % NANOSECONDS / 1000000),
          in_use, all, most, (unsigned)tables_pages() * page, threads, threads_started(),
          counts.switches, counts.interrupts, counts.timeouts, counts.futex_waits, counts.futex_wakes,
          (unsigned long)(longest.late / 1000), (unsigned long)(longest.ready / 1000), stuck);
    longest = (struct latency){ 0 };
}

/* A late line does not make the next one early. */
static void take_line(struct timer *timer, uint64_t now)
{
    print_line();
    timer_order(timer, now + option_stats * NANOSECONDS);
}

static struct timer line_timer = { .expired = take_line, .idle = true };

void statistics_start(void)
{
    if (!option_stats)
        return;
    timer_order(&line_timer, clock_monotonic() + option_stats * NANOSECONDS);
    before_finish(print_line);
}

/* The linker script lets __nub_before_main follow the program's own constructors,
 * so that nothing but main() comes after it. */
bool before_main_call(struct registers *r)
{
    if (option_stats)
        print("nub: main after %lu us\n",
              (unsigned long)((clock_monotonic() - clock_started) / 1000));
    return kernel_leave(r);
}
