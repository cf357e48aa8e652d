/*
 * Queues, and who is in them.
 */
#include <threads/wait.h>

/* Those who wait by name, by a hash of it. */
#define NAME_BITS 8
static struct wait_queue named[1 << NAME_BITS];

struct wait_queue outside_queue = { .outside = true };

static unsigned outside_waiters;
static struct wait_queue *first_noted;

void wait_join(struct waiter *waiter, struct wait_queue *queue, unsigned events)
{
    waiter->events = events;
    if (waiter->queue)
        return;
    waiter->queue = queue;
    if (!waiter->thread)
        waiter->thread = current;
    waiter->next = NULL;
    waiter->previous = queue->last;
    if (queue->last)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
    outside_waiters += queue->outside;
}

void wait_leave(struct waiter *waiter)
{
    struct wait_queue *queue = waiter->queue;

    if (!queue)
        return;
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        queue->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        queue->last = waiter->previous;
    waiter->queue = NULL;
    outside_waiters -= queue->outside;
}

bool wait_may_end_from_outside(void)
{
    return outside_waiters;
}

void wait_begin(void)
{
    current->notified = false;
}

/* What a thread waits for that has joined queues. */
static const char queues;

enum wake wait_until(uint64_t deadline)
{
    return thread_sleep(&queues, deadline);
}

enum wake wait_on(struct wait_queue *queue, unsigned events, uint64_t deadline)
{
    struct waiter waiter = { 0 };
    enum wake why;

    wait_begin();
    wait_join(&waiter, queue, events);
    why = wait_until(deadline);
    wait_leave(&waiter);
    return why;
}

enum wake wait_undisturbed(struct wait_queue *queue, uint64_t deadline)
{
    enum wake why;

    current->undisturbed = true;
    why = wait_on(queue, 0, deadline);
    current->undisturbed = false;
    return why;
}

static bool is_for(const struct waiter *waiter, unsigned events)
{
    return !events || !waiter->events || waiter->events & events;
}

/* A thread that does not sleep yet, or no longer, hears of it when it is about to. */
static void wake_waiter(struct waiter *waiter)
{
    struct thread *thread = waiter->thread;

    wait_leave(waiter);
    if (thread->waits_for)
        thread_wake(thread, WAKE_EVENT);
    else
        thread->notified = true;
}

unsigned wake_some(struct wait_queue *queue, unsigned events, unsigned most)
{
    struct waiter *next;
    unsigned woken = 0;

    for (struct waiter *waiter = queue->first; waiter && woken < most; waiter = next) {
        next = waiter->next;
        if (!is_for(waiter, events))
            continue;
        if (waiter->notify) {
            waiter->notify(waiter, events);
        } else {
            wake_waiter(waiter);
            woken++;
        }
    }
    return woken;
}

/* Interrupts are off. */
void wake_from_interrupt(struct wait_queue *queue)
{
    if (queue->noted)
        return;
    queue->noted = true;
    queue->next_noted = first_noted;
    first_noted = queue;
}

void wake_noted(void)
{
    struct wait_queue *queue;

    interrupts_off();
    queue = first_noted;
    first_noted = NULL;
    interrupts_on();
    while (queue) {
        struct wait_queue *next = queue->next_noted;

        queue->noted = false;
        wake_all(queue, 0);
        queue = next;
    }
    if (outside_has_changed())
        wake_all(&outside_queue, 0);
}

static struct wait_queue *queue_named(const void *what)
{
    return &named[(uint32_t)((uintptr_t)what >> 2) * 0x9e3779b1u >> (32 - NAME_BITS)];
}

enum wake wait_by_name(const void *what, unsigned events, uint64_t deadline)
{
    struct waiter waiter = { .what = what };
    enum wake why;

    wait_begin();
    wait_join(&waiter, queue_named(what), events);
    why = thread_sleep(what, deadline);
    wait_leave(&waiter);
    return why;
}

enum wake thread_wait(const void *what, uint64_t deadline)
{
    return wait_by_name(what, 0, deadline);
}

unsigned wake_by_name(const void *what, unsigned events, unsigned most)
{
    struct waiter *next;
    unsigned woken = 0;

    for (struct waiter *waiter = queue_named(what)->first; waiter && woken < most; waiter = next) {
        next = waiter->next;
        if (waiter->what == what && is_for(waiter, events)) {
            wake_waiter(waiter);
            woken++;
        }
    }
    return woken;
}

unsigned threads_wake(const void *what, unsigned most)
{
    return wake_by_name(what, 0, most);
}

unsigned move_waiters(const void *what, const void *other, unsigned most)
{
    struct waiter *next;
    unsigned moved = 0;

    for (struct waiter *waiter = queue_named(what)->first; waiter && moved < most; waiter = next) {
        next = waiter->next;
        if (waiter->what != what)
            continue;
        moved++;
        if (what == other)
            continue;
        wait_leave(waiter);
        waiter->what = waiter->thread->waits_for = other;
        wait_join(waiter, queue_named(other), waiter->events);
    }
    return moved;
}
