/*
 * Other domains' frames in the program's memory: a mapping of /dev/xen/privcmd is empty until
 * a request fills it. The first one has to fill all of it; later ones may try again where
 * that failed.
 */
#include <devices/privcmd.h>
#include <memory/foreign.h>
#include <memory/program.h>
#include <xen/hypercall.h>

static const char name[] = "/dev/xen/privcmd";

#define MOST_FRAMES (INT32_MAX / (int)sizeof(xen_pfn_t)) /* more than a mapping can have */

/* A private mapping would have to copy what others write. */
int privcmd_map(struct file *file, uint64_t size, struct mapping *mapping)
{
    (void)file;
    if (!mapping->shared)
        return -EINVAL;
    return foreign_make(size, name, mapping) ? 0 : -ENOMEM;
}

/* What both versions ask for: frames from an array of the program's, and what to do with the
 * error of the frame at an index, if it has one. */
struct batch {
    size_t count;
    uint16_t domid;
    uint64_t address;
    const xen_pfn_t *frames;
    void (*fail)(const struct batch *batch, size_t index, int error);
    void *errors;
};

static void fail_in_frame(const struct batch *batch, size_t index, int error)
{
    xen_pfn_t *frames = batch->errors;

    frames[index] |= error == -ENOENT ? PRIVCMD_MMAPBATCH_PAGED_ERROR : PRIVCMD_MMAPBATCH_MFN_ERROR;
}

static void fail_beside(const struct batch *batch, size_t index, int error)
{
    int *errors = batch->errors;

    errors[index] = error;
}

static long fill(const struct batch *batch, const struct foreign_part *part)
{
    static xen_pfn_t frames[FOREIGN_AT_ONCE];
    static int errors[FOREIGN_AT_ONCE];
    bool paged_out = false;

    for (size_t from = 0; from < batch->count; from += FOREIGN_AT_ONCE) {
        struct foreign_part piece = *part;

        piece.address += from << PAGE_SHIFT;
        piece.first += from;
        piece.count = smaller(batch->count - from, FOREIGN_AT_ONCE);
        memcpy(frames, batch->frames + from, piece.count * sizeof(*frames));
        if (!foreign_fill(&piece, batch->domid, frames, errors))
            return -ENOMEM;
        for (size_t i = 0; i < piece.count; i++) {
            paged_out |= errors[i] == -ENOENT;
            if (errors[i])
                batch->fail(batch, from + i, errors[i]);
        }
    }
    return paged_out ? -ENOENT : 0;
}

static long map_batch(const struct batch *batch)
{
    struct foreign_part part;
    bool whole;

    if (batch->address > UINTPTR_MAX || !foreign_find(batch->address, batch->count, name, &part, &whole))
        return -EINVAL;
    if (part.foreign->used ? foreign_any(&part) : !whole)
        return -EINVAL;
    return fill(batch, &part);
}

long privcmd_mmapbatch(const struct file *file, const struct privcmd_mmapbatch *argument)
{
    struct privcmd_mmapbatch call;
    struct batch batch;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!privcmd_permits(file, call.dom))
        return -EPERM;
    if (call.num <= 0 || call.num > MOST_FRAMES)
        return -EINVAL;
    if (!program_may_write(call.arr, call.num * sizeof(*call.arr)))
        return -EFAULT;
    batch = (struct batch){ call.num, call.dom, call.addr, call.arr, fail_in_frame, call.arr };
    return map_batch(&batch);
}

long privcmd_mmapbatch_v2(const struct file *file, const struct privcmd_mmapbatch_v2 *argument)
{
    struct privcmd_mmapbatch_v2 call;
    struct batch batch;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!privcmd_permits(file, call.dom))
        return -EPERM;
    if (!call.num || call.num > MOST_FRAMES)
        return -EINVAL;
    if (!program_may_read(call.arr, call.num * sizeof(*call.arr))
        || !program_may_write(call.err, call.num * sizeof(*call.err)))
        return -EFAULT;
    memset(call.err, 0, call.num * sizeof(*call.err));
    batch = (struct batch){ call.num, call.dom, call.addr, call.arr, fail_beside, call.err };
    return map_batch(&batch);
}

/* How much there is of it. */
static long measure(struct xen_mem_acquire_resource *request, struct privcmd_mmap_resource *argument)
{
    uint64_t count;
    long error = HYPERCALL2(memory_op, XENMEM_acquire_resource, request);

    if (error)
        return error;
    count = request->nr_frames;
    return copy_to_program(&argument->num, &count, sizeof(count));
}

long privcmd_mmap_resource(const struct file *file, struct privcmd_mmap_resource *argument)
{
    struct privcmd_mmap_resource call;
    struct xen_mem_acquire_resource request;
    struct foreign_part part;
    bool whole;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!privcmd_permits(file, call.dom))
        return -EPERM;
    if (!call.addr != !call.num)
        return -EINVAL;
    request = (struct xen_mem_acquire_resource){
        .domid = call.dom, .type = call.type, .id = call.id, .nr_frames = call.num, .frame = call.idx,
    };
    if (!call.addr)
        return measure(&request, argument);
    if (call.addr > UINTPTR_MAX || call.num > UINT32_MAX || !foreign_find(call.addr, call.num, name, &part, &whole))
        return -EINVAL;
    if (foreign_any(&part))
        return -EINVAL;
    return foreign_fill_resource(&part, &request);
}
