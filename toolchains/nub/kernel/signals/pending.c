/*
 * Sending signals, and which of them a thread receives.
 *
 * A thread has a list of its own, and the process one. A standard signal is in a
 * list once; the real-time ones queue, each with what its sender told. One that
 * was sent to the process is promised to a thread that does not block it, which
 * is woken, and no other thread takes it: unless that thread blocks the signal
 * or ends before it has looked.
 */
#include <resource_limits.h>
#include <memory/pages.h>
#include <signals/pending.h>
#include <threads/wait.h>

#define FIRST_REAL_TIME 32

/* Those that the program causes itself go first (Linux does so). */
#define SYNCHRONOUS                                                                                          \
    (SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGFPE) \
     | SIGNAL_BIT(SIGSYS))

struct wait_queue signals_change, signals_only;

struct pending process_pending;
uint64_t process_promised;

static struct pool pool = { .object_size = sizeof(struct sent) };
static unsigned objects;

struct sent *sent_take(bool must)
{
    struct sent *sent;

    if (!must && objects >= limits[RLIMIT_SIGPENDING].now)
        return NULL;
    sent = pool_take(&pool);
    if (!sent)
        return NULL;
    objects++;
    memset(sent, 0, sizeof(*sent));
    return sent;
}

void sent_give(struct sent *sent)
{
    objects--;
    pool_give(&pool, sent);
}

uint64_t signals_sent(void)
{
    return current->pending.set | process_pending.set;
}

static bool wants(const struct thread *thread, uint64_t bit)
{
    return bit & (~thread->blocked | thread->awaited);
}

static void append(struct pending *pending, struct sent *sent)
{
    sent->next = NULL;
    sent->pending = true;
    if (pending->first)
        pending->last->next = sent;
    else
        pending->first = sent;
    pending->last = sent;
}

/* Takes the first of a signal out of the list, if it has one. */
static struct sent *unlink(struct pending *pending, int signal, bool *more)
{
    struct sent *before = NULL, *found = NULL;

    *more = false;
    for (struct sent *at = pending->first, *last = NULL; at && !*more; last = at, at = at->next) {
        if (at->information.signal != signal)
            continue;
        *more = found;
        if (!found) {
            found = at;
            before = last;
        }
    }
    if (!found)
        return NULL;
    if (before)
        before->next = found->next;
    else
        pending->first = found->next;
    if (pending->last == found)
        pending->last = before;
    found->pending = false;
    return found;
}

/* Takes the first of a signal that is in the set. For one that was sent when
 * there was no memory to note it, nobody knows who sent it. */
static void take_from(struct pending *pending, int signal, struct signal_information *to)
{
    bool more;
    struct sent *sent = unlink(pending, signal, &more);
    struct signal_information information = { .signal = signal };

    if (!more)
        pending->set &= ~SIGNAL_BIT(signal);
    if (sent) {
        information = sent->information;
        if (sent->received)
            sent->received(sent, &information);
        else
            sent_give(sent);
    }
    if (to)
        *to = information;
}

/* Who gets the process's next one: the first thread if it wants it, else each
 * that wants it in turn. */
static struct thread *choose(uint64_t bit)
{
    static int last;
    struct thread *next = NULL, *lowest = NULL;

    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (!wants(thread, bit))
            continue;
        if (thread->id == 1)
            return thread;
        if (!lowest || thread->id < lowest->id)
            lowest = thread;
        if (thread->id > last && (!next || thread->id < next->id))
            next = thread;
    }
    if (!next)
        next = lowest;
    if (next)
        last = next->id;
    return next;
}

/* Ends the thread's wait, if it is in one that signals end. */
static void wake(struct thread *thread, uint64_t bit)
{
    if (thread->waits_for && !thread->undisturbed && wants(thread, bit))
        thread_wake(thread, WAKE_SIGNAL);
}

