/*
 * The threads' beginning and end.
 */
#include <halt/halt.h>
#include <memory/program.h>
#include <threads/inherit.h>
#include <threads/kernel_stacks.h>

uintptr_t first_stack_end;

static struct pool pool = { .object_size = sizeof(struct thread) };
static int last_id = 1;

/* The thread that ended last, until somebody else runs: it cannot take away the
 * ground that it stands on. */
static struct thread *ended;

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

int thread_start(uintptr_t function, uintptr_t argument, uintptr_t stack, uintptr_t thread_pointer,
                 int *parent_id, int *clear_id)
{
    struct thread *thread = pool_take(&pool);
    bool inherits = !(current->policy & SCHED_RESET_ON_FORK);
    uintptr_t kernel_stack;

    if (!thread)
        return 0;
    kernel_stack = kernel_stack_take();
    if (!kernel_stack) {
        pool_give(&pool, thread);
        return 0;
    }
    *thread = (struct thread){
        .stack_pointer = new_context(kernel_stack, stack, function, argument),
        .kernel_stack = kernel_stack,
        .thread_pointer = thread_pointer,
        .id = ++last_id,
        .next = all_threads->next,
        .blocked = current->blocked,
        .policy = inherits ? current->policy : 0,
        .priority = inherits ? current->priority : 0,
        .nice = current->nice,
        .slack = current->slack,
        .clear_id = clear_id,
    };
    all_threads->next = thread;
    if (parent_id)
        *parent_id = thread->id;
    scheduler_add(thread);
    return thread->id;
}

void thread_begins(struct registers *r)
{
    threads_reap();
    kernel_leave(r);
}

NORETURN void thread_exit(int status)
{
    struct thread **link = &all_threads;

    if (all_threads == current && !current->next)
        finish(status & 255);
    while (*link != current)
        link = &(*link)->next;
    *link = current->next;
    if (current->clear_id && program_may_write(current->clear_id, sizeof(*current->clear_id))) {
        *current->clear_id = 0;
        threads_wake(current->clear_id, 1);
    }
    inherit_end(current);
    ended = current;
    scheduler_leave();
}

void threads_reap(void)
{
    if (!ended)
        return;
    if (ended->id != 1) {
        kernel_stack_give(ended->kernel_stack);
        pool_give(&pool, ended);
    }
    ended = NULL;
}
