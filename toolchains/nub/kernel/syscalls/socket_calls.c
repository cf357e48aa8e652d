/*
 * System calls on sockets, but those that send and receive.
 */
#include <syscalls/sockets.h>

long socket_file(int fd, struct file **found)
{
    struct file *file = descriptor_opened(fd);

    if (!file || !socket_of(file))
        return file ? -ENOTSOCK : -EBADF;
    *found = file_hold(file);
    return 0;
}

long tell_address(const struct socket_address *from, unsigned size, struct socket_address *to, int *length)
{
    if (*length < 0)
        return -EINVAL;
    memcpy(to, from, smaller(size, *length));
    *length = size;
    return 0;
}

/* The type, if there is such a thing; or an error. */
static long type_of(int family, int type, int protocol)
{
    int plain = type & SOCK_TYPE;

    if (type & ~(SOCK_TYPE | SOCK_NONBLOCK | SOCK_CLOEXEC))
        return -EINVAL;
    if (family != AF_UNIX)
        return -EAFNOSUPPORT;
    if (protocol && protocol != AF_UNIX)
        return -EPROTONOSUPPORT;
    if (plain != SOCK_STREAM && plain != SOCK_DGRAM && plain != SOCK_RAW && plain != SOCK_SEQPACKET)
        return -ESOCKTNOSUPPORT;
    return plain == SOCK_RAW ? SOCK_DGRAM : plain;
}

long sockets_open(int family, int type, int protocol)
{
    long plain = type_of(family, type, protocol), fd;
    struct socket *socket;

    if (plain < 0)
        return plain;
    fd = socket_make(plain, &socket);
    if (fd)
        return fd;
    fd = socket_file_open(socket, type);
    if (fd < 0)
        socket_end(socket, false);
    return fd;
}

long sockets_pair(int family, int type, int protocol, int *fds)
{
    long plain = type_of(family, type, protocol), first, second;
    struct socket *one, *other;

    if (plain < 0)
        return plain;
    first = socket_make(plain, &one);
    if (first)
        return first;
    if (socket_make(plain, &other)) {
        socket_end(one, false);
        return -ENOMEM;
    }
    socket_join(one, other);
    socket_join(other, one);
    first = socket_file_open(one, type);
    second = first < 0 ? first : socket_file_open(other, type);
    if (second < 0) {
        socket_end(other, false);
        if (first < 0)
            socket_end(one, false);
        else
            descriptor_close(first);
        return second;
    }
    fds[0] = first;
    fds[1] = second;
    return 0;
}

long sockets_bind(int fd, const struct socket_address *address, int length)
{
    struct file *file;
    long error = socket_file(fd, &file);

    if (error)
        return error;
    error = socket_bind(socket_of(file), address, length, 0777 & ~permissions_mask);
    file_release(file);
    return error;
}

long sockets_connect(int fd, const struct socket_address *address, int length)
{
    struct file *file;
    long error = socket_file(fd, &file);

    if (error)
        return error;
    error = socket_connect(file, socket_of(file), address, length);
    file_release(file);
    return error;
}

long sockets_listen(int fd, int backlog)
{
    struct file *file;
    long error = socket_file(fd, &file);

    if (error)
        return error;
    error = socket_listen(socket_of(file), backlog);
    file_release(file);
    return error;
}

/* A socket without a name still tells its family. */
static long tell_name(const struct socket *socket, struct socket_address *to, int *length)
{
    struct socket_address address = socket->address;

    address.family = AF_UNIX;
    return tell_address(&address, larger(socket->address_length, sizeof(address.family)), to, length);
}

static long accept(struct file *file, struct socket_address *address, int *length, int flags)
{
    struct socket *accepted;
    long fd = descriptors_full() ? -EMFILE : socket_accept(file, socket_of(file), &accepted);

    if (fd)
        return fd;
    fd = socket_file_open(accepted, flags);
    if (fd < 0)
        socket_end(accepted, true);
    else if (address)
        tell_name(accepted->peer, address, length);
    return fd;
}

long sockets_accept(int fd, struct socket_address *address, int *length, int flags)
{
    struct file *file;
    long error;

    if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC) || (address && *length < 0))
        return -EINVAL;
    error = socket_file(fd, &file);
    if (error)
        return error;
    error = accept(file, address, length, flags);
    file_release(file);
    return error;
}

long sockets_accept_plain(int fd, struct socket_address *address, int *length)
{
    return sockets_accept(fd, address, length, 0);
}

long sockets_name(int fd, struct socket_address *address, int *length)
{
    struct file *file;
    long error = socket_file(fd, &file);

    if (error)
        return error;
    error = tell_name(socket_of(file), address, length);
    file_release(file);
    return error;
}

long sockets_peer_name(int fd, struct socket_address *address, int *length)
{
    struct file *file;
    long error = socket_file(fd, &file);

    if (error)
        return error;
    error = socket_of(file)->peer ? tell_name(socket_of(file)->peer, address, length) : -ENOTCONN;
    file_release(file);
    return error;
}

long sockets_shut(int fd, int how)
{
    struct file *file;
    long error = socket_file(fd, &file);

    if (error)
        return error;
    error = socket_shut(socket_of(file), how);
    file_release(file);
    return error;
}

#ifdef __i386__
/* The one call that i386 once had for all. */
long sockets_call(int call, const unsigned long *a)
{
    switch (call) {
    case 1: return sockets_open(a[0], a[1], a[2]);
    case 2: return sockets_bind(a[0], (void *)a[1], a[2]);
    case 3: return sockets_connect(a[0], (void *)a[1], a[2]);
    case 4: return sockets_listen(a[0], a[1]);
    case 5: return sockets_accept(a[0], (void *)a[1], (int *)a[2], 0);
    case 6: return sockets_name(a[0], (void *)a[1], (int *)a[2]);
    case 7: return sockets_peer_name(a[0], (void *)a[1], (int *)a[2]);
    case 8: return sockets_pair(a[0], a[1], a[2], (int *)a[3]);
    case 9: return sockets_send(a[0], (void *)a[1], a[2], a[3], NULL, 0);
    case 10: return sockets_receive(a[0], (void *)a[1], a[2], a[3], NULL, NULL);
    case 11: return sockets_send(a[0], (void *)a[1], a[2], a[3], (void *)a[4], a[5]);
    case 12: return sockets_receive(a[0], (void *)a[1], a[2], a[3], (void *)a[4], (int *)a[5]);
    case 13: return sockets_shut(a[0], a[1]);
    case 14: return sockets_set_option(a[0], a[1], a[2], (void *)a[3], a[4]);
    case 15: return sockets_get_option(a[0], a[1], a[2], (void *)a[3], (int *)a[4]);
    case 16: return sockets_send_message(a[0], (void *)a[1], a[2]);
    case 17: return sockets_receive_message(a[0], (void *)a[1], a[2]);
    case 18: return sockets_accept(a[0], (void *)a[1], (int *)a[2], a[3]);
    case 20: return sockets_send_messages(a[0], (void *)a[1], a[2], a[3]);
    default: return -EINVAL;
    }
}
#endif
