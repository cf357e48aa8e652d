/*
 * /dev/net/tun: a network interface as a file of whole ethernet frames. Where Linux makes an
 * interface of the name that it is given, here the name says which of the domain's own it is.
 */
#include <network/tun.h>
#include <network/vif.h>
#include <environment/environment.h>
#include <files/files.h>
#include <memory/program.h>

#define FEATURES (IFF_TAP | IFF_NO_PI | IFF_ONE_QUEUE)

struct opened {
    struct wait_queue queue;
    struct vif *vif; /* NULL: no name has been given yet */
    bool naming;     /* that is being done */
    char name[IFNAMSIZ];
    uint16_t flags;
    int send_limit;
    int header_size; /* kept, and used for nothing: frames have no such header */
};

static struct pool pool = { .object_size = sizeof(struct opened) };

static int open(struct file *file)
{
    struct opened *opened = pool_take(&pool);

    if (!opened)
        return -ENOMEM;
    *opened = (struct opened){
        .queue.outside = true, .send_limit = INT32_MAX, .header_size = VIRTIO_NET_HDR_SIZE,
    };
    file->state = opened;
    return 0;
}

static void close(struct file *file)
{
    struct opened *opened = file->state;

    if (opened->vif)
        vif_give(opened->vif);
    pool_give(&pool, opened);
}

/* What is handed on from another call lies on the kernel's stack. */
static bool may_write_to(void *to, size_t size)
{
    return on_kernel_stack(to) || program_may_write(to, size);
}

static bool may_read_from(const void *from, size_t size)
{
    return on_kernel_stack(from) || program_may_read(from, size);
}

/* What does not fit of a frame is lost. */
static long read_frame(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct opened *opened = file->state;
    size_t length;

    (void)position;
    if (!opened->vif)
        return -EBADFD;
    length = vif_received(opened->vif);
    if (!length)
        return -EAGAIN;
    size = smaller(size, length);
    if (!may_write_to(to, size))
        size = 0, length = 0;
    vif_receive(opened->vif, to, size);
    return length ? (long)size : -EFAULT;
}

static long write_frame(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct opened *opened = file->state;

    (void)position;
    if (!opened->vif)
        return -EBADFD;
    if (size < NET_HEADER)
        return -EINVAL;
    if (size > NET_LONGEST)
        return -EMSGSIZE;
    if (!may_read_from(from, size))
        return -EFAULT;
    if (!vif_may_send(opened->vif, opened->send_limit))
        return -EAGAIN;
    vif_send(opened->vif, from, size);
    return size;
}

static unsigned ready(struct file *file)
{
    struct opened *opened = file->state;

    if (!opened->vif)
        return POLLERR;
    return (vif_received(opened->vif) ? POLLIN | POLLRDNORM : 0)
        | (vif_may_send(opened->vif, opened->send_limit) ? POLLOUT | POLLWRNORM : 0);
}

static struct wait_queue *queue(struct file *file)
{
    struct opened *opened = file->state;

    return &opened->queue;
}

/* Digits, as many as there are, and how many that is; 0: there are none, or too many. */
static size_t read_number(const char *text, uint32_t *number)
{
    size_t length = 0;

    for (*number = 0; text[length] >= '0' && text[length] <= '9'; length++)
        *number = *number * 10 + (text[length] - '0');
    return length < 10 ? length : 0;
}

static const char *const prefixes[] = { "vif", "eth", "tap" };

/* Which interface a name is for. libxl calls the one that a domain's device model has for the
 * domain's interface N `vif<domain>.N-emu`, and gives the model's domain an interface N. */
static bool read_name(const char *name, uint32_t *number)
{
    const char *rest = NULL;
    size_t length;

    for (size_t i = 0; i < COUNT_OF(prefixes) && !rest; i++)
        if (!strncmp(name, prefixes[i], 3))
            rest = name + 3;
    if (!rest)
        return false;
    if (!strcmp(rest, "%d")) {
        *number = ANY_VIF;
        return true;
    }
    length = read_number(rest, number);
    if (length && rest[length] == '.' && !strncmp(name, "vif", 3)) {
        rest += length + 1;
        length = read_number(rest, number);
        if (length && !strcmp(rest + length, "-emu"))
            return true;
    }
    return length && !rest[length];
}

