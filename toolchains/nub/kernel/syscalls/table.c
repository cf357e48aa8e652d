/*
 * Where every system call of the program arrives. libc calls it as a function:
 * see the musl overlay beside this kernel.
 */
#include <environment/command_line.h>
#include <signals/signals.h>
#include <syscalls/answers.h>
#include <syscalls/handlers.h>
#include <syscalls/numbers.h>
#include <syscalls/pointers.h>
#include <syscalls/sockets.h>
#include <threads/thread.h>

typedef long handler(long, long, long, long, long, long);

struct call {
    const char *name;
    handler *handler;
};

/* Handlers take as many arguments as they need, in the types they need; both
 * calling conventions allow that a caller passes more. */
#define NONE NULL
#define ANSWER NULL
#define CALL(name, number, function) [number] = { #name, (void *)function },
#define BOTH(name, number_x86_64, number_i386, function) CALL(name, NUMBER(number_x86_64, number_i386), function)

#ifdef __x86_64__
#define NUMBER(x86_64, i386) x86_64
#define X86_64(name, number, function) CALL(name, number, function)
#define I386(name, number, function)
#else
#define NUMBER(x86_64, i386) i386
#define X86_64(name, number, function)
#define I386(name, number, function) CALL(name, number, function)
#endif

static const struct call calls[MOST_CALLS] = {
#include <syscalls/table.h>
};

/* A call is named once. */
static void trace(unsigned long number, const struct call *call)
{
    static bool named[MOST_CALLS];

    if (named[number])
        return;
    named[number] = true;
    if (!call->handler && !answers[number])
        print("nub: system call %lu (%s) is not implemented\n", number, call->name ? call->name : "unknown");
    else if (option_trace > 1)
        print("nub: system call %lu (%s)\n", number, call->name);
}

/* Makes the call, again after a signal that interrupted it if that is ignored
 * after all. True when a handler is to run first: `r` tells where it begins. */
static bool make(struct registers *r, const struct call *call, const long *v)
{
    enum restart restart;
    bool handled = false;
    long result;

    do {
        result = call->handler(v[0], v[1], v[2], v[3], v[4], v[5]);
        restart = result == -ERESTART ? RESTART_AS_TOLD : result == -ERESTART_ALWAYS ? RESTART_ALWAYS : RESTART_NOT;
        r->ax = restart ? -EINTR : result;
        handled = signals_wanted() && signals_deliver(r, restart);
        if (current->restore_blocked)
            signals_mask_restore();
    } while (restart && !handled);
    return handled;
}

static inline bool dispatch(struct registers *r, unsigned long number, const long *arguments)
{
    const struct call *call = &calls[number];
    bool handled = false;

    r->ax = -ENOSYS;
    if (number < MOST_CALLS) {
        if (option_trace)
            trace(number, call);
        if (call->handler && !pointers_good(number, arguments))
            r->ax = -EFAULT;
        else if (call->handler)
            handled = make(r, call, arguments);
        else if (answers[number])
            r->ax = *answers[number];
    }
    return handled;
}

/* __nub_syscall(number, a, b, c, d, e, f) */
bool system_call(struct registers *r)
{
    const long arguments[] = {
        call_argument(r, 1), call_argument(r, 2), call_argument(r, 3),
        call_argument(r, 4), call_argument(r, 5), call_argument(r, 6),
    };
    bool handled = dispatch(r, call_argument(r, 0), arguments);

    if (kernel_noted || kernel_changed)
        handled |= kernel_leave(r);
    return handled;
}

/* From a program that does not leave it to its libc. */
bool system_call_instruction(struct registers *r)
{
    long arguments[6], number = instruction_argument(r, 0);
    char vectors[MOST_VECTORS] VECTORS_ALIGNED;

    for (unsigned i = 0; i < COUNT_OF(arguments); i++)
        arguments[i] = instruction_argument(r, i + 1);
    kernel_running = true;
    interrupts_on();
    r->error = number;
    cpu_save_vectors(vectors);
    current->vectors = vectors;
    dispatch(r, number, arguments);
    program_resume(r, current->vectors);
    return true;
}
