/*
 * Who waits for which lock, and who has inherited what from them.
 */
#include <memory/program.h>
#include <threads/inherit.h>
#include <threads/wait.h>

/* One who waits, on its stack. */
struct heir {
    struct heir *next;
    unsigned *word;
    struct thread *thread, *holder;
    bool passed; /* the lock is its own now */
};

/* All of them, by the time since when they wait. */
static struct heir *heirs;

static bool raise(struct thread *thread, int priority)
{
    if (thread->inherited >= priority)
        return false;
    thread->inherited = priority;
    scheduler_ranked(thread);
    return true;
}

/* Holders may wait themselves, so what one inherits goes on to others. */
void inherit_renew(void)
{
    bool changed = true;

    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (!thread->inherited)
            continue;
        thread->inherited = 0;
        scheduler_ranked(thread);
    }
    while (changed) {
        changed = false;
        for (struct heir *heir = heirs; heir; heir = heir->next)
            changed |= raise(heir->holder, thread_rank(heir->thread));
    }
}

static const struct heir *heir_of(const struct thread *thread)
{
    const struct heir *heir = heirs;

    while (heir && heir->thread != thread)
        heir = heir->next;
    return heir;
}

bool inherit_is_deadlock(const struct thread *holder)
{
    const struct heir *heir;

    while (holder != current && (heir = heir_of(holder)))
        holder = heir->holder;
    return holder == current;
}

static void remove(struct heir *heir)
{
    struct heir **link = &heirs;

    while (*link != heir)
        link = &(*link)->next;
    *link = heir->next;
}

enum wake inherit_wait(unsigned *word, struct thread *holder, uint64_t deadline)
{
    struct heir heir = { .word = word, .thread = current, .holder = holder }, **link = &heirs;
    enum wake why = WAKE_EVENT;

    while (*link)
        link = &(*link)->next;
    *link = &heir;
    inherit_renew();
    while (!heir.passed && why == WAKE_EVENT)
        why = thread_wait(&heir, deadline);
    if (heir.passed)
        return WAKE_EVENT;
    remove(&heir);
    inherit_renew();
    return why;
}

static struct heir *first_for(const unsigned *word)
{
    struct heir *first = NULL;

    for (struct heir *heir = heirs; heir; heir = heir->next)
        if (heir->word == word && (!first || thread_rank(heir->thread) > thread_rank(first->thread)))
            first = heir;
    return first;
}

void inherit_pass(unsigned *word, unsigned bits)
{
    struct heir *first = first_for(word);

    if (!first) {
        *word = bits;
        return;
    }
    remove(first);
    *word = first->thread->id | bits;
    for (struct heir *heir = heirs; heir; heir = heir->next) {
        if (heir->word != word)
            continue;
        heir->holder = first->thread;
        *word |= LOCK_WAITED_FOR;
    }
    first->passed = true;
    threads_wake(first, 1);
    inherit_renew();
}

/* The lock has gone with its memory. */
static void let_go(struct heir *heir)
{
    remove(heir);
    heir->passed = true;
    threads_wake(heir, 1);
}

/* Whoever gets a lock whose holder has ended is told. */
void inherit_end(struct thread *thread)
{
    struct heir *heir = heirs;

    while (heir) {
        if (heir->holder != thread) {
            heir = heir->next;
            continue;
        }
        if (program_may_write(heir->word, sizeof(*heir->word)))
            inherit_pass(heir->word, LOCK_HOLDER_DIED);
        else
            let_go(heir);
        heir = heirs;
    }
}
