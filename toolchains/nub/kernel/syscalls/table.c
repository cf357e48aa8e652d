/*
 * Where every system call of the program arrives. libc calls it as a function:
 * see the musl overlay beside this kernel.
 */
#include <boot/command_line.h>
#include <boot/process.h>
#include <syscalls/handlers.h>

#define MOST_CALLS 512

typedef long handler(long, long, long, long, long, long);

struct call {
    const char *name;
    handler *handler;
};

/* Handlers take as many arguments as they need, in the types they need; both
 * calling conventions allow that a caller passes more. */
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
        print("nub: system call %lu is not implemented\n", number);
    else if (option_trace > 1)
        print("nub: system call %lu (%s)\n", number, call->name);
}

/* The public entry. A stack that is almost used up is reported while there is
 * still room to do it: under Xen PV, running into the guard page would end the
 * domain without a word. */
#define STACK_RESERVE 8192

long __nub_syscall(long number, long a, long b, long c, long d, long e, long f);

long __nub_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
    const struct call *call;

    if (stack - stack_start < STACK_RESERVE)
        panic("stack overflow: %lu bytes are left of %lu KiB", (unsigned long)(stack - stack_start),
              (unsigned long)(stack_end - stack_start) / 1024);
    if ((unsigned long)number >= MOST_CALLS)
        return -ENOSYS;
    call = &calls[number];
    if (option_trace)
        trace(number, call);
    return call->handler ? call->handler(a, b, c, d, e, f) : -ENOSYS;
}
