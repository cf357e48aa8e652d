/*
 * System calls on signals.
 */
#include <memory/program.h>
#include <signals/altstack.h>
#include <signals/frame.h>
#include <signals/pending.h>
#include <syscalls/handlers.h>
#include <syscalls/identity.h>
#include <time/clock.h>

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

/* Of a set of signals, which libc tells. */
#define SET_SIZE sizeof(uint64_t)

long signals_action(int signal, const struct sigaction *set, struct sigaction *get, size_t size)
{
    if (size != SET_SIZE)
        return -EINVAL;
    if (signal < 1 || signal > SIGNALS || (set && (signal == SIGKILL || signal == SIGSTOP)))
        return -EINVAL;
    if (get)
        *get = signal_actions[signal];
    if (set) {
        signal_actions[signal] = *set;
        if (signal_is_ignored(signal))
            signal_forget(signal);
    }
    return 0;
}

long signals_mask(int how, const uint64_t *set, uint64_t *get, size_t size)
{
    uint64_t before = current->blocked;

    if (size != SET_SIZE)
        return -EINVAL;
    if (set) {
        switch (how) {
        case SIG_BLOCK: current->blocked |= that_can_be_blocked(*set); break;
        case SIG_UNBLOCK: current->blocked &= ~*set; break;
        case SIG_SETMASK: current->blocked = that_can_be_blocked(*set); break;
        default: return -EINVAL;
        }
        signals_blocked();
    }
    if (get)
        *get = before;
    return 0;
}

/* The mask goes back when the handler is done. A signal that is ignored wakes
 * nobody, but may be pending, hence the loop. */
static long suspend(const uint64_t *set)
{
    signals_mask_until_handled(set);
    while (wait_on(&signals_only, 0, NEVER) != WAKE_SIGNAL)
        continue;
    return -EINTR;
}

long signals_suspend(const uint64_t *set, size_t size)
{
    return size == SET_SIZE ? suspend(set) : -EINVAL;
}

long signals_pause(void)
{
    return suspend(&current->blocked);
}

long signals_pending(uint64_t *to, size_t size)
{
    const uint64_t pending = signals_sent() & current->blocked;

    if (size > SET_SIZE)
        return -EINVAL;
    memcpy(to, &pending, size);
    return 0;
}

static long take_or_wait(uint64_t set, struct signal_information *information, uint64_t deadline)
{
    for (;;) {
        enum wake why = WAKE_TIMEOUT;
        int signal = signal_take(set, information);

        if (signal)
            return signal;
        if (deadline > clock_monotonic()) {
            current->awaited = set;
            why = wait_on(&signals_only, 0, deadline);
            signal = signal_take(set, information);
            current->awaited = 0;
            signals_blocked();
        }
        if (signal)
            return signal;
        if (why == WAKE_TIMEOUT)
            return -EAGAIN;
        if (signals_wanted())
            return -EINTR;
    }
}

static long wait_for(uint64_t set, void *to, uint64_t deadline)
{
    struct signal_information information;
    long signal = take_or_wait(set, &information, deadline);

    return signal > 0 && to && copy_to_program(to, &information, sizeof(information)) ? -EFAULT : signal;
}

static bool is_time(int64_t seconds, uint32_t nanoseconds)
{
    return seconds >= 0 && nanoseconds < NANOSECONDS;
}

long signals_timedwait(const uint64_t *set, void *information, const struct timespec64 *timeout, size_t size)
{
    if (size != SET_SIZE || (timeout && !is_time(timeout->seconds, timeout->nanoseconds)))
        return -EINVAL;
    return wait_for(*set, information, timeout ? clock_deadline(timeout->seconds, timeout->nanoseconds) : NEVER);
}

long signals_timedwait32(const uint64_t *set, void *information, const struct timespec32 *timeout, size_t size)
{
    if (size != SET_SIZE || (timeout && !is_time(timeout->seconds, timeout->nanoseconds)))
        return -EINVAL;
    return wait_for(*set, information, timeout ? clock_deadline(timeout->seconds, timeout->nanoseconds) : NEVER);
}

long signals_stack(const struct stack *set, struct stack *get)
{
    uintptr_t stack_pointer = program_registers(current)->sp;
    struct stack wanted;

    if (set)
        wanted = *set; /* they may be one and the same */
    if (get) {
        *get = signal_stack_now();
        get->flags |= is_on_signal_stack(stack_pointer) ? SS_ONSTACK : 0;
    }
    return set ? signal_stack_set(&wanted, stack_pointer) : 0;
}

static long send(struct thread *thread, int signal, const struct signal_information *information)
{
    if (signal < 0 || signal > SIGNALS)
        return -EINVAL;
    return signal ? signal_send_with(thread, signal, information) : 0;
}

/* All other processes (-1) are none, and the process is its own group. */
long signals_kill(int pid, int signal)
{
    const struct signal_information information = { .code = CODE_USER, .pid = 1, .uid = process_user.real };

    return pid == 1 || pid == 0 ? send(NULL, signal, &information) : -ESRCH;
}

static long send_to(int id, int signal, const struct signal_information *information)
{
    struct thread *thread = thread_find(id);

    if (id <= 0)
        return -EINVAL;
    return thread ? send(thread, signal, information) : -ESRCH;
}

long signals_tkill(int id, int signal)
{
    const struct signal_information information = { .code = CODE_TKILL, .pid = 1, .uid = process_user.real };

    return send_to(id, signal, &information);
}

long signals_tgkill(int group, int id, int signal)
{
    if (group <= 0)
        return -EINVAL;
    return group == 1 ? signals_tkill(id, signal) : -ESRCH;
}

long signals_queue(int pid, int signal, const struct signal_information *information)
{
    return pid == 1 ? send(NULL, signal, information) : -ESRCH;
}

long signals_queue_thread(int group, int id, int signal, const struct signal_information *information)
{
    if (group <= 0)
        return -EINVAL;
    return group == 1 ? send_to(id, signal, information) : -ESRCH;
}
