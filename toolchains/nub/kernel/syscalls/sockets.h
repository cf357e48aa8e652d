/*
 * What system calls on sockets have in common.
 */
#ifndef SYSCALLS_SOCKETS_H
#define SYSCALLS_SOCKETS_H

#include <files/socket.h>
#include <syscalls/handlers.h>

/* The open file behind the descriptor, if it is a socket's: 0, or an error. Held. */
long socket_file(int fd, struct file **file);

/* Tells a name as far as there is room; the length is that of all of it. */
long tell_address(const struct socket_address *from, unsigned size, struct socket_address *to, int *length);

#endif
