/*
 * System calls on sockets, but those that send and receive.
 */
#include <memory/program.h>
#include <syscalls/sockets.h>

/* The longest name that any kind of socket has on Linux. */
#define LONGEST_NAME 128

long socket_file(int fd, struct file **found)
{
    struct file *file = descriptor_opened(fd);

    if (!file || !socket_of(file))
        return file ? -ENOTSOCK : -EBADF;
    *found = file_hold(file);
    return 0;
}

long socket_at(int fd, struct socket **socket)
{
    struct file *file = descriptor_opened(fd);

    *socket = file ? socket_of(file) : NULL;
    return !file ? -EBADF : *socket ? 0 : -ENOTSOCK;
}

long take_address(struct socket_address *to, const struct socket_address *from, int length)
{
    if (length < 0 || length > LONGEST_NAME)
        return -EINVAL;
    if (!program_may_read(from, length))
        return -EFAULT;
    memcpy(to, from, smaller((size_t)length, sizeof(*to)));
    return 0;
}

long tell_address(const struct socket_address *from, unsigned size, struct socket_address *to, int *length)
{
    int room;

    if (copy_from_program(&room, length, sizeof(room)))
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    if (copy_to_program(to, from, smaller(size, room)))
        return -EFAULT;
    return copy_to_program(length, &(int){ size }, sizeof(room));
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

    if (!program_may_write(fds, 2 * sizeof(*fds)))
        return -EFAULT;
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
    struct socket_address name;
    struct socket *socket;
    long error = socket_at(fd, &socket);

    if (!error)
        error = take_address(&name, address, length);
    return error ? error : socket_bind(socket, &name, length, 0777 & ~permissions_mask);
}

long sockets_connect(int fd, const struct socket_address *address, int length)
{
    struct socket_address name;
    struct file *file;
    long error = socket_file(fd, &file);

    if (error)
        return error;
    error = take_address(&name, address, length);
    if (!error)
        error = socket_connect(file, socket_of(file), &name, length);
    file_release(file);
    return error;
}

long sockets_listen(int fd, int backlog)
{
    struct socket *socket;
    long error = socket_at(fd, &socket);

    return error ? error : socket_listen(socket, backlog);
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
    long error, fd = descriptors_full() ? -EMFILE : socket_accept(file, socket_of(file), &accepted);

    if (fd)
        return fd;
    error = address ? tell_name(accepted->peer, address, length) : 0;
    fd = error ? error : socket_file_open(accepted, flags);
    if (fd < 0)
        socket_end(accepted, true);
    return fd;
}

long sockets_accept(int fd, struct socket_address *address, int *length, int flags)
{
    struct file *file;
    long error;

    if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
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
    struct socket *socket;
    long error = socket_at(fd, &socket);

    return error ? error : tell_name(socket, address, length);
}

long sockets_peer_name(int fd, struct socket_address *address, int *length)
{
    struct socket *socket;
    long error = socket_at(fd, &socket);

    if (error)
        return error;
    return socket->peer ? tell_name(socket->peer, address, length) : -ENOTCONN;
}

long sockets_shut(int fd, int how)
{
    struct socket *socket;
    long error = socket_at(fd, &socket);

    return error ? error : socket_shut(socket, how);
}

#ifdef __i386__
/* The one call that i386 once had for all, and how many arguments each of them has. */
long sockets_call(int call, const unsigned long *arguments)
{
    static const uint8_t counts[] = { 0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4 };
    unsigned long a[6];

    if (call < 1 || call >= (int)COUNT_OF(counts))
        return -EINVAL;
    if (copy_from_program(a, arguments, counts[call] * sizeof(*a)))
        return -EFAULT;
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
    case 19: return sockets_receive_messages32(a[0], (void *)a[1], a[2], a[3], (void *)a[4]);
    case 20: return sockets_send_messages(a[0], (void *)a[1], a[2], a[3]);
    default: return -EINVAL;
    }
}
#endif
