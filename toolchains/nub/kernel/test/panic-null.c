/* expect: 255 */
/*
 * Panics by reading through a null pointer, a few calls deep, so that the
 * backtrace has something to tell. Ends with status 255.
 */
#include <stdio.h>

struct thing {
    int x, y;
};

static volatile struct thing *nothing;

__attribute__((noinline)) static int look(volatile struct thing *thing)
{
    return thing->y + 1;
}

__attribute__((noinline)) static int pass_on(volatile struct thing *thing)
{
    return look(thing) + 1;
}

int main(void)
{
    printf("about to follow a null pointer\n");
    printf("%d\n", pass_on(nothing));
    return 1;
}
