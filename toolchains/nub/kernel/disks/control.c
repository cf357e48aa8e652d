/*
 * What is asked of a disk by ioctl. A number that is not known here is no disk's: ENOTTY.
 */
#include <disks/disks.h>
#include <disks/ioctls.h>
#include <linux/interface.h>
#include <memory/program.h>

/* Linux makes this up for all disks of this kind. */
#define HEADS 255u
#define TRACK_SECTORS 63u
#define MOST_CYLINDERS 65535u

static long tell(void *to, const void *value, size_t size)
{
    return copy_to_program(to, value, size);
}

static long tell_int(int *to, int value)
{
    return tell(to, &value, sizeof(value));
}

static long tell_geometry(const struct block *block, struct hd_geometry *to)
{
    struct hd_geometry geometry = { .heads = HEADS, .sectors = TRACK_SECTORS, .cylinders = MOST_CYLINDERS };
    uint64_t sectors = block->sectors;

    if (sectors < (uint64_t)HEADS * TRACK_SECTORS * MOST_CYLINDERS)
        geometry.cylinders = (uint32_t)sectors / (HEADS * TRACK_SECTORS);
    return tell(to, &geometry, sizeof(geometry));
}

/* A count of sectors that does not fit is refused. */
static long tell_sectors(const struct block *block, unsigned long *to)
{
    unsigned long sectors = block->sectors;

    return sectors == block->sectors ? tell(to, &sectors, sizeof(sectors)) : -EFBIG;
}

static long change_range(struct file *file, const uint64_t *argument, int (*change)(struct block *, unsigned, uint64_t, uint64_t))
{
    const struct block_file *opened = file->state;
    struct block *block = opened->block;
    uint64_t range[2], end;

    if ((file->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (change == block_discard && !block->discard)
        return -EOPNOTSUPP;
    if (copy_from_program(range, argument, sizeof(range)))
        return -EFAULT;
    if ((range[0] | range[1]) & (SECTOR - 1))
        return -EINVAL;
    if (__builtin_add_overflow(range[0], range[1], &end) || end > block_size(block))
        return -EINVAL;
    if (block->readonly)
        return -EPERM;
    if ((range[0] | range[1]) & (block->sector_size - 1))
        return -EINVAL;
    return range[1] ? change(block, opened->insertion, range[0], range[1]) : 0;
}

static long control_cdrom(const struct block *block, unsigned long request, void *argument)
{
    static const struct cdrom_multisession none;

    if (request == CDROMMULTISESSION)
        return tell(argument, &none, sizeof(none));
    return block->cdrom ? 0 : -EINVAL;
}

long block_control(struct file *file, unsigned long request, void *argument)
{
    const struct block_file *opened = file->state;
    struct block *block = opened->block;
    uint64_t size = block_size(block);

    switch ((uint32_t)request) {
    case BLKROGET: return tell_int(argument, block->readonly);
    case BLKGETSIZE: return tell_sectors(block, argument);
    case BLKGETSIZE64: return tell(argument, &size, sizeof(size));
    case BLKSSZGET: return tell_int(argument, block->sector_size);
    case BLKPBSZGET:
    case BLKIOMIN: return tell_int(argument, block->physical_size);
    case BLKIOOPT:
    case BLKALIGNOFF:
    case BLKDISCARDZEROES: return tell_int(argument, 0);
    case BLKBSZGET: return tell_int(argument, PAGE_SIZE);
    case BLKSECTGET: return tell(argument, &(uint16_t){ PIECE_SEGMENTS * (PAGE_SIZE / SECTOR) }, sizeof(uint16_t));
    case BLKROTATIONAL: return tell(argument, &(uint16_t){ 0 }, sizeof(uint16_t));
    case BLKFLSBUF: return block_flush(block, opened->insertion);
    case BLKDISCARD: return change_range(file, argument, block_discard);
    case BLKZEROOUT: return change_range(file, argument, block_zero);
    case HDIO_GETGEO: return tell_geometry(block, argument);
    case CDROMMULTISESSION:
    case CDROM_GET_CAPABILITY: return control_cdrom(block, request, argument);
    default: return -ENOTTY;
    }
}
