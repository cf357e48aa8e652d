/*
 * Lists of epoll that watch lists. What becomes ready is told upwards, so that
 * there may be no loops, and what there is of levels is bounded (as with Linux): so
 * is the kernel's stack.
 */
#include <files/epoll.h>

#define MOST_LEVELS 5

/* Lists that the current look has seen. */
static unsigned look;

/* How many levels of lists there are from one downwards, itself included; too many
 * when it leads to `above`. */
static unsigned levels_below(struct epoll *epoll, const struct epoll *above)
{
    unsigned most = 0;

    if (epoll == above)
        return MOST_LEVELS + 1;
    if (epoll->seen == look)
        return epoll->levels;
    epoll->seen = look;
    for (const struct watch *watch = epoll->watches; watch; watch = watch->next) {
        struct epoll *inner = epoll_of(watch->file);

        if (inner)
            most = larger(most, levels_below(inner, above));
    }
    return epoll->levels = most + 1;
}

/* The same upwards. */
static unsigned levels_above(const struct epoll *epoll)
{
    unsigned most = 0;

    for (const struct watch *watch = epoll->file->watches; watch; watch = watch->next_of_file)
        most = larger(most, levels_above(watch->epoll));
    return most + 1;
}

bool nesting_is_good(struct epoll *epoll, const struct file *file)
{
    struct epoll *inner = epoll_of(file);

    look++;
    return !inner || levels_below(inner, epoll) + levels_above(epoll) <= MOST_LEVELS;
}
