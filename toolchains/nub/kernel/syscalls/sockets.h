/*
 * The handlers of system calls on sockets, and what they have in common.
 */
#ifndef SYSCALLS_SOCKETS_H
#define SYSCALLS_SOCKETS_H

#include <files/socket.h>
#include <syscalls/handlers.h>

/* The open file behind the descriptor, if it is a socket's: 0, or an error. Held. */
long socket_file(int fd, struct file **file);

/* The same for a call that does not wait, and has the socket for as long as it runs. */
long socket_at(int fd, struct socket **socket);

/* Takes the name that the program gives; a longer one than there can be is cut, but
 * keeps its length. */
long take_address(struct socket_address *to, const struct socket_address *from, int length);

/* Tells a name as far as there is room; the length is that of all of it. */
long tell_address(const struct socket_address *from, unsigned size, struct socket_address *to, int *length);

/* How many parts a message may have, and how many of them one call may take. */
#define MOST_PARTS 1024

/* In the data beside a message, the next one begins at a whole word. */
#define ALIGNED_LENGTH(length) ROUND_UP(length, sizeof(size_t))

/* Looks at what the program tells of a message, in our own copy of its header. */
long take_header(struct message_header *header, const struct message_header *from);

/* syscalls/socket_calls.c, message_calls.c, receive_calls.c, option_calls.c */
long sockets_open(int family, int type, int protocol);
long sockets_pair(int family, int type, int protocol, int *fds);
long sockets_bind(int fd, const struct socket_address *address, int length);
long sockets_connect(int fd, const struct socket_address *address, int length);
long sockets_listen(int fd, int backlog);
long sockets_accept(int fd, struct socket_address *address, int *length, int flags);
long sockets_accept_plain(int fd, struct socket_address *address, int *length);
long sockets_name(int fd, struct socket_address *address, int *length);
long sockets_peer_name(int fd, struct socket_address *address, int *length);
long sockets_shut(int fd, int how);
long sockets_call(int call, const unsigned long *arguments);
long sockets_send(int fd, const void *from, size_t size, unsigned flags, const struct socket_address *address,
                  int length);
long sockets_receive(int fd, void *to, size_t size, unsigned flags, struct socket_address *address, int *length);
long sockets_send_message(int fd, const struct message_header *header, unsigned flags);
long sockets_send_messages(int fd, struct message_headers *headers, unsigned count, unsigned flags);
long sockets_receive_message(int fd, struct message_header *header, unsigned flags);
long sockets_receive_messages(int fd, struct message_headers *headers, unsigned count, unsigned flags,
                              struct timespec64 *timeout);
long sockets_receive_messages32(int fd, struct message_headers *headers, unsigned count, unsigned flags,
                                struct timespec32 *timeout);
long sockets_get_option(int fd, int level, int option, void *value, int *length);
long sockets_set_option(int fd, int level, int option, const void *value, int length);

#endif
