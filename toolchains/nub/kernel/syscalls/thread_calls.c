/*
 * System calls on threads. What is about the stack that the caller stands on,
 * libc calls by name instead of by number.
 */
#include <memory/areas.h>
#include <syscalls/handlers.h>
#include <threads/thread.h>

enum { ARCH_SET_FS = 0x1002 };
enum { CLONE_PARENT_SETTID = 0x100000, CLONE_CHILD_CLEARTID = 0x200000, CLONE_VM = 0x100, CLONE_THREAD = 0x10000 };

#define THREAD_ENTRY 6 /* of the descriptor table, on i386 */

long threads_exit(int status)
{
    thread_exit(status);
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

/*
 * __nub_clone(function, stack, flags, argument, parent_id, thread_pointer, child_id):
 * runs function(argument) in a new thread on a stack; the arguments are those of
 * libc's own __clone. Answers the new thread's number, or an error.
 */
bool clone_call(struct registers *r)
{
    const int thread = CLONE_VM | CLONE_THREAD;
    int flags = call_argument(r, 2), id;

    if ((flags & thread) == thread) {
        id = thread_start(call_argument(r, 0), call_argument(r, 3), call_argument(r, 1), call_argument(r, 5),
                          flags & CLONE_PARENT_SETTID ? (int *)call_argument(r, 4) : NULL,
                          flags & CLONE_CHILD_CLEARTID ? (int *)call_argument(r, 6) : NULL);
        r->ax = id ? id : -EAGAIN;
    } else {
        /* There is one address space: a process of its own cannot be. */
        r->ax = -ENOSYS;
    }
    return kernel_leave(r);
}

/* __nub_unmapself(stack, size): ends the calling thread and takes its stack away. */
bool unmap_self_call(struct registers *r)
{
    areas_unmap(call_argument(r, 0), call_argument(r, 1));
    thread_exit(0);
}
