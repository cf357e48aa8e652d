/*
 * System calls on threads. What is about the stack that the caller stands on,
 * libc calls by name instead of by number.
 */
#include <syscalls/handlers.h>
#include <threads/thread.h>

enum { ARCH_SET_FS = 0x1002 };
enum { PR_SET_NAME = 15, PR_GET_NAME = 16 };
enum { CLONE_PARENT_SETTID = 0x100000, CLONE_CHILD_CLEARTID = 0x200000, CLONE_VM = 0x100, CLONE_THREAD = 0x10000 };

#define THREAD_ENTRY 6 /* of the descriptor table, on i386 */

long threads_exit(int status)
{
    thread_exit(status, 0, 0);
}

long threads_id(void) { return current->id; }

long threads_set_clear_id(int *where)
{
    current->clear_id = where;
    return current->id;
}

long threads_yield(void)
{
    thread_yield();
    return 0;
}

/* A name helps whoever reads a panic. */
long threads_prctl(int option, char *argument)
{
    switch (option) {
    case PR_SET_NAME:
        format(current->name, sizeof(current->name), "%s", argument);
        return 0;
    case PR_GET_NAME:
        memcpy(argument, current->name, sizeof(current->name));
        return 0;
    default:
        return -EINVAL;
    }
}

static long set_pointer(uintptr_t base)
{
    current->thread_pointer = base;
    cpu_set_thread_pointer(base);
    return 0;
}

long threads_arch_prctl(int code, uintptr_t address)
{
    return code == ARCH_SET_FS ? set_pointer(address) : -EINVAL;
}

long threads_set_thread_area(struct user_desc *description)
{
    if (description->entry_number != ~0U && description->entry_number != THREAD_ENTRY)
        return -EINVAL;
    description->entry_number = THREAD_ENTRY;
    return set_pointer(description->base_addr);
}

/* Runs function(argument) in a new thread on a stack; the arguments are those
 * of libc's own __clone. Answers the new thread's number, or an error. */
int __nub_clone(int (*function)(void *), void *stack, int flags, void *argument, int *parent_id,
                void *thread_pointer, int *child_id);

int __nub_clone(int (*function)(void *), void *stack, int flags, void *argument, int *parent_id,
                void *thread_pointer, int *child_id)
{
    const int thread = CLONE_VM | CLONE_THREAD;
    int id;

    /* There is one address space: a process of its own cannot be. */
    if ((flags & thread) != thread)
        return -ENOSYS;
    kernel_running = true;
    id = thread_start((uintptr_t)function, (uintptr_t)argument, (uintptr_t)stack, (uintptr_t)thread_pointer,
                      flags & CLONE_PARENT_SETTID ? parent_id : NULL,
                      flags & CLONE_CHILD_CLEARTID ? child_id : NULL);
    kernel_leave(NULL);
    return id ? id : -EAGAIN;
}

/* Ends the calling thread and takes its stack away. */
NORETURN void __nub_unmapself(void *stack, size_t size);

NORETURN void __nub_unmapself(void *stack, size_t size)
{
    kernel_running = true;
    thread_exit(0, (uintptr_t)stack, size);
}
