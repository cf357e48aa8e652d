/*
 * /dev/xen/privcmd: hypercalls for the program, and what they alone cannot do. An open file
 * can be restricted to one domain, for good; then it makes no hypercalls any more of which
 * the kernel does not know whom they concern.
 */
#include <devices/privcmd.h>
#include <environment/environment.h>
#include <memory/program.h>
#include <xen/hypercall.h>

#define HYPERCALLS (PAGE_SIZE / HYPERCALL_STUB_SIZE)

/* Linux's, which can be set there. */
#define MOST_BUFFERS 16
#define LARGEST_BUFFER PAGE_SIZE

/* The state of an open file is the domain that it is restricted to. */
static uint16_t restricted_to(const struct file *file)
{
    return (uintptr_t)file->state;
}

static int open(struct file *file)
{
    file->state = (void *)(uintptr_t)DOMID_INVALID;
    return environment.xen ? 0 : -ENODEV;
}

bool privcmd_permits(const struct file *file, uint16_t domid)
{
    return restricted_to(file) == DOMID_INVALID || restricted_to(file) == domid;
}

/* Xen reads and writes the program's memory where it is there: that is for the program to see
 * to, as under Linux. */
static long hypercall(const struct file *file, const struct privcmd_hypercall *argument)
{
    struct privcmd_hypercall call;

    if (restricted_to(file) != DOMID_INVALID)
        return -EPERM;
    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (call.op >= HYPERCALLS)
        return -EINVAL;
    return xen_hypercall(call.op, call.arg[0], call.arg[1], call.arg[2], call.arg[3], call.arg[4]);
}

/* Xen may write to the buffer: its pages are there then, and are the program's own. */
static long settle_buffer(const struct privcmd_dm_op_buf *buffer)
{
    uintptr_t start = (uintptr_t)buffer->uptr, end = start + buffer->size;

    if (buffer->size > LARGEST_BUFFER)
        return -E2BIG;
    if (!program_may_write(buffer->uptr, buffer->size))
        return -EFAULT;
    if (!buffer->size)
        return 0;
    start = ROUND_DOWN(start, PAGE_SIZE);
    if (!areas_populate(start, ROUND_UP(end, PAGE_SIZE) - start))
        return -ENOMEM;
    for (uintptr_t at = start; at < end; at += PAGE_SIZE)
        __asm__ volatile("lock orb $0, %0" : "+m"(*(char *)at));
    return 0;
}

static long dm_op(const struct file *file, const struct privcmd_dm_op *argument)
{
    static struct privcmd_dm_op_buf buffers[MOST_BUFFERS]; /* laid out as Xen wants them, too */
    struct privcmd_dm_op call;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!privcmd_permits(file, call.dom))
        return -EPERM;
    if (!call.num)
        return 0;
    if (call.num > MOST_BUFFERS)
        return -E2BIG;
    if (copy_from_program(buffers, call.ubufs, call.num * sizeof(*buffers)))
        return -EFAULT;
    for (unsigned i = 0; i < call.num; i++) {
        long error = settle_buffer(&buffers[i]);

        if (error)
            return error;
    }
    return HYPERCALL3(dm_op, call.dom, call.num, buffers);
}

static long restrict_to(struct file *file, const uint16_t *argument)
{
    uint16_t domid;

    if (copy_from_program(&domid, argument, sizeof(domid)))
        return -EFAULT;
    if (!privcmd_permits(file, domid))
        return -EINVAL;
    file->state = (void *)(uintptr_t)domid;
    return 0;
}

static long control(struct file *file, unsigned long request, void *argument)
{
    switch (request) {
    case IOCTL_PRIVCMD_HYPERCALL: return hypercall(file, argument);
    case IOCTL_PRIVCMD_MMAPBATCH: return privcmd_mmapbatch(file, argument);
    case IOCTL_PRIVCMD_MMAPBATCH_V2: return privcmd_mmapbatch_v2(file, argument);
    case IOCTL_PRIVCMD_DM_OP: return dm_op(file, argument);
    case IOCTL_PRIVCMD_RESTRICT: return restrict_to(file, argument);
    case IOCTL_PRIVCMD_MMAP_RESOURCE: return privcmd_mmap_resource(file, argument);
    default: return -ENOTTY;
    }
}

static const struct file_kind privcmd_file = {
    .mode = S_IFCHR, .present = &environment.xen, .open = open, .map = privcmd_map, .ioctl = control,
};

/* Of the miscellaneous devices, whose minor numbers Linux gives as they come. */
DEVICE(privcmd, "dev/xen/privcmd", &privcmd_file, 0xa3e, 0600);
