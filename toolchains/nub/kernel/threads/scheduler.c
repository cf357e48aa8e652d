/*
 * Who runs when: threads that could run take turns (turns.c). A turn ends when the
 * thread waits for something, when something happens that another one waits for,
 * or by the timer if others want to run too.
 */
#include <counts.h>
#include <threads/cpu_time.h>
#include <threads/latency.h>
#include <threads/timers.h>
#include <threads/turns.h>
#include <threads/wait.h>
#include <time/clock.h>

struct thread *current;
bool kernel_running = true, kernel_noted, kernel_changed;

/* When the timer will go off. */
static uint64_t timer_set = NEVER;

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
    kernel_changed = true;
}

void scheduler_add(struct thread *thread)
{
    turns_add_last(thread);
    kernel_changed = true;
    latency_ready(thread);
}

void scheduler_ranked(struct thread *thread)
{
    turns_rank(thread);
    kernel_changed = true;
}

void thread_wake(struct thread *thread, enum wake why)
{
    timer_cancel(&thread->alarm);
    thread->waits_for = NULL;
    thread->woken_by = why;
    turns_add_woken(thread);
    kernel_changed = true;
    latency_ready(thread);
}

static void time_out(struct timer *timer, uint64_t now)
{
    struct thread *thread = (struct thread *)((char *)timer - offsetof(struct thread, alarm));

    (void)now;
    counts.timeouts++;
    thread->due = timer->when;
    thread_wake(thread, WAKE_TIMEOUT);
}

/* Wakes those whose time has come, and those who wait for what came in. */
static uint64_t take_events(void)
{
    uint64_t now = clock_monotonic();

    /* It may have been the timer, so it has to be set again. */
    kernel_noted = false;
    timer_set = NEVER;
    kernel_changed = true;
    wake_noted();
    timers_run(now);
    return now;
}

/* Orders an interrupt for the next timer, and for the end of the turn if
 * somebody else wants one. An earlier interrupt does no harm. */
static void correct_timer(void)
{
    uint64_t when = smaller(timers_next(), turns_end());

    kernel_changed = false;
    if (when < timer_set) {
        timer_set = when;
        interrupt_source->set_timer(when);
    }
}

/* Nobody can run: waits for an interrupt. When none can help, says so. */
static void idle(void)
{
    if (!timers_may_wake() && !wait_may_end_from_outside())
        panic("deadlock: every thread waits for ever, and nothing is left that could wake one");
    interrupts_off();
    if (!kernel_noted)
        interrupt_source->wait(timers_next());
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
    while (!turns_wanted())
        idle();
    current = turns_take();
    latency_runs(current);
    if (kernel_changed)
        correct_timer();
    if (current == previous)
        return;
    counts.switches++;
    cpu_set_thread_pointer(current->thread_pointer);
    kernel_stack = current->kernel_stack;
    switch_context(&previous->stack_pointer, current->stack_pointer);
    threads_reap();
}

enum wake thread_sleep(const void *what, uint64_t deadline)
{
    if (current->notified) {
        current->notified = false;
        return WAKE_EVENT;
    }
    if (!current->undisturbed && has_signal())
        return WAKE_SIGNAL;
    if (deadline != NEVER) {
        current->alarm.expired = time_out;
        timer_order(&current->alarm, deadline);
    }
    current->waits_for = what;
    run_next();
    if (current->notified)
        current->woken_by = WAKE_EVENT;
    current->notified = false;
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
    bool changed = false, again;

    do {
        bool passes = kernel_noted ? turns_pass(take_events()) : turns_outranked();

        if (passes) {
            latency_ready(current);
            run_next();
        }
        again = has_signal();
        if (again)
            changed |= deliver_signals(r);
        if (kernel_changed)
            correct_timer();
    } while (kernel_noted || again);
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
 * control words its own (switch.S). */
void program_stop(struct registers *r)
{
    char vectors[MOST_VECTORS] VECTORS_ALIGNED;

    cpu_save_vectors(vectors);
    program_resume(r, vectors);
}

static struct thread main_thread = {
    .id = 1,
    .kernel_stack = (uintptr_t)boot_stack_end,
};

struct thread *all_threads = &main_thread;

/* What runs now is the first thread. */
void scheduler_start(void)
{
    current = &main_thread;
    kernel_stack = current->kernel_stack;
    cpu_time_skip();
}
