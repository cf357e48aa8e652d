/*
 * The watches of epoll. Each is an entry in its file's queue, which has it listed
 * when something happens; whether it is ready is asked when somebody wants to know.
 */
#include <files/epoll.h>
#include <memory/pages.h>

static struct pool pool = { .object_size = sizeof(struct watch) };

struct watch *watch_find(const struct epoll *epoll, const struct file *file, int fd)
{
    struct watch *watch = file->watches;

    while (watch && (watch->epoll != epoll || watch->fd != fd))
        watch = watch->next_of_file;
    return watch;
}

void watch_list(struct watch *watch)
{
    struct epoll *epoll = watch->epoll;

    if (watch->listed)
        return;
    watch->listed = true;
    watch->next_listed = NULL;
    watch->previous_listed = epoll->last_listed;
    if (epoll->last_listed)
        epoll->last_listed->next_listed = watch;
    else
        epoll->first_listed = watch;
    epoll->last_listed = watch;
}

static void unlist(struct watch *watch)
{
    struct epoll *epoll = watch->epoll;

    if (!watch->listed)
        return;
    watch->listed = false;
    if (watch->previous_listed)
        watch->previous_listed->next_listed = watch->next_listed;
    else
        epoll->first_listed = watch->next_listed;
    if (watch->next_listed)
        watch->next_listed->previous_listed = watch->previous_listed;
    else
        epoll->last_listed = watch->previous_listed;
}

struct watch *watch_take(struct epoll *epoll)
{
    struct watch *watch = epoll->first_listed;

    if (watch)
        unlist(watch);
    return watch;
}

static void happened(struct watch *watch)
{
    watch_list(watch);
    wake_some(&watch->epoll->waiting, 0, 1);
    wake_all(&watch->epoll->polling, POLLIN | POLLRDNORM);
}

static void notify(struct waiter *waiter, unsigned events)
{
    (void)events;
    happened((struct watch *)((char *)waiter - offsetof(struct watch, waiter)));
}

unsigned watch_ready(const struct watch *watch)
{
    return watch->waiter.queue ? file_ready(watch->file, watch->events & ~EPOLL_FLAGS) : 0;
}

void watch_change(struct watch *watch, const struct epoll_event *event)
{
    watch->events = event->events;
    watch->data = event->data;
    wait_join(&watch->waiter, watch->file->node.kind->queue(watch->file),
              (event->events & ~EPOLL_FLAGS) | READY_ANYWAY);
    if (watch_ready(watch))
        happened(watch);
}

void watch_disarm(struct watch *watch)
{
    wait_leave(&watch->waiter);
}

int watch_add(struct epoll *epoll, struct file *file, int fd, const struct epoll_event *event)
{
    struct watch *watch = pool_take(&pool);

    if (!watch)
        return -ENOMEM;
    *watch = (struct watch){
        .waiter.notify = notify, .epoll = epoll, .file = file, .fd = fd,
        .next_of_file = file->watches, .next = epoll->watches,
    };
    file->watches = watch;
    if (epoll->watches)
        epoll->watches->previous = watch;
    epoll->watches = watch;
    watch_change(watch, event);
    return 0;
}

void watch_end(struct watch *watch)
{
    struct watch **link = &watch->file->watches;

    while (*link != watch)
        link = &(*link)->next_of_file;
    *link = watch->next_of_file;
    if (watch->previous)
        watch->previous->next = watch->next;
    else
        watch->epoll->watches = watch->next;
    if (watch->next)
        watch->next->previous = watch->previous;
    unlist(watch);
    wait_leave(&watch->waiter);
    pool_give(&pool, watch);
}

void epoll_forget(struct file *file)
{
    while (file->watches)
        watch_end(file->watches);
}
