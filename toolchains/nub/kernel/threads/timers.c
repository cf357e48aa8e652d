/*
 * The timers' order: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986).
 * Each timer is no later than those below it, which are a list; the list is
 * put in order when the timer above goes away.
 */
#include <threads/thread.h>
#include <threads/timers.h>

static struct timer *first;
static unsigned may_wake;

/* Of two heaps one: the later top goes below the other. */
static struct timer *joined(struct timer *a, struct timer *b)
{
    struct timer *top, *below;

    if (!a || !b)
        return a ? a : b;
    top = b->when < a->when ? b : a;
    below = top == a ? b : a;
    below->earlier = top;
    below->next = top->later;
    if (top->later)
        top->later->earlier = below;
    top->later = below;
    return top;
}

/* Takes the heap that a timer is the top of out of the list that it is in:
 * `earlier` is the one before it there, or for the first the one above. */
static void cut(struct timer *timer)
{
    if (timer->earlier->later == timer)
        timer->earlier->later = timer->next;
    else
        timer->earlier->next = timer->next;
    if (timer->next)
        timer->next->earlier = timer->earlier;
    timer->earlier = timer->next = NULL;
}

/* Joins what was below a timer, first in pairs and then the pairs: that is what
 * keeps the heap flat. */
static struct timer *join_all(struct timer *list)
{
    struct timer *pairs = NULL, *all = NULL;

    while (list) {
        struct timer *a = list, *b = a->next;

        list = b ? b->next : NULL;
        a->earlier = a->next = NULL;
        if (b)
            b->earlier = b->next = NULL;
        a = joined(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        struct timer *next = pairs->next;

        pairs->next = NULL;
        all = joined(all, pairs);
        pairs = next;
    }
    return all;
}

void timer_cancel(struct timer *timer)
{
    struct timer *below;

    if (!timer->ordered)
        return;
    timer->ordered = false;
    may_wake -= !timer->idle;
    below = join_all(timer->later);
    timer->later = NULL;
    if (timer == first) {
        first = below;
    } else {
        cut(timer);
        first = joined(first, below);
    }
}

void timer_order(struct timer *timer, uint64_t when)
{
    timer_cancel(timer);
    timer->when = when;
    timer->ordered = true;
    may_wake += !timer->idle;
    first = joined(first, timer);
    if (first == timer)
        scheduler_correct_timer();
}

uint64_t timers_next(void)
{
    return first ? first->when : NEVER;
}

bool timers_may_wake(void)
{
    return may_wake;
}

void timers_run(uint64_t now)
{
    while (first && first->when <= now) {
        struct timer *timer = first;

        timer_cancel(timer);
        timer->expired(timer, now);
    }
}
