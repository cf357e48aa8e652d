/*
 * What is done about each signal, and when handlers run.
 */
#include <halt/halt.h>
#include <signals/context.h>
#include <signals/frame.h>
#include <signals/pending.h>
#include <signals/settle.h>
#include <xen/numbers.h>

struct sigaction signal_actions[SIGNALS + 1];

#define HANDLER_DEFAULT ((void *)0)
#define HANDLER_IGNORE ((void *)1)

#define SA_NODEFER 0x40000000ul
#define SA_RESETHAND 0x80000000ul

bool signal_is_ignored(int signal)
{
    const void *handler = signal_actions[signal].handler;

    if (handler == HANDLER_DEFAULT)
        return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
    return handler == HANDLER_IGNORE;
}

bool signal_is_handled(int signal)
{
    const void *handler = signal_actions[signal].handler;

    return handler != HANDLER_DEFAULT && handler != HANDLER_IGNORE && !(current->blocked & SIGNAL_BIT(signal));
}

/* Those that leave a core file behind with Linux are crashes for Xen. */
static NORETURN void end_by(int signal)
{
    const uint64_t crashes = SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGABRT) |
                             SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGXCPU) |
                             SIGNAL_BIT(SIGXFSZ) | SIGNAL_BIT(SIGSYS);

    if (crashes & SIGNAL_BIT(signal))
        halt_reason = SHUTDOWN_crash;
    print("nub: ended by signal %d\n", signal);
    finish(128 + signal);
}

/* Has the program begin the handler when it goes on. */
static void prepare(struct registers *r, const struct signal_information *information,
                    const struct sigaction *action, enum restart restart)
{
    uint64_t mask = current->restore_blocked ? current->blocked_before : current->blocked;

    current->restore_blocked = false;
    if (!signal_frame_fits(r, action)) {
        print("nub: no room on the stack for the handler of signal %d\n", information->signal);
        end_by(SIGSEGV);
    }
    signal_frame_push(r, action, information, mask, restart);
    current->blocked |= that_can_be_blocked(action->mask);
    if (!(action->flags & SA_NODEFER))
        current->blocked |= SIGNAL_BIT(information->signal);
    signals_blocked();
}

bool signals_deliver(struct registers *r, enum restart restart)
{
    struct signal_information information;
    bool delivered = false;
    int signal;

    while ((signal = signal_take(~current->blocked, &information))) {
        struct sigaction action = signal_actions[signal];

        if (signal_is_ignored(signal))
            continue;
        if ((void *)action.handler == HANDLER_DEFAULT || signal == SIGKILL)
            end_by(signal);
        if (action.flags & SA_RESETHAND)
            signal_actions[signal].handler = HANDLER_DEFAULT;
        signal_settle_call(r);
        prepare(r, &information, &action, delivered ? RESTART_NOT : restart);
        delivered = true;
    }
    return delivered;
}

static bool deliver_when_leaving(struct registers *r)
{
    return signals_deliver(r, RESTART_NOT);
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
    kernel_changed = true;
    signals_blocked();
}

void signals_start(void)
{
    scheduler_heed_signals(signals_wanted, deliver_when_leaving, signals_end);
}
