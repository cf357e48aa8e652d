/*
 * What libc calls by name instead of by number, because it is about the stack
 * that the caller stands on. There are no threads yet.
 */
#include <panic/panic.h>
#include <syscalls/linux.h>

/* Starts function(argument) on a stack; the arguments are those of libc's own
 * __clone. Answers the new thread's number, or an error. */
int __nub_clone(int (*function)(void *), void *stack, int flags, void *argument, int *parent_tid,
                void *thread_pointer, int *child_tid);

int __nub_clone(int (*function)(void *), void *stack, int flags, void *argument, int *parent_tid,
                void *thread_pointer, int *child_tid)
{
    (void)function;
    (void)stack;
    (void)flags;
    (void)argument;
    (void)parent_tid;
    (void)thread_pointer;
    (void)child_tid;
    return -ENOSYS;
}

/* Ends the calling thread and takes its stack away. */
NORETURN void __nub_unmapself(void *stack, size_t size);

NORETURN void __nub_unmapself(void *stack, size_t size)
{
    (void)stack;
    (void)size;
    finish(0);
}
