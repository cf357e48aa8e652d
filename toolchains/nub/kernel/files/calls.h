/*
 * System calls that make a kind of file and work on no other: they stand beside
 * what they make.
 */
#ifndef FILES_CALLS_H
#define FILES_CALLS_H

#include <linux/interface.h>

struct file;

/* files/epoll.c */
long epoll_open(int flags);
long epoll_open_sized(int size);
long epoll_control(int epoll_fd, int operation, int fd, const struct epoll_event *event);
long epoll_wait(int epoll_fd, struct epoll_event *events, int most, int milliseconds, const uint64_t *mask);
long epoll_wait_exactly(int epoll_fd, struct epoll_event *events, int most, const struct timespec64 *timeout,
                        const uint64_t *mask);
long epoll_wait_plain(int epoll_fd, struct epoll_event *events, int most, int milliseconds);

/* files/pipe.c, files/event.c, files/signal_file.c */
long signal_file_open(int fd, const uint64_t *set, size_t size, int flags);
long signal_file_open_plain(int fd, const uint64_t *set, size_t size);
long pipe_open(int *ends, int flags);
long pipe_open_plain(int *ends);
long pipe_size(struct file *file, int command, unsigned long bytes); /* fcntl's */
long event_open(unsigned count, int flags);
long event_open_plain(unsigned count);

/* files/timer_file.c */
struct timer_times;
struct timer_times32;
long timer_file_open(int clock, int flags);
long timer_file_set(int fd, int flags, const struct timer_times *times, struct timer_times *before);
long timer_file_get(int fd, struct timer_times *to);
long timer_file_set32(int fd, int flags, const struct timer_times32 *times, struct timer_times32 *before);
long timer_file_get32(int fd, struct timer_times32 *to);

#endif
