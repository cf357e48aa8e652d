/*
 * Signals, as far as a process with one thread sends them to itself: ignored,
 * kept while they are blocked, given to the handler, or the end.
 */
#include <panic/panic.h>
#include <syscalls/handlers.h>

enum {
    SIGKILL = 9, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19, SIGURG = 23, SIGWINCH = 28,
    SIGNALS = 64,
};
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

#define HANDLER_DEFAULT ((void *)0)
#define HANDLER_IGNORE ((void *)1)
#define BIT(signal) (1ULL << ((signal) - 1))

static struct sigaction actions[SIGNALS + 1];
static uint64_t blocked, pending;

static bool ignored_by_default(int signal)
{
    return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

static void deliver(int signal)
{
    const struct sigaction *action = &actions[signal];
    uint64_t before = blocked;

    if (action->handler == HANDLER_IGNORE
        || (action->handler == HANDLER_DEFAULT && ignored_by_default(signal)))
        return;
    if (action->handler == HANDLER_DEFAULT || signal == SIGKILL)
        finish(128 + signal);

    /* A plain call. The handler's other two arguments, information and
     * context, do not exist: nobody but the program itself sends signals. */
    blocked |= action->mask | BIT(signal);
    action->handler(signal, NULL, NULL);
    blocked = before;
}

static void deliver_pending(void)
{
    while (pending & ~blocked) {
        int signal = __builtin_ctzll(pending & ~blocked) + 1;

        pending &= ~BIT(signal);
        deliver(signal);
    }
}

long signals_action(int signal, const struct sigaction *set, struct sigaction *get)
{
    if (signal < 1 || signal > SIGNALS || (set && (signal == SIGKILL || signal == SIGSTOP)))
        return -EINVAL;
    if (get)
        *get = actions[signal];
    if (set)
        actions[signal] = *set;
    return 0;
}

long signals_mask(int how, const uint64_t *set, uint64_t *get)
{
    uint64_t before = blocked;

    if (set) {
        switch (how) {
        case SIG_BLOCK: blocked |= *set; break;
        case SIG_UNBLOCK: blocked &= ~*set; break;
        case SIG_SETMASK: blocked = *set; break;
        default: return -EINVAL;
        }
        blocked &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
    }
    if (get)
        *get = before;
    deliver_pending();
    return 0;
}

long signals_kill(int pid, int signal)
{
    if (pid != 1 && pid != 0 && pid != -1)
        return -ESRCH;
    if (signal < 0 || signal > SIGNALS)
        return -EINVAL;
    if (signal) {
        pending |= BIT(signal);
        deliver_pending();
    }
    return 0;
}

long signals_tgkill(int group, int thread, int signal)
{
    return group == 1 ? signals_kill(thread, signal) : -ESRCH;
}
