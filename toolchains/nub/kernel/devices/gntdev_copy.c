/*
 * Copies between the program's memory and what other domains have lent, done by Xen without
 * a mapping. What the program calls a segment may lie in several of its pages.
 */
#include <devices/gntdev.h>
#include <linux/interface.h>
#include <memory/areas.h>
#include <memory/grants.h>
#include <memory/program.h>
#include <xen/hypercall.h>

static bool is_lent_well(const union gntdev_copy_end *end, uint16_t length)
{
    return end->foreign.offset + length <= PAGE_SIZE;
}

/* The page is there then, and is the program's own if Xen will write to it. */
static long settle(uintptr_t address, bool written, struct gnttab_copy_ptr *pointer)
{
    pfn page;

    if (!(written ? program_may_write : program_may_read)((void *)address, 1))
        return -EFAULT;
    if (!areas_populate(ROUND_DOWN(address, PAGE_SIZE), PAGE_SIZE))
        return -ENOMEM;
    if (written)
        __asm__ volatile("lock orb $0, %0" : "+m"(*(char *)address));
    page = tables_page(address);
    if (page == NO_PAGE || page == FOREIGN_PAGE)
        return -EFAULT;
    *pointer = (struct gnttab_copy_ptr){ .u.gmfn = grant_frame(page), .domid = DOMID_SELF,
                                         .offset = address & PAGE_MASK };
    return 0;
}

static uintptr_t room_in_page(uintptr_t address)
{
    return PAGE_SIZE - (address & PAGE_MASK);
}

/* What is to be done from `done` bytes on; answers with how many bytes, or an error. */
static long prepare(const struct gntdev_copy_segment *segment, size_t done, struct gnttab_copy *call)
{
    size_t length = segment->len - done;
    uintptr_t from = (uintptr_t)segment->source.virt + done, to = (uintptr_t)segment->dest.virt + done;
    long error = 0;

    *call = (struct gnttab_copy){ .flags = segment->flags, .status = GNTST_general_error };
    if (segment->flags & GNTCOPY_source_gref) {
        call->source = (struct gnttab_copy_ptr){ .u.ref = segment->source.foreign.ref,
            .domid = segment->source.foreign.domid, .offset = segment->source.foreign.offset + done };
    } else {
        length = smaller(length, room_in_page(from));
        error = settle(from, false, &call->source);
    }
    if (segment->flags & GNTCOPY_dest_gref) {
        call->dest = (struct gnttab_copy_ptr){ .u.ref = segment->dest.foreign.ref,
            .domid = segment->dest.foreign.domid, .offset = segment->dest.foreign.offset + done };
    } else {
        length = smaller(length, room_in_page(to));
        error = error ? error : settle(to, true, &call->dest);
    }
    call->len = length;
    return error ? error : (long)length;
}

/* Xen's answer for the first part that it does not copy is the segment's. */
static long copy_segment(struct gntdev_copy_segment *segment)
{
    if (!(segment->flags & (GNTCOPY_source_gref | GNTCOPY_dest_gref)))
        return -EINVAL;
    if (segment->flags & GNTCOPY_source_gref && !is_lent_well(&segment->source, segment->len))
        return -EINVAL;
    if (segment->flags & GNTCOPY_dest_gref && !is_lent_well(&segment->dest, segment->len))
        return -EINVAL;
    segment->status = GNTST_okay;
    for (size_t done = 0; done < segment->len && segment->status == GNTST_okay;) {
        struct gnttab_copy call;
        long length = prepare(segment, done, &call), error;

        if (length < 0)
            return length;
        error = HYPERCALL3(grant_table_op, GNTTABOP_copy, &call, 1);
        if (error)
            return error;
        segment->status = call.status;
        done += length;
    }
    return 0;
}

long gntdev_copy(const struct gntdev_copy_call *argument)
{
    struct gntdev_copy_call call;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    for (unsigned i = 0; i < call.count; i++) {
        struct gntdev_copy_segment segment;
        long error = copy_from_program(&segment, &call.segments[i], sizeof(segment));

        error = error ? error : copy_segment(&segment);
        if (error)
            return error;
        if (copy_to_program(&call.segments[i].status, &segment.status, sizeof(segment.status)))
            return -EFAULT;
    }
    return 0;
}
