/*
 * What epoll keeps: lists, each with the files that it watches.
 */
#ifndef FILES_EPOLL_H
#define FILES_EPOLL_H

#include <files/files.h>

/* Flags beside a watch's events. */
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP (1u << 29)
#define EPOLLONESHOT (1u << 30)
#define EPOLLET (1u << 31)
#define EPOLL_FLAGS (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)

/* A watched file, known by the descriptor that it had when it was added: the file
 * may have others. The watch ends with the file, or with the list. */
struct watch {
    struct waiter waiter; /* in the file's queue, unless it is to tell nothing more */
    struct epoll *epoll;
    struct file *file;
    int fd;
    uint32_t events; /* and flags */
    uint64_t data;
    struct watch *next_of_file;
    struct watch *next, *previous; /* of the list */

    /* Of those that may be ready, in the order in which they became so. */
    bool listed;
    struct watch *next_listed, *previous_listed;
};

struct epoll {
    struct file *file;
    struct watch *watches;
    struct watch *first_listed, *last_listed;
    struct wait_queue waiting; /* threads, of which one is enough for what is ready */
    struct wait_queue polling; /* who waits for the list as for a file */

    /* When it was last looked at how lists are nested: when that was, and how many
     * levels there were. */
    unsigned seen, levels;
};

extern const struct file_kind epoll_file;

static inline struct epoll *epoll_of(const struct file *file)
{
    return file->node.kind == &epoll_file ? file->node.object : NULL;
}

/* files/watches.c */
struct watch *watch_find(const struct epoll *epoll, const struct file *file, int fd);
int watch_add(struct epoll *epoll, struct file *file, int fd, const struct epoll_event *event);
void watch_change(struct watch *watch, const struct epoll_event *event);
void watch_end(struct watch *watch);
unsigned watch_ready(const struct watch *watch);

/* Puts it behind those that may be ready; takes the first of them, if there is one. */
void watch_list(struct watch *watch);
struct watch *watch_take(struct epoll *epoll);

/* Tells nothing more until it is changed. */
void watch_disarm(struct watch *watch);

/* files/nesting.c: false if the list would be in a loop, or lists too deep in lists,
 * when it watches the file. */
bool nesting_is_good(struct epoll *epoll, const struct file *file);

#endif
