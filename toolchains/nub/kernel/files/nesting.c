/*
 * Lists of epoll that watch lists. What becomes ready is told upwards, so that
 * there may be no loops, and what there is of levels is bounded (as with Linux, and
 * with its errors): the stack of the kernel is.
 */
#include <files/epoll.h>

#define MOST_LEVELS 4 /* below a list that is watched, and above the first list of a file */

/* Lists that the current look has seen need not be looked at again. */
static unsigned look;

/* Would a list that watches this one be in a loop with it, or too far above others? */
static bool is_too_deep(struct epoll *epoll, const struct epoll *above, unsigned level)
{
    epoll->seen = look;
    for (const struct watch *watch = epoll->watches; watch; watch = watch->next) {
        struct epoll *inner = epoll_of(watch->file);

        if (!inner || inner->seen == look)
            continue;
        if (inner == above || level > MOST_LEVELS || is_too_deep(inner, above, level + 1))
            return true;
    }
    return false;
}

/* How many levels of lists are above one, itself included. */
static unsigned levels_above(const struct epoll *epoll)
{
    unsigned most = 0;

    for (const struct watch *watch = epoll->file->watches; watch; watch = watch->next_of_file)
        most = larger(most, levels_above(watch->epoll));
    return most + 1;
}

/* How many levels of lists are between one and the files furthest below it that are
 * none; 0 when there are no such files. */
static unsigned levels_below(const struct epoll *epoll)
{
    unsigned most = 0;

    for (const struct watch *watch = epoll->watches; watch; watch = watch->next) {
        const struct epoll *inner = epoll_of(watch->file);
        unsigned levels = inner ? levels_below(inner) : 0;

        if (!inner || levels)
            most = larger(most, levels + 1);
    }
    return most;
}

int nesting_check(struct epoll *epoll, struct file *file)
{
    struct epoll *inner = epoll_of(file);
    unsigned below = inner ? levels_below(inner) : 0;

    look++;
    if (inner && is_too_deep(inner, epoll, 0))
        return -ELOOP;
    if ((!inner || below) && levels_above(epoll) + below > MOST_LEVELS + 1)
        return -EINVAL;
    return 0;
}
