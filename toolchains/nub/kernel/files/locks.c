/*
 * All locks in one list: there are few.
 */
#include <files/locks.h>
#include <memory/pages.h>

static struct pool pool = { .object_size = sizeof(struct lock) };
static struct lock *all;

void lock_for(struct lock *lock, const struct file *file)
{
    lock->what = file->node.ram ? (const void *)file->node.ram : file->node.object;
}

static bool is_same_owner(const struct lock *one, const struct lock *other)
{
    return one->what == other->what && one->whole == other->whole && one->file == other->file;
}

static bool overlaps(const struct lock *one, const struct lock *other)
{
    return one->start <= other->last && other->start <= one->last;
}

const struct lock *lock_conflict(const struct lock *lock)
{
    for (const struct lock *at = all; at; at = at->next)
        if (at->what == lock->what && at->whole == lock->whole && at->file != lock->file && overlaps(at, lock)
            && (at->type == F_WRLCK || lock->type == F_WRLCK))
            return at;
    return NULL;
}

bool lock_is_set(const struct file *file, int type)
{
    const struct lock *at = all;

    while (at && (!at->whole || at->file != file || at->type != type))
        at = at->next;
    return at;
}

static void drop(struct lock **link)
{
    struct lock *lock = *link;

    *link = lock->next;
    pool_give(&pool, lock);
}

static void add(struct lock *lock)
{
    lock->next = all;
    all = lock;
}

/* Takes a range out of the owner's locks. One that reaches over both ends of it
 * leaves two: `spare` is the second, and NULL when it was used. */
static void cut(const struct lock *range, struct lock **spare)
{
    for (struct lock **link = &all; *link;) {
        struct lock *at = *link;
        bool before = at->start < range->start, behind = at->last > range->last;

        if (!is_same_owner(at, range) || !overlaps(at, range)) {
            link = &at->next;
        } else if (!before && !behind) {
            drop(link);
        } else {
            if (before && behind) {
                **spare = *at;
                (*spare)->start = range->last + 1;
                add(*spare);
                *spare = NULL;
            }
            if (before)
                at->last = range->start - 1;
            else
                at->start = range->last + 1;
            link = &at->next;
        }
    }
}

/* Makes one of the owner's locks of a type that touch each other. */
static void join(struct lock *lock)
{
    for (struct lock **link = &all; *link;) {
        struct lock *at = *link;

        if (at != lock && is_same_owner(at, lock) && at->type == lock->type
            && (at->last == lock->start - 1 || (lock->last != INT64_MAX && at->start == lock->last + 1))) {
            lock->start = smaller(lock->start, at->start);
            lock->last = larger(lock->last, at->last);
            drop(link);
        } else {
            link = &at->next;
        }
    }
}

static int set_now(const struct lock *lock)
{
    struct lock *own = pool_take(&pool), *spare = pool_take(&pool);
    int error = own && spare ? 0 : -ENOLCK;

    if (!error) {
        cut(lock, &spare);
        threads_wake(&all, ~0U);
        if (lock->type != F_UNLCK) {
            *own = *lock;
            add(own);
            join(own);
            own = NULL;
        }
    }
    if (own)
        pool_give(&pool, own);
    if (spare)
        pool_give(&pool, spare);
    return error;
}

int lock_set(const struct lock *lock, bool wait)
{
    while (lock->type != F_UNLCK && lock_conflict(lock)) {
        if (!wait)
            return -EAGAIN;
        if (thread_wait(&all, NEVER) == WAKE_SIGNAL)
            return -ERESTART;
    }
    return set_now(lock);
}

static void end(const void *what, const struct file *file)
{
    bool ended = false;

    for (struct lock **link = &all; *link;) {
        if ((*link)->file == file && (*link)->what == what) {
            drop(link);
            ended = true;
        } else {
            link = &(*link)->next;
        }
    }
    if (ended)
        threads_wake(&all, ~0U);
}

void locks_end(const struct file *file)
{
    struct lock key;

    lock_for(&key, file);
    end(key.what, file);
}

void locks_end_process(const struct file *file)
{
    struct lock key;

    lock_for(&key, file);
    end(key.what, NULL);
}
