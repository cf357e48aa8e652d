/*
 * Who has a higher priority goes first. Of the same priority, who has been woken
 * goes before those that only want to go on: it has waited, and most of the time
 * will wait again soon. It gets no more than a turn for that, and the others are
 * not passed over for longer than a turn; who had to make way has the rest of its
 * turn afterwards.
 */
#include <threads/turns.h>
#include <time/clock.h>

/* Both in order of priority, and then of time. */
static struct line {
    struct thread *first, *last;
} woken, others;

/* When the current turn ends, once somebody else wants one. */
static uint64_t turn_end = NEVER;

/* Since when threads have been woken all the time, so that none of the others
 * could run, or 0; and whether the current turn was given to make up for that. */
static uint64_t passed_since;
static bool made_up;

/* Who is nicer has shorter turns: by half for every five steps. */
static uint64_t turn_of(const struct thread *thread)
{
    return thread->nice > 0 ? TURN >> thread->nice / 5 : TURN << -thread->nice / 5;
}

/* Behind those of the same or a higher priority, which mostly are all. */
static void append(struct line *line, struct thread *thread)
{
    struct thread **link = &line->first;

    if (line->first && thread_rank(line->last) >= thread_rank(thread))
        link = &line->last->next_ready;
    while (*link && thread_rank(*link) >= thread_rank(thread))
        link = &(*link)->next_ready;
    thread->next_ready = *link;
    *link = thread;
    if (!thread->next_ready)
        line->last = thread;
}

/* Nobody in the line has a higher priority. */
static void put_first(struct line *line, struct thread *thread)
{
    thread->next_ready = line->first;
    if (!line->first)
        line->last = thread;
    line->first = thread;
}

static bool leave(struct line *line, struct thread *thread)
{
    struct thread *before = NULL;

    for (struct thread *at = line->first; at; before = at, at = at->next_ready) {
        if (at != thread)
            continue;
        if (before)
            before->next_ready = at->next_ready;
        else
            line->first = at->next_ready;
        if (line->last == at)
            line->last = before;
        return true;
    }
    return false;
}

void turns_rank(struct thread *thread)
{
    struct line *line = thread->was_woken ? &woken : &others;

    if (leave(line, thread))
        append(line, thread);
}

void turns_add_woken(struct thread *thread)
{
    thread->was_woken = true;
    thread->turn_left = turn_of(thread);
    append(&woken, thread);
}

void turns_add_last(struct thread *thread)
{
    thread->was_woken = false;
    thread->turn_left = turn_of(thread);
    append(&others, thread);
}

bool turns_wanted(void)
{
    return woken.first || others.first;
}

/* The priority of who is next; only if anybody could run. */
static int best_priority(void)
{
    if (!woken.first || !others.first)
        return thread_rank(woken.first ? woken.first : others.first);
    return thread_rank(woken.first) > thread_rank(others.first) ? thread_rank(woken.first) : thread_rank(others.first);
}

static bool is_first_in_first_out(const struct thread *thread)
{
    return (thread->policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO;
}

/* Could anybody else have a turn when that of the current thread is over? */
static bool has_rivals(void)
{
    return turns_wanted() && best_priority() >= thread_rank(current) && !is_first_in_first_out(current);
}

bool turns_outranked(void)
{
    if (!turns_wanted() || best_priority() <= thread_rank(current))
        return false;
    append(current->was_woken ? &woken : &others, current);
    return true;
}

static bool is_overdue(void)
{
    uint64_t now = clock_monotonic();

    if (!passed_since)
        passed_since = now;
    return now - passed_since >= TURN;
}

struct thread *turns_take(void)
{
    struct line *line = woken.first ? &woken : &others;
    struct thread *thread;

    made_up = false;
    if (woken.first && others.first && thread_rank(woken.first) != thread_rank(others.first))
        line = thread_rank(woken.first) > thread_rank(others.first) ? &woken : &others;
    else if (woken.first && others.first)
        made_up = is_overdue();
    if (made_up)
        line = &others;
    if (line == &others)
        passed_since = 0;
    thread = line->first;
    line->first = thread->next_ready;
    turn_end = NEVER;
    return thread;
}

uint64_t turns_end(void)
{
    if (has_rivals() && turn_end == NEVER)
        turn_end = clock_monotonic() + current->turn_left;
    return turn_end;
}

bool turns_pass(uint64_t now)
{
    if (turns_outranked())
        return true;
    if (!has_rivals())
        return false;
    if (turn_end <= now) {
        turns_add_last(current);
        return true;
    }
    if (!woken.first || thread_rank(woken.first) < thread_rank(current) || made_up)
        return false;
    if (turn_end != NEVER)
        current->turn_left = turn_end - now;
    if (current->was_woken)
        append(&woken, current);
    else
        put_first(&others, current);
    return true;
}