static void promise(uint64_t bit)
{
    struct thread *thread = choose(bit);

    if (!thread)
        return;
    process_promised |= bit;
    thread->promised |= bit;
    wake(thread, bit);
}

/* The thread no longer wants some that it was promised, or never will look. */
static void pass_on(struct thread *thread, uint64_t set)
{
    set &= thread->promised;
    thread->promised &= ~set;
    process_promised &= ~set;
    for (set &= process_pending.set; set; set &= set - 1)
        promise(set & -set);
}

void signals_blocked(void)
{
    uint64_t unwanted = current->promised & current->blocked & ~current->awaited;

    if (unwanted)
        pass_on(current, unwanted);
}

/* A signal that would be ignored anyway is forgotten at once, unless it is
 * blocked: until it no longer is, it may get a handler. */
static bool is_forgotten(const struct thread *thread, int signal)
{
    if (!signal_is_ignored(signal))
        return false;
    return !((thread ? thread : all_threads)->blocked & SIGNAL_BIT(signal));
}

/* Adds one to the set; without an object only that it was sent is known. */
static void add(struct thread *thread, int signal, struct sent *sent)
{
    struct pending *pending = thread ? &thread->pending : &process_pending;
    uint64_t bit = SIGNAL_BIT(signal);

    if (sent)
        append(pending, sent);
    pending->set |= bit;
    if (thread)
        wake(thread, bit);
    else if (!(process_promised & bit))
        promise(bit);
    wake_all(&signals_change, 0);
}

/* Of a standard signal the first counts, as long as it is not received. */
static bool is_there(const struct thread *thread, int signal)
{
    return signal < FIRST_REAL_TIME && (thread ? &thread->pending : &process_pending)->set & SIGNAL_BIT(signal);
}

bool signal_send_own(struct thread *thread, struct sent *sent)
{
    int signal = sent->information.signal;

    if (is_forgotten(thread, signal))
        return false;
    add(thread, signal, sent);
    return true;
}

int signal_send_with(struct thread *thread, int signal, const struct signal_information *information)
{
    struct sent *sent;

    if (is_forgotten(thread, signal) || is_there(thread, signal))
        return 0;
    sent = sent_take(information->code > 0); /* a fault, or the kernel's own */
    if (sent) {
        sent->information = *information;
        sent->information.signal = signal;
    } else if (signal >= FIRST_REAL_TIME && information->code != CODE_USER) {
        return -EAGAIN;
    }
    add(thread, signal, sent);
    return 0;
}

int signal_send(struct thread *thread, int signal)
{
    const struct signal_information information = { .code = thread ? CODE_TKILL : CODE_USER, .pid = 1 };

    return signal_send_with(thread, signal, &information);
}

static int first_of(uint64_t set)
{
    if (set & SYNCHRONOUS)
        set &= SYNCHRONOUS;
    return set ? __builtin_ctzll(set) + 1 : 0;
}

int signal_take(uint64_t set, struct signal_information *to)
{
    int signal = first_of(current->pending.set & set);

    if (signal) {
        take_from(&current->pending, signal, to);
        return signal;
    }
    signal = first_of(signals_of_process() & set);
    if (!signal)
        return 0;
    take_from(&process_pending, signal, to);
    pass_on(current, SIGNAL_BIT(signal)); /* to whoever wants the next one of the same number */
    return signal;
}

static void forget_in(struct pending *pending, int signal)
{
    while (pending->set & SIGNAL_BIT(signal))
        take_from(pending, signal, NULL);
}

void signal_forget(int signal)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        forget_in(&thread->pending, signal);
        thread->promised &= ~SIGNAL_BIT(signal);
    }
    forget_in(&process_pending, signal);
    process_promised &= ~SIGNAL_BIT(signal);
}

void signals_end(struct thread *thread)
{
    thread->blocked = ~0ULL;
    thread->awaited = 0;
    for (int signal = 1; signal <= SIGNALS; signal++)
        forget_in(&thread->pending, signal);
    pass_on(thread, ~0ULL);
}
