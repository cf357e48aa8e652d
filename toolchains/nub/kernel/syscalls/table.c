/*
 * Where every system call of the program arrives. libc calls it as a function:
 * see the musl overlay beside this kernel.
 */
#include <environment/command_line.h>
#include <signals/signals.h>
#include <syscalls/handlers.h>

#define MOST_CALLS 512

typedef long handler(long, long, long, long, long, long);

struct call {
    const char *name;
    handler *handler;
};

/* Handlers take as many arguments as they need, in the types they need; both
 * calling conventions allow that a caller passes more. */
#define NONE NULL
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
    if (!call->handler)
        print("nub: system call %lu (%s) is not implemented\n", number, call->name ? call->name : "unknown");
    else if (option_trace > 1)
        print("nub: system call %lu (%s)\n", number, call->name);
}

/* Makes the call, again after a signal that interrupted it if so wished. Where
 * it returns to is on the stack, and a handler may change that. */
static long make(const struct call *call, const long *v, uintptr_t *frame)
{
    bool again;
    long result;

    do {
        result = call->handler(v[0], v[1], v[2], v[3], v[4], v[5]);
        again = !signals_wanted() || signals_deliver(&frame[1], (uintptr_t)(frame + 2), result != -ERESTART);
        signals_mask_restore();
    } while (result == -ERESTART && again);
    return result == -ERESTART ? -EINTR : result;
}

/* The public entry. */
long __nub_syscall(long number, long a, long b, long c, long d, long e, long f);

long __nub_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    const long arguments[] = { a, b, c, d, e, f };
    uintptr_t *frame = __builtin_frame_address(0);
    const struct call *call;
    long result = -ENOSYS;

    kernel_running = true;
    thread_check_stack((uintptr_t)frame);
    if ((unsigned long)number < MOST_CALLS) {
        call = &calls[number];
        if (option_trace)
            trace(number, call);
        if (call->handler)
            result = make(call, arguments, frame);
    }
    kernel_leave(NULL);
    while (signals_wanted()) {
        kernel_running = true;
        signals_deliver(&frame[1], (uintptr_t)(frame + 2), true);
        kernel_leave(NULL);
    }
    return result;
}
