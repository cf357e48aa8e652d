/*
 * System calls that send to sockets, and what travels beside the data: files, and
 * who sent it.
 */
#include <memory/program.h>
#include <syscalls/sockets.h>

#define MOST_NAME 128

long take_header(struct message_header *header, const struct message_header *from)
{
    if (copy_from_program(header, from, sizeof(*header)))
        return -EFAULT;
    if (header->part_count > MOST_PARTS)
        return -EMSGSIZE;
    if (!program_may_read(header->parts, header->part_count * sizeof(*header->parts)))
        return -EFAULT;
    for (size_t i = 0; i < header->part_count; i++)
        if ((long)header->parts[i].size < 0)
            return -EINVAL;
    return header->name && header->name_length < 0 ? -EINVAL : 0;
}

long sockets_send(int fd, const void *from, size_t size, unsigned flags, const struct socket_address *address,
                  int length)
{
    struct iovec part = { (char *)from, smaller(size, 0x7ffff000) };
    struct sending sending = { .to_length = length };
    struct socket_address name;
    struct file *file;
    long result = socket_file(fd, &file);

    if (result)
        return result;
    if (address) {
        result = take_address(&name, address, length);
        sending.to = &name;
    }
    if (!result)
        result = socket_send(file, &part, 1, &sending, flags);
    file_release(file);
    return result;
}

static int pass_files(const int *fds, size_t count, struct passed **link)
{
    if (count > MOST_PASSED)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        struct file *file = descriptor_file(fds[i]);

        if (!file)
            return -EBADF;
        *link = passed_make(file);
        if (!*link)
            return -ENOMEM;
        link = &(*link)->next;
    }
    return 0;
}

/* What the program says of itself is taken for true if it is. */
static int read_control(const struct message_header *header, struct sending *sending)
{
    size_t at = 0;
    int error = 0;

    if (!program_may_read(header->control, header->control_length))
        return -EFAULT;
    while (header->control && !error && header->control_length - at >= sizeof(struct control_header)) {
        const struct control_header *control = (const void *)(header->control + at);
        const void *data = control + 1;

        if (control->length < sizeof(*control) || control->length > header->control_length - at)
            return -EINVAL;
        if (control->level == SOL_SOCKET) {
            if (control->type == SCM_RIGHTS && !sending->passed)
                error = pass_files(data, (control->length - sizeof(*control)) / sizeof(int), &sending->passed);
            else if (control->type == SCM_CREDENTIALS && control->length >= sizeof(*control) + sizeof(struct credentials))
                error = ((const struct credentials *)data)->pid == 1 ? 0 : -EPERM;
            else
                error = -EINVAL;
        }
        at += smaller(ALIGNED_LENGTH(control->length), header->control_length - at);
    }
    return error;
}

static long send_message(struct file *file, const struct message_header *from, unsigned flags)
{
    struct message_header header;
    struct socket_address name;
    struct sending sending = { 0 };
    long result = take_header(&header, from);

    if (!result && header.name && header.name_length) {
        sending.to = &name;
        sending.to_length = smaller(header.name_length, MOST_NAME);
        result = take_address(&name, header.name, sending.to_length);
    }
    if (!result)
        result = read_control(&header, &sending);
    if (!result)
        result = socket_send(file, header.parts, header.part_count, &sending, flags);
    passed_end(sending.passed);
    return result;
}

long sockets_send_message(int fd, const struct message_header *header, unsigned flags)
{
    struct file *file;
    long result = socket_file(fd, &file);

    if (result)
        return result;
    result = send_message(file, header, flags);
    file_release(file);
    return result;
}

/* What has been sent is told, unless nothing was. */
long sockets_send_messages(int fd, struct message_headers *headers, unsigned count, unsigned flags)
{
    struct file *file;
    long result = socket_file(fd, &file);
    unsigned done = 0;

    if (result)
        return result;
    while (done < smaller(count, MOST_PARTS)) {
        result = send_message(file, &headers[done].header, flags);
        if (result >= 0)
            result = copy_to_program(&headers[done].length, &(unsigned){ result }, sizeof(unsigned));
        if (result)
            break;
        done++;
    }
    file_release(file);
    return done ? (long)done : result;
}
