/*
 * Pending signals, and which of them a thread takes when.
 */
#include <halt/halt.h>
#include <signals/context.h>
#include <signals/frame.h>
#include <signals/signals.h>
#include <threads/readiness.h>

struct sigaction signal_actions[SIGNALS + 1];

static uint64_t process_pending;

/* What came with each signal when it was sent last. */
static struct signal_information told[SIGNALS + 1];

#define HANDLER_DEFAULT ((void *)0)
#define HANDLER_IGNORE ((void *)1)

#define SA_NODEFER 0x40000000ul
#define SA_RESETHAND 0x80000000ul

static bool is_ignored(int signal)
{
    const void *handler = signal_actions[signal].handler;

    if (handler == HANDLER_DEFAULT)
        return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
    return handler == HANDLER_IGNORE;
}

uint64_t signals_waiting(void)
{
    return current->pending | process_pending;
}

bool signals_wanted(void)
{
    return signals_waiting() & ~current->blocked;
}

static bool wants(const struct thread *thread, uint64_t bit)
{
    return bit & (~thread->blocked | thread->awaited);
}

/* A signal that would be ignored anyway is forgotten at once, unless it is
 * blocked: until it no longer is, it may get a handler. */
static bool is_forgotten(const struct thread *thread, int signal)
{
    if (!is_ignored(signal))
        return false;
    if (thread)
        return !(thread->blocked & SIGNAL_BIT(signal));
    for (thread = all_threads; thread; thread = thread->next)
        if (thread->blocked & SIGNAL_BIT(signal))
            return false;
    return true;
}

void signal_tell(int signal, struct signal_information *to)
{
    *to = told[signal];
}

void signal_send(struct thread *thread, int signal)
{
    const struct signal_information information = { .code = thread ? CODE_TKILL : CODE_USER, .pid = 1 };

    signal_send_with(thread, signal, &information);
}

void signal_send_with(struct thread *thread, int signal, const struct signal_information *information)
{
    uint64_t bit = SIGNAL_BIT(signal);

    if (is_forgotten(thread, signal))
        return;
    told[signal] = *information;
    told[signal].signal = signal;
    if (thread) {
        thread->pending |= bit;
    } else {
        process_pending |= bit;
        thread = all_threads;
        while (thread && !wants(thread, bit))
            thread = thread->next;
    }
    readiness_changed(); /* for who reads signals from a file */
    if (thread && wants(thread, bit) && thread->waits_for)
        thread_wake(thread, WAKE_SIGNAL);
}

int signal_take(uint64_t set)
{
    uint64_t found = signals_waiting() & set;
    int signal = found ? __builtin_ctzll(found) + 1 : 0;

    if (!signal)
        return 0;
    if (current->pending & SIGNAL_BIT(signal))
        current->pending &= ~SIGNAL_BIT(signal);
    else
        process_pending &= ~SIGNAL_BIT(signal);
    return signal;
}

/* Has the program begin the handler when it goes on. */
static void prepare(struct registers *r, int signal, const struct sigaction *action, bool restartable)
{
    struct signal_information information;
    uint64_t mask = current->restore_blocked ? current->blocked_before : current->blocked;

    current->restore_blocked = false;
    signal_tell(signal, &information);
    signal_frame_push(r, action, &information, mask, restartable);
    current->blocked |= action->mask | (action->flags & SA_NODEFER ? 0 : SIGNAL_BIT(signal));
}

bool signals_deliver(struct registers *r, bool restartable)
{
    bool delivered = false;
    int signal;

    while ((signal = signal_take(~current->blocked))) {
        struct sigaction action = signal_actions[signal];

        if (is_ignored(signal))
            continue;
        if ((void *)action.handler == HANDLER_DEFAULT || signal == SIGKILL) {
            print("nub: ended by signal %d\n", signal);
            finish(128 + signal);
        }
        if (action.flags & SA_RESETHAND)
            signal_actions[signal].handler = HANDLER_DEFAULT;
        prepare(r, signal, &action, restartable && !delivered);
        delivered = true;
    }
    return delivered;
}

static bool deliver_when_leaving(struct registers *r)
{
    return signals_deliver(r, false);
}

void signals_mask_until_handled(const uint64_t *set)
{
    current->blocked_before = current->blocked;
    current->restore_blocked = true;
    current->blocked = that_can_be_blocked(*set);
}

void signals_mask_restore(void)
{
    if (current->restore_blocked)
        current->blocked = current->blocked_before;
    current->restore_blocked = false;
}

void signals_start(void)
{
    scheduler_heed_signals(signals_wanted, deliver_when_leaving);
}
