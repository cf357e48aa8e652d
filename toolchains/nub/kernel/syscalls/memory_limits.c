/*
 * RLIMIT_AS and RLIMIT_DATA: how much a program may map, and how much of that may be
 * private and writable, as all that the break adds is. The first stack, which Linux
 * maps as it grows, does not count.
 */
#include <resource_limits.h>
#include <syscalls/memory_calls.h>
#include <threads/thread.h>

struct sums {
    uintptr_t start, end; /* what lies in between is going to be replaced */
    uint64_t all, data, replaced;
};

static bool is_data(const struct mapping *mapping)
{
    return !mapping->shared && mapping->rights & MAY_WRITE;
}

static void add(const struct area_view *view, void *context)
{
    uintptr_t size = view->end - view->start;
    struct sums *sums = context;

    if (view->start < first_stack_end && first_stack_end <= view->end)
        return;
    sums->all += size;
    sums->data += is_data(&view->mapping) ? size : 0;
    if (view->start < sums->end && sums->start < view->end)
        sums->replaced += smaller(view->end, sums->end) - larger(view->start, sums->start);
}

static bool fits(uint64_t size, int resource)
{
    return size <= limits[resource].now;
}

bool memory_allowed(uintptr_t start, size_t size, const struct mapping *mapping)
{
    struct sums sums = { .start = start, .end = start + size };

    if (limits[RLIMIT_AS].now == NO_LIMIT && limits[RLIMIT_DATA].now == NO_LIMIT)
        return true;
    areas_each(add, &sums);
    return fits(sums.all + size - sums.replaced, RLIMIT_AS)
        && (!is_data(mapping) || fits(sums.data + size - sums.replaced, RLIMIT_DATA));
}

bool memory_may_become(const struct area_view *view, uintptr_t start, uintptr_t end, unsigned rights)
{
    struct mapping wanted = view->mapping;
    struct sums sums = { 0 };

    wanted.rights = rights;
    if (limits[RLIMIT_DATA].now == NO_LIMIT || !is_data(&wanted) || is_data(&view->mapping))
        return true;
    areas_each(add, &sums);
    return fits(sums.data + (smaller(end, view->end) - larger(start, view->start)), RLIMIT_DATA);
}
