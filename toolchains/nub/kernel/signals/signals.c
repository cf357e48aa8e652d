/*
 * Pending signals and their delivery.
 *
 * A handler is called like any function, with the kernel out of the way: on
 * the alternate stack if it wants that, else further down the stack that the
 * program is on. It may return, or leave by longjmp, for the kernel keeps
 * nothing that it would miss. Nobody returns by sigreturn.
 *
 * Alternate stacks are what QEMU makes its coroutines with where libc has no
 * makecontext (musl has none), so they must be good. They are preferred to a
 * swapcontext of our own: that would be code of ours inside of the program,
 * chosen by its configure script, to save four system calls for each
 * coroutine's birth; what it runs on is then a stack that the kernel has not
 * been told of and has not given memory (sigaltstack tells it).
 */
#include <halt/halt.h>
#include <signals/context.h>
#include <signals/signals.h>
#include <threads/readiness.h>

struct sigaction signal_actions[SIGNALS + 1];

static uint64_t process_pending;

/* What came with each signal when it was sent last. */
static struct signal_information told[SIGNALS + 1];

#define HANDLER_DEFAULT ((void *)0)
#define HANDLER_IGNORE ((void *)1)

#define SA_SIGINFO 4ul
#define SA_ONSTACK 0x08000000ul
#define SA_RESTART 0x10000000ul
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

static bool is_on_signal_stack(uintptr_t stack_pointer)
{
    return stack_pointer - current->signal_stack < current->signal_stack_size;
}

/* Runs one handler. The context is the kernel's, on the interrupted stack;
 * what the handler makes of its mask and its place counts. */
static void run(int signal, struct sigaction *action, struct context *context)
{
    struct signal_information information;
    uintptr_t stack = 0;

    signal_tell(signal, &information);
    if (action->flags & SA_ONSTACK && current->signal_stack_size
        && !is_on_signal_stack(context_stack(context)))
        stack = current->signal_stack + current->signal_stack_size;
    current->blocked |= action->mask | (action->flags & SA_NODEFER ? 0 : SIGNAL_BIT(signal));

    kernel_running = false;
    call_handler(stack, (uintptr_t)action->handler, signal, &information, context);
    kernel_running = true;
    current->blocked = that_can_be_blocked(context->mask);
}

/* Delivers all that is wanted; tells whether a handler ran that does not want
 * a system call to be restarted. */
static bool deliver(struct context *context)
{
    bool stops_call = false;
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
        stops_call |= !(action.flags & SA_RESTART);
        context->mask = current->restore_blocked ? current->blocked_before : current->blocked;
        current->restore_blocked = false;
        run(signal, &action, context);
    }
    return stops_call;
}

bool signals_deliver(uintptr_t *ip, uintptr_t stack_pointer, bool complete)
{
    struct context context = { 0 };
    bool stops_call;

    context_from_call(&context, *ip + complete, stack_pointer);
    stops_call = deliver(&context);
    if (context_ip(&context) == *ip + complete)
        return !stops_call;
    *ip = context_ip(&context);
    return false;
}

/* The same for a program that did not expect it. */
static void deliver_interrupted(struct registers *r)
{
    struct context context = { 0 };

    context_from_registers(&context, r);
    deliver(&context);
    context_to_registers(&context, r);
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
    scheduler_heed_signals(signals_wanted, deliver_interrupted);
}
