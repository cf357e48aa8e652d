/*
 * System calls that receive from sockets, and what travels beside the data.
 */
#include <memory/program.h>
#include <syscalls/identity.h>
#include <syscalls/sockets.h>
#include <time/times.h>

long sockets_receive(int fd, void *to, size_t size, unsigned flags, struct socket_address *address, int *length)
{
    struct iovec part = { to, smaller(size, 0x7ffff000) };
    struct received received = { 0 };
    struct file *file;
    long result = socket_file(fd, &file);

    if (result)
        return result;
    result = socket_receive(file, &part, 1, &received, flags);
    file_release(file);
    passed_end(received.passed);
    if (result >= 0 && address) {
        long error = tell_address(&received.from, received.from_length, address, length);

        result = error ? error : result;
    }
    return result;
}

/* Adds one to the control data; false when there is no room for any of it. */
static bool put_control(struct message_header *header, size_t *used, int type, const void *data, size_t size)
{
    struct control_header *control = (void *)(header->control + *used);

    if (!header->control || header->control_length - *used < sizeof(*control) + size
        || !program_may_write(control, sizeof(*control) + size))
        return false;
    *control = (struct control_header){ sizeof(*control) + size, SOL_SOCKET, type };
    memcpy(control + 1, data, size);
    *used += smaller(ALIGNED_LENGTH(control->length), header->control_length - *used);
    return true;
}

/* Gives as many of the files descriptors as there is room for. */
static bool put_files(struct message_header *header, size_t *used, const struct passed *passed, bool close_on_exec)
{
    size_t room = header->control_length - *used, count = 0;
    int fds[MOST_PASSED];

    if (!program_may_write(header->control + *used, room))
        room = 0;
    room = room > sizeof(struct control_header) ? (room - sizeof(struct control_header)) / sizeof(int) : 0;
    while (passed && header->control && count < smaller(room, MOST_PASSED)) {
        int fd = descriptor_add(passed->file, close_on_exec);

        if (fd < 0)
            break;
        fds[count++] = fd;
        passed = passed->next;
    }
    if (count)
        put_control(header, used, SCM_RIGHTS, fds, count * sizeof(*fds));
    return !passed;
}

static void put_all_control(const struct file *file, struct message_header *header, struct received *received,
                            unsigned flags)
{
    const struct credentials credentials = { 1, process_user.real, process_group.real };
    size_t used = 0;

    if (socket_of(file)->tells_sender
        && !put_control(header, &used, SCM_CREDENTIALS, &credentials, sizeof(credentials)))
        received->flags |= MSG_CTRUNC;
    if (received->passed && !put_files(header, &used, received->passed, flags & MSG_CMSG_CLOEXEC))
        received->flags |= MSG_CTRUNC;
    header->control_length = used;
}

/* Tells in the program's header what `header`, our own, has got. */
static long tell_header(const struct message_header *header, const struct received *received,
                        struct message_header *to)
{
    long error = 0;

    if (!program_may_write(to, sizeof(*to)))
        return -EFAULT;
    if (header->name)
        error = tell_address(&received->from, received->from_length, header->name, &to->name_length);
    to->control_length = header->control_length;
    to->flags = header->flags;
    return error;
}

static long receive_message(struct file *file, struct message_header *to, unsigned flags)
{
    struct received received = { 0 };
    struct message_header header;
    long result = take_header(&header, to), error;

    if (result)
        return result;
    result = socket_receive(file, header.parts, header.part_count, &received, flags);
    if (result >= 0) {
        put_all_control(file, &header, &received, flags);
        header.flags = received.flags | (flags & MSG_CMSG_CLOEXEC);
        error = tell_header(&header, &received, to);
        result = error ? error : result;
    }
    passed_end(received.passed);
    return result;
}

long sockets_receive_message(int fd, struct message_header *header, unsigned flags)
{
    struct file *file;
    long result = socket_file(fd, &file);

    if (result)
        return result;
    result = receive_message(file, header, flags);
    file_release(file);
    return result;
}

/* Until the time is over, which is only looked at after a message. */
static long receive_messages(struct file *file, struct message_headers *headers, unsigned count, unsigned flags,
                             uint64_t deadline)
{
    unsigned done = 0;
    long result = 0;

    while (done < count) {
        result = receive_message(file, &headers[done].header, flags & ~MSG_WAITFORONE);
        if (result >= 0)
            result = copy_to_program(&headers[done].length, &(unsigned){ result }, sizeof(unsigned));
        if (result)
            break;
        done++;
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (clock_monotonic() >= deadline)
            break;
    }
    /* Who has got some is told of the error by the next call. */
    if (done && result && result != -EAGAIN && result != -ERESTART && result != -EINTR)
        socket_of(file)->error = -result;
    return done ? (long)done : result;
}

/* The time that is left is written back. */
static long receive_messages_for(int fd, struct message_headers *headers, unsigned count, unsigned flags,
                                 struct timespec64 *time)
{
    uint64_t deadline = time ? clock_deadline(time->seconds, time->nanoseconds) : NEVER, now;
    struct socket *socket;
    struct file *file;
    long result;

    if (time && !time_is_good(time))
        return -EINVAL;
    result = socket_file(fd, &file);
    if (result)
        return result;
    socket = socket_of(file);
    result = -socket->error;
    socket->error = 0;
    if (!result)
        result = receive_messages(file, headers, smaller(count, MOST_PARTS), flags, deadline);
    file_release(file);
    now = clock_monotonic();
    if (time)
        *time = time_of_nanoseconds(deadline > now ? deadline - now : 0);
    return result;
}

long sockets_receive_messages(int fd, struct message_headers *headers, unsigned count, unsigned flags,
                              struct timespec64 *timeout)
{
    struct timespec64 time;
    long result;

    if (timeout && copy_from_program(&time, timeout, sizeof(time)))
        return -EFAULT;
    result = receive_messages_for(fd, headers, count, flags, timeout ? &time : NULL);
    if (timeout && result > 0 && copy_to_program(timeout, &time, sizeof(time)))
        return -EFAULT;
    return result;
}

long sockets_receive_messages32(int fd, struct message_headers *headers, unsigned count, unsigned flags,
                                struct timespec32 *timeout)
{
    struct timespec64 time = { 0 };
    struct timespec32 narrow;
    long result;

    if (timeout) {
        if (copy_from_program(&narrow, timeout, sizeof(narrow)))
            return -EFAULT;
        time = (struct timespec64){ narrow.seconds, narrow.nanoseconds };
    }
    result = receive_messages_for(fd, headers, count, flags, timeout ? &time : NULL);
    narrow = (struct timespec32){ time.seconds, time.nanoseconds };
    if (timeout && result > 0 && copy_to_program(timeout, &narrow, sizeof(narrow)))
        return -EFAULT;
    return result;
}
