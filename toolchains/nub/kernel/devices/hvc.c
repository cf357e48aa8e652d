/*
 * The files of consoles. One can be opened once somebody serves it. When nobody does any
 * more it stays silent, until somebody does again.
 */
#include <devices/hvc.h>
#include <files/ram.h>

/* <asm-generic/termbits.h> */
#define ICRNL 0x100
#define OPOST 1
#define ONLCR 4

#define NUMBER(minor) (229 << 8 | (minor)) /* Linux's for consoles of hypervisors */

static int open(struct file *file)
{
    struct hvc *hvc;
    int error = hvc_find(file->node.ram->device & 0xff, &hvc);

    file->state = hvc;
    return error;
}

static long read(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct hvc *hvc = file->state;
    char *text = to;
    size_t length = hvc_read(hvc, to, size);

    (void)position;
    for (size_t i = 0; i < length && hvc->terminal.input & ICRNL; i++)
        if (text[i] == '\r')
            text[i] = '\n';
    return length || !size ? (long)length : -EAGAIN;
}

/* Line by line, where a new line is to become two characters. */
static size_t write_lines(struct hvc *hvc, const char *from, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t length = 0;

        while (done + length < size && from[done + length] != '\n')
            length++;
        if (length) {
            size_t written = hvc_write(hvc, from + done, length);

            done += written;
            if (written < length)
                break;
        } else {
            if (hvc_room(hvc) < 2)
                break;
            hvc_write(hvc, "\r\n", 2);
            done++;
        }
    }
    return done;
}

static long write(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct hvc *hvc = file->state;
    bool lines = (hvc->terminal.output & (OPOST | ONLCR)) == (OPOST | ONLCR);
    size_t length = lines ? write_lines(hvc, from, size) : hvc_write(hvc, from, size);

    (void)position;
    return length || !size ? (long)length : -EAGAIN;
}

static long control(struct file *file, unsigned long request, void *argument)
{
    return hvc_control(file->state, request, argument);
}

static unsigned ready(struct file *file)
{
    struct hvc *hvc = file->state;

    return (hvc_waiting(hvc) ? POLLIN | POLLRDNORM : 0) | (hvc_room(hvc) > 1 ? POLLOUT | POLLWRNORM : 0);
}

static struct wait_queue *queue(struct file *file)
{
    return &((struct hvc *)file->state)->queue;
}

static const struct file_kind hvc_file = {
    .mode = S_IFCHR, .present = &xenstore_present, .open = open, .read = read, .write = write,
    .ioctl = control, .ready = ready, .queue = queue,
};

/* A stub domain has three consoles for itself, and one for each serial port of its guest. */
DEVICE(hvc0, "dev/hvc0", &console_file, NUMBER(0), 0600);
DEVICE(hvc1, "dev/hvc1", &hvc_file, NUMBER(1), 0600);
DEVICE(hvc2, "dev/hvc2", &hvc_file, NUMBER(2), 0600);
DEVICE(hvc3, "dev/hvc3", &hvc_file, NUMBER(3), 0600);
DEVICE(hvc4, "dev/hvc4", &hvc_file, NUMBER(4), 0600);
DEVICE(hvc5, "dev/hvc5", &hvc_file, NUMBER(5), 0600);
DEVICE(hvc6, "dev/hvc6", &hvc_file, NUMBER(6), 0600);
DEVICE(hvc7, "dev/hvc7", &hvc_file, NUMBER(7), 0600);
