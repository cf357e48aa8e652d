/*
 * Foreign frames of a PV guest: Xen writes the entries of the page tables if it is told whose
 * the frames are. Numbers of a domain without a physical address space of its own are the
 * machine's; those of others get translated, but not what Xen itself has listed.
 */
#include <linux/interface.h>
#include <memory/foreign.h>
#include <memory/tables.h>
#include <xen/frames.h>
#include <xen/hypercall.h>

static bool start(struct foreign *foreign)
{
    (void)foreign;
    return true;
}

static void end(struct foreign *foreign)
{
    (void)foreign;
}

static uint64_t place_of(uintptr_t address)
{
    uintptr_t slot = (uintptr_t)tables_about_to_change(address);

    return ((uint64_t)mfn_of_pfn(slot >> PAGE_SHIFT) << PAGE_SHIFT) + (slot & PAGE_MASK);
}

/* Xen stops at the first update that it refuses; those behind it are handed over again. */
static void hand_over(struct mmu_update *updates, size_t count, uint16_t domid, int *errors)
{
    size_t at = 0;

    while (at < count) {
        unsigned done = 0;
        long result = HYPERCALL4(mmu_update, updates + at, count - at, &done, domid);
        size_t good = result < 0 ? smaller(done, count - at) : count - at;

        memset(errors + at, 0, good * sizeof(*errors));
        at += good;
        if (at < count)
            errors[at++] = result;
    }
}

/* Pages from the first on that show frames of one domain go over together. */
static size_t fill_some(const struct foreign_part *part, int *errors)
{
    static struct mmu_update updates[FOREIGN_AT_ONCE];
    const uint64_t *frames = &part->foreign->frames[part->first];
    uint16_t domid = foreign_domid(frames[0]);
    size_t count = 0;

    for (; count < part->count && frames[count] && foreign_domid(frames[count]) == domid; count++) {
        bool machine = frames[count] & FOREIGN_MACHINE;

        updates[count].ptr = place_of(part->address + (count << PAGE_SHIFT))
                           | (machine ? MMU_PT_UPDATE_NO_TRANSLATE : MMU_NORMAL_PT_UPDATE);
        updates[count].val = table_foreign_entry(foreign_number(frames[count]), part->rights);
    }
    hand_over(updates, count, domid, errors);
    return count;
}

/* Without rights the pages show nothing, and their frames are not held. */
static void fill(const struct foreign_part *part, int *errors)
{
    struct foreign_part rest = *part;
    size_t done;

    tables_commit();
    for (; rest.count; rest.count -= done) {
        done = 1;
        if (!rest.foreign->frames[rest.first])
            *errors = -EINVAL;
        else if (!rest.rights)
            *errors = 0;
        else
            done = fill_some(&rest, errors);
        rest.address += done << PAGE_SHIFT;
        rest.first += done;
        errors += done;
    }
    tables_commit();
}

static void place(const struct foreign_part *part, xen_pfn_t *list)
{
    (void)part;
    (void)list;
}

static void leave(const struct foreign_part *part)
{
    uintptr_t end = part->address + (part->count << PAGE_SHIFT);

    for (uintptr_t at = tables_next(part->address, end); at < end; at = tables_next(at + PAGE_SIZE, end))
        tables_unmap(at);
    tables_commit();
}

/* What Xen will not show again, for the domain may be gone, must not stay as it was. */
static void fill_again(const struct foreign_part *part)
{
    int errors[FOREIGN_AT_ONCE];

    for (size_t from = 0; from < part->count; from += FOREIGN_AT_ONCE) {
        struct foreign_part piece = *part;

        piece.address += from << PAGE_SHIFT;
        piece.first += from;
        piece.count = smaller(part->count - from, FOREIGN_AT_ONCE);
        fill(&piece, errors);
        for (size_t i = 0; i < piece.count; i++) {
            if (!errors[i])
                continue;
            tables_unmap(piece.address + (i << PAGE_SHIFT));
            part->foreign->frames[piece.first + i] = 0;
        }
        tables_commit();
    }
}

static void protect(const struct foreign_part *part)
{
    if (part->rights)
        fill_again(part);
    else
        leave(part);
}

static void move(const struct foreign_part *part, uintptr_t to)
{
    struct foreign_part moved = *part;

    moved.address = to;
    leave(part);
    fill_again(&moved);
}

const struct foreign_method foreign_pv = {
    .start = start, .end = end, .fill = fill, .place = place, .fill_placed = fill, .leave = leave,
    .protect = protect, .move = move,
};
