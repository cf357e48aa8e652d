/*
 * Who runs when: threads that could run take turns. A turn ends when the
 * thread waits for something, or by the timer if others want to run too.
 */
#include <counts.h>
#include <threads/cpu_time.h>
#include <threads/latency.h>
#include <threads/readiness.h>
#include <threads/timers.h>
#include <time/clock.h>

struct thread *current;
bool kernel_running = true, kernel_noted;

static struct thread *first_ready, *last_ready;

/* When the timer will go off, and whether that may be too late by now. */
static uint64_t timer_set = NEVER;
static bool timer_wrong;

/* How signals end waits, and how they are delivered. */
static bool (*has_signal)(void);
static bool (*deliver_signals)(struct registers *r);
static void (*end_signals)(struct thread *thread);

void scheduler_heed_signals(bool (*wanted)(void), bool (*deliver)(struct registers *r),
                            void (*end)(struct thread *thread))
{
    has_signal = wanted;
    deliver_signals = deliver;
    end_signals = end;
}

void scheduler_correct_timer(void)
{
    timer_wrong = true;
}

/* Behind those of the same or a higher priority, which mostly are all. */
static void queue(struct thread *thread)
{
    struct thread **link = &first_ready;

    if (first_ready && last_ready->priority >= thread->priority)
        link = &last_ready->next_ready;
    while (*link && (*link)->priority >= thread->priority)
        link = &(*link)->next_ready;
    thread->next_ready = *link;
    *link = thread;
    if (!thread->next_ready)
        last_ready = thread;
}

void scheduler_add(struct thread *thread)
{
    queue(thread);
    timer_wrong = true;
    latency_ready(thread);
}

/* It may be among those that could run, and is put in order again. */
void scheduler_ranked(struct thread *thread)
{
    struct thread *last = NULL;

    for (struct thread *at = first_ready; at; last = at, at = at->next_ready) {
        if (at != thread)
            continue;
        if (last)
            last->next_ready = at->next_ready;
        else
            first_ready = at->next_ready;
        if (last_ready == at)
            last_ready = last;
        queue(thread);
        return;
    }
}

static struct thread *take_ready(void)
{
    struct thread *thread = first_ready;

    if (thread)
        first_ready = thread->next_ready;
    return thread;
}

void thread_wake(struct thread *thread, enum wake why)
{
    if (why == WAKE_TIMEOUT) {
        counts.timeouts++;
        thread->due = thread->deadline;
    }
    thread->waits_for = NULL;
    thread->deadline = NEVER;
    thread->woken_by = why;
    scheduler_add(thread);
}

unsigned threads_wake(const void *what, unsigned most)
{
    unsigned woken = 0;

    for (struct thread *thread = all_threads; thread && woken < most; thread = thread->next) {
        if (thread->waits_for == what) {
            thread_wake(thread, WAKE_EVENT);
            woken++;
        }
    }
    return woken;
}

static uint64_t next_deadline(void)
{
    uint64_t next = NEVER;

    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->waits_for)
            next = smaller(next, thread->deadline);
    return next;
}

/* Wakes those whose time has come, and those who wait for what came in. */
static void take_events(void)
{
    uint64_t now = clock_monotonic();

    /* It may have been the timer, so it has to be set again. */
    kernel_noted = false;
    timer_set = NEVER;
    timer_wrong = true;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->waits_for && thread->deadline <= now)
            thread_wake(thread, WAKE_TIMEOUT);
    if (outside_has_changed())
        readiness_changed();
    timers_run(now);
}

/* Who is nicer has shorter turns: by half for every five steps. */
static uint64_t turn_of(const struct thread *thread)
{
    return thread->nice > 0 ? TURN >> thread->nice / 5 : TURN << -thread->nice / 5;
}

/* Orders an interrupt for the next deadline, and for the end of the turn if
 * somebody else wants one. An earlier interrupt does no harm. */
static void correct_timer(void)
{
    uint64_t when = smaller(next_deadline(), timers_next());

    timer_wrong = false;
    if (first_ready)
        when = smaller(when, clock_monotonic() + turn_of(current));
    if (when < timer_set) {
        timer_set = when;
        interrupt_source->set_timer(when);
    }
}

/* Nobody can run: waits for an interrupt. When none can help, says so. */
static void idle(void)
{
    uint64_t next = next_deadline();

    if (next == NEVER && !timers_may_wake()) {
        bool outside = false;

        for (struct thread *thread = all_threads; thread; thread = thread->next)
            outside |= thread->waits_for && thread->awaits_outside;
        if (!outside)
            panic("deadlock: every thread waits for ever, and nothing is left that could wake one");
    }
    interrupts_off();
    if (!kernel_noted)
        interrupt_source->wait(smaller(next, timers_next()));
    interrupts_on();
    cpu_time_skip();
    take_events();
}

static void run_next(void)
{
    struct thread *previous = current;

    cpu_time_charge();
    if (kernel_noted)
        take_events();
    while (!first_ready)
        idle();
    current = take_ready();
    latency_runs(current);
    if (timer_wrong)
        correct_timer();
    if (current == previous)
        return;
    counts.switches++;
    cpu_set_thread_pointer(current->thread_pointer);
    kernel_stack = current->kernel_stack;
    switch_context(&previous->stack_pointer, current->stack_pointer);
    threads_reap();
}

enum wake thread_wait(const void *what, uint64_t deadline)
{
    if (has_signal())
        return WAKE_SIGNAL;
    current->waits_for = what;
    current->deadline = deadline;
    timer_wrong = true;
    run_next();
    current->awaits_outside = false;
    return current->woken_by;
}

void thread_yield(void)
{
    scheduler_add(current);
    run_next();
}

NORETURN void scheduler_leave(void)
{
    end_signals(current);
    run_next();
    panic("a thread that has ended runs again");
}

/* What is noted after the last look here, the way out of the kernel sees
 * (arch/), and comes again. */
bool kernel_leave(struct registers *r)
{
    bool changed = false;

    do {
        if (kernel_noted) {
            take_events();
            if (first_ready && first_ready->priority == current->priority
                && (current->policy & ~SCHED_RESET_ON_FORK) != SCHED_FIFO)
                thread_yield();
        }
        if (first_ready && first_ready->priority > current->priority)
            thread_yield();
        if (has_signal())
            changed |= deliver_signals(r);
        if (timer_wrong)
            correct_timer();
    } while (kernel_noted);
    return changed;
}

void program_resume(struct registers *r, char *vectors)
{
    current->vectors = vectors;
    kernel_leave(r);
    if (current->vectors)
        cpu_restore_vectors(current->vectors);
    current->vectors = NULL;
}

/* Whoever runs next expects those registers as at a function call: x87 empty, the
 * control words its own (switch.S). No environment that we run in lets a program
 * use more than what FXSAVE saves: the kernel never turns AVX on in CR4 and XCR0. */
void program_stop(struct registers *r)
{
    char vectors[512] ALIGNED(16);

    cpu_save_vectors(vectors);
    program_resume(r, vectors);
}

static struct thread main_thread = {
    .id = 1,
    .kernel_stack = (uintptr_t)boot_stack_end,
    .deadline = NEVER,
};

struct thread *all_threads = &main_thread;

/* What runs now is the first thread. */
void scheduler_start(void)
{
    current = &main_thread;
    kernel_stack = current->kernel_stack;
    cpu_time_skip();
}