static int take(struct opened *opened, char *name)
{
    struct vif *vif;
    uint32_t number;
    int error;

    if (!read_name(name, &number))
        return -ENODEV;
    opened->naming = true;
    error = vif_take(number, &opened->queue, &vif);
    opened->naming = false;
    if (error)
        return error;
    opened->vif = vif;
    if (number == ANY_VIF)
        format(name + 3, IFNAMSIZ - 3, "%u", (unsigned)vif->frontend.number);
    memcpy(opened->name, name, IFNAMSIZ);
    return 0;
}

static bool are_good(unsigned flags)
{
    return (flags & (IFF_TUN | IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE)) == (IFF_TAP | IFF_NO_PI);
}

/* Another thread may have unmapped the argument while this one waited, or closed the file. */
static long set_interface(struct opened *opened, struct ifreq *argument)
{
    struct ifreq request;
    int error;

    if (opened->vif || opened->naming)
        return -EEXIST;
    if (copy_from_program(&request, argument, sizeof(request)))
        return -EFAULT;
    request.name[IFNAMSIZ - 1] = '\0';
    if (!are_good(request.flags))
        return -EINVAL;
    if (!request.name[0])
        memcpy(request.name, "tap%d", sizeof("tap%d"));
    error = take(opened, request.name);
    if (error)
        return error;
    opened->flags = request.flags & FEATURES;
    wake_all(&opened->queue, 0);
    return copy_to_program(argument, &request, sizeof(request));
}

static long get_interface(const struct opened *opened, struct ifreq *argument)
{
    struct ifreq answer = { .flags = opened->flags };

    memcpy(answer.name, opened->name, sizeof(answer.name));
    return copy_to_program(argument, &answer, sizeof(answer));
}

static long get_address(const struct opened *opened, struct ifreq *argument)
{
    struct ifreq answer;

    if (copy_from_program(&answer, argument, sizeof(answer)))
        return -EFAULT;
    memset(&answer.hwaddr, 0, sizeof(answer.hwaddr));
    answer.hwaddr.family = ARPHRD_ETHER;
    memcpy(answer.hwaddr.data, opened->vif->mac, MAC_LENGTH);
    return copy_to_program(argument, &answer, sizeof(answer));
}

static long set(int *place, const int *argument, int least)
{
    int value;

    if (copy_from_program(&value, argument, sizeof(value)))
        return -EFAULT;
    if (value < least)
        return -EINVAL;
    *place = value;
    return 0;
}

static long tell(int value, int *argument)
{
    return copy_to_program(argument, &value, sizeof(value));
}

/* Of an interface that there is. */
static long control_interface(struct opened *opened, unsigned long request, void *argument)
{
    switch (request) {
    case TUNGETIFF: return get_interface(opened, argument);
    case TUNSETOFFLOAD: return (unsigned long)argument & ~TUN_F_ALL ? -EINVAL : 0;
    case TUNGETSNDBUF: return tell(opened->send_limit, argument);
    case TUNSETSNDBUF: return set(&opened->send_limit, argument, 1);
    case TUNGETVNETHDRSZ: return tell(opened->header_size, argument);
    case TUNSETVNETHDRSZ: return set(&opened->header_size, argument, VIRTIO_NET_HDR_SIZE);
    case SIOCGIFHWADDR: return get_address(opened, argument);
    default: return -EINVAL;
    }
}

static long control(struct file *file, unsigned long request, void *argument)
{
    struct opened *opened = file->state;
    long result;

    switch (request) {
    case TUNSETIFF:
        file_hold(file);
        result = set_interface(opened, argument);
        file_release(file);
        return result;
    case TUNGETFEATURES: return tell(FEATURES, argument);
    default: return opened->vif ? control_interface(opened, request, argument) : -EBADFD;
    }
}

static const struct file_kind tun_file = {
    .mode = S_IFCHR, .present = &environment.xen, .frames = true, .open = open, .read = read_frame,
    .write = write_frame, .ioctl = control, .ready = ready, .queue = queue, .close = close,
};

/* Of the miscellaneous devices. */
DEVICE(tun, "dev/net/tun", &tun_file, 0xac8, 0666);
