/*
 * What system calls on sockets have in common.
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

#endif
