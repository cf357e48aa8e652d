/*
 * The end as the program, or a first panic, wants it.
 */
#include <halt/halt.h>

#define MOST_HOOKS 4

static void (*hooks[MOST_HOOKS])(void);
static unsigned hook_count;

void before_finish(void (*hook)(void))
{
    if (hook_count == MOST_HOOKS)
        panic("more than %d hooks want to run at the end", MOST_HOOKS);
    hooks[hook_count++] = hook;
}

/* Each is forgotten before it runs: if it panics, the way back here leads past it. */
NORETURN void finish(unsigned status)
{
    while (hook_count)
        hooks[--hook_count]();
    halt(status);
}
