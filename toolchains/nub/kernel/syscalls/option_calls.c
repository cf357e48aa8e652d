/*
 * System calls on the options of sockets.
 */
#include <memory/program.h>
#include <syscalls/identity.h>
#include <syscalls/sockets.h>
#include <time/times.h>

/* Linux's, of SO_SNDBUF and SO_RCVBUF. */
#define LEAST_SEND_ROOM 4608
#define LEAST_RECEIVE_ROOM 2304

#define LONGEST 100000000 /* seconds; more is for ever */

/* As much as there is room for. */
static long put(const void *from, size_t size, void *value, int *length)
{
    *length = smaller(*length, size);
    return copy_to_program(value, from, *length);
}

static long put_time(uint64_t time, bool narrow, void *value, int *length)
{
    int64_t wide[2] = { time / NANOSECONDS, time % NANOSECONDS / 1000 };
    long plain[2] = { wide[0], wide[1] };

    return narrow ? put(plain, sizeof(plain), value, length) : put(wide, sizeof(wide), value, length);
}

static long get(struct socket *socket, int option, void *value, int *length)
{
    const struct credentials credentials = { 1, process_user.real, process_group.real };
    const int linger[2] = { 0 };
    int number = 0;

    switch (option) {
    case SO_TYPE: number = socket->type; break;
    case SO_DOMAIN: number = AF_UNIX; break;
    case SO_ACCEPTCONN: number = socket->listens; break;
    case SO_PASSCRED: number = socket->tells_sender; break;
    case SO_RCVLOWAT: number = 1; break;
    case SO_SNDBUF: number = socket->send_room; break;
    case SO_RCVBUF: number = socket->receive_room; break;
    case SO_PROTOCOL:
    case SO_REUSEADDR:
    case SO_BROADCAST:
    case SO_KEEPALIVE: break;
    case SO_ERROR:
        number = socket->error;
        socket->error = 0;
        break;
    case SO_LINGER: return put(linger, sizeof(linger), value, length);
    case SO_PEERCRED:
        return put(&credentials, sizeof(credentials), value, length);
    case SO_RCVTIMEO_OLD:
    case SO_RCVTIMEO: return put_time(socket->receive_time, option == SO_RCVTIMEO_OLD, value, length);
    case SO_SNDTIMEO_OLD:
    case SO_SNDTIMEO: return put_time(socket->send_time, option == SO_SNDTIMEO_OLD, value, length);
    default: return -ENOPROTOOPT;
    }
    return put(&number, sizeof(number), value, length);
}

static long set_time(uint64_t *time, bool narrow, const void *value, int length)
{
    const long *plain = value;
    const int64_t *wide = value;
    size_t size = narrow ? 2 * sizeof(long) : 2 * sizeof(int64_t);
    int64_t seconds, micros;

    if (length < (int)size)
        return -EINVAL;
    if (!program_may_read(value, size))
        return -EFAULT;
    seconds = narrow ? plain[0] : wide[0];
    micros = narrow ? plain[1] : wide[1];
    if (micros < 0 || micros >= 1000000)
        return -EDOM;
    *time = seconds < 0 ? 1 : seconds > LONGEST ? 0 : seconds * NANOSECONDS + micros * 1000;
    return 0;
}

/* Linux doubles what is asked for, to have room for its own records beside the data. */
static size_t room_of(unsigned wanted, size_t least)
{
    return larger(2 * smaller(wanted, SOCKET_ROOM), least);
}

static long set(struct socket *socket, int option, const void *value, int length)
{
    int number;

    if (option == SO_RCVTIMEO_OLD || option == SO_RCVTIMEO)
        return set_time(&socket->receive_time, option == SO_RCVTIMEO_OLD, value, length);
    if (option == SO_SNDTIMEO_OLD || option == SO_SNDTIMEO)
        return set_time(&socket->send_time, option == SO_SNDTIMEO_OLD, value, length);
    if (length < (int)sizeof(int))
        return -EINVAL;
    if (copy_from_program(&number, value, sizeof(number)))
        return -EFAULT;
    switch (option) {
    case SO_PASSCRED:
        socket->tells_sender = number;
        return 0;
    case SO_SNDBUF:
        socket->send_room = room_of(number, LEAST_SEND_ROOM);
        wake_all(&socket->queue, POLLOUT | POLLWRNORM | POLLWRBAND);
        return 0;
    case SO_RCVBUF:
        socket->receive_room = room_of(number, LEAST_RECEIVE_ROOM);
        return 0;
    case SO_REUSEADDR: /* these mean nothing without a network */
    case SO_BROADCAST:
    case SO_KEEPALIVE:
    case SO_LINGER:
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

long sockets_get_option(int fd, int level, int option, void *value, int *length)
{
    struct socket *socket;
    long error = socket_at(fd, &socket);
    int size;

    if (error)
        return error;
    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (copy_from_program(&size, length, sizeof(size)))
        return -EFAULT;
    error = size < 0 ? -EINVAL : get(socket, option, value, &size);
    return error ? error : copy_to_program(length, &size, sizeof(size));
}

long sockets_set_option(int fd, int level, int option, const void *value, int length)
{
    struct socket *socket;
    long error = length < 0 ? -EINVAL : socket_at(fd, &socket);

    if (error)
        return error;
    return level == SOL_SOCKET ? set(socket, option, value, length) : -EOPNOTSUPP;
}
