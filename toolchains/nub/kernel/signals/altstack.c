/*
 * The alternate stack of a thread, for the handlers that want one.
 */
#include <signals/altstack.h>
#include <threads/thread.h>

#define LEAST_SIZE 2048

bool is_on_signal_stack(uintptr_t stack_pointer)
{
    /* One that is put away while a handler runs is never in use. */
    if (current->signal_stack_flags & SS_AUTODISARM)
        return false;
    return stack_pointer - current->signal_stack < current->signal_stack_size;
}

struct stack signal_stack_now(void)
{
    return (struct stack){
        .start = current->signal_stack,
        .size = current->signal_stack_size,
        .flags = current->signal_stack_size ? (int)current->signal_stack_flags : SS_DISABLE,
    };
}

static void put_away(void)
{
    current->signal_stack = current->signal_stack_size = current->signal_stack_flags = 0;
}

long signal_stack_set(const struct stack *set, uintptr_t stack_pointer)
{
    int mode = set->flags & ~SS_AUTODISARM;

    if (is_on_signal_stack(stack_pointer))
        return -EPERM;
    if (mode && mode != SS_DISABLE && mode != SS_ONSTACK)
        return -EINVAL;
    if (mode == SS_DISABLE) {
        put_away();
        return 0;
    }
    if (set->size < LEAST_SIZE)
        return -ENOMEM;
    current->signal_stack = set->start;
    current->signal_stack_size = set->size;
    current->signal_stack_flags = set->flags & SS_AUTODISARM;
    return 0;
}

void signal_stack_entered(void)
{
    if (current->signal_stack_flags & SS_AUTODISARM)
        put_away();
}
