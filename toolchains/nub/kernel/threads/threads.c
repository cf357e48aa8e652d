/*
 * The threads' beginning and end, and their stacks.
 */
#include <halt/halt.h>
#include <memory/areas.h>
#include <threads/thread.h>

/* How much of a stack is kept for the kernel and for reporting that the rest
 * is used up. */
#define STACK_RESERVE 8192

/* The most memory that a stack is given at once. */
#define MOST_STACK (8UL << 20)

static struct pool pool = { .object_size = sizeof(struct thread) };
static int last_id = 1;

/* The thread that ended last and the stack to unmap for it, until somebody
 * else runs: it cannot take away the ground that it stands on. */
static struct thread *ended;
static uintptr_t ended_stack;
static size_t ended_stack_size;

struct thread *thread_find(int id)
{
    struct thread *thread = all_threads;

    while (thread && thread->id != id)
        thread = thread->next;
    return thread;
}

int threads_started(void)
{
    return last_id;
}

/*
 * A stack must have its memory before it is used: exceptions and interrupts
 * push their frames on it, and while its page is not there nobody could report
 * that. So all of the area up to the stack pointer is filled.
 */
static bool give_stack(uintptr_t stack_pointer)
{
    uintptr_t low, high;

    if (!areas_bounds(stack_pointer - 1, &low, &high))
        return true;
    if (stack_pointer - low > MOST_STACK)
        low = ROUND_DOWN(stack_pointer - MOST_STACK, PAGE_SIZE);
    return areas_populate(low, ROUND_UP(stack_pointer, PAGE_SIZE) - low);
}

int thread_start(uintptr_t function, uintptr_t argument, uintptr_t stack, uintptr_t thread_pointer,
                 int *parent_id, int *clear_id)
{
    struct thread *thread = pool_take(&pool);

    if (!thread)
        return 0;
    if (!give_stack(stack)) {
        pool_give(&pool, thread);
        return 0;
    }
    *thread = (struct thread){
        .stack_pointer = new_context(stack, function, argument),
        .thread_pointer = thread_pointer,
        .id = ++last_id,
        .next = all_threads->next,
        .deadline = NEVER,
        .blocked = current->blocked,
        .clear_id = clear_id,
    };
    all_threads->next = thread;
    if (parent_id)
        *parent_id = thread->id;
    scheduler_add(thread);
    return thread->id;
}

void thread_begins(void)
{
    threads_reap();
    kernel_leave(NULL);
}

void thread_ends(int status)
{
    kernel_running = true;
    thread_exit(status, 0, 0);
}

/* The stack pointer is still on the stack; whoever runs next unmaps it. */
NORETURN void thread_exit(int status, uintptr_t stack, size_t stack_size)
{
    struct thread **link = &all_threads;

    if (all_threads == current && !current->next)
        finish(status & 255);
    while (*link != current)
        link = &(*link)->next;
    *link = current->next;
    if (current->clear_id) {
        *current->clear_id = 0;
        threads_wake(current->clear_id, 1);
    }
    ended = current;
    ended_stack = stack;
    ended_stack_size = stack_size;
    scheduler_leave();
}

void threads_reap(void)
{
    if (!ended)
        return;
    if (ended_stack_size)
        areas_unmap(ended_stack, ended_stack_size);
    if (ended->id != 1)
        pool_give(&pool, ended);
    ended = NULL;
}

/*
 * A stack that is almost used up is reported while there is room to do it:
 * under Xen PV, running into the guard page would end the domain without a
 * word. The stack is whatever area the stack pointer is in; only when that
 * looks bad, or changes, is it worth a search.
 */
void thread_check_stack(uintptr_t stack_pointer)
{
    if (stack_pointer - STACK_RESERVE >= current->stack_low && stack_pointer < current->stack_high)
        return;
    if (!areas_bounds(stack_pointer, &current->stack_low, &current->stack_high)) {
        current->stack_low = current->stack_high = 0;
        return;
    }
    if (stack_pointer - current->stack_low < STACK_RESERVE)
        panic("stack overflow: %lu bytes are left of %lu KiB",
              (unsigned long)(stack_pointer - current->stack_low),
              (unsigned long)(current->stack_high - current->stack_low) / 1024);
}
