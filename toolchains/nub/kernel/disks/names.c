/*
 * How disks are called: as Linux calls those of this interface, whatever Xen's number
 * says that they look like.
 */
#include <disks/disks.h>

enum { IDE0_MAJOR = 3, SCSI_MAJOR = 8, IDE1_MAJOR = 22, XVD_MAJOR = 202 };

#define EXTENDED (1u << 28)
#define PARTITIONS 16u
#define EXTENDED_PARTITIONS 256u
#define LETTERS 26u
#define IDE_DISKS 4u /* SCSI disks come behind them */

/* Which disk it is, and which partition. */
static bool parse(uint32_t number, unsigned *disk, unsigned *partition, unsigned *minor)
{
    unsigned major = number >> 8, low = number & 0xff;

    if (number & EXTENDED) {
        *disk = (number & ~EXTENDED) / EXTENDED_PARTITIONS;
        *partition = number % EXTENDED_PARTITIONS;
        *minor = number & ~EXTENDED;
        return *disk >= PARTITIONS && *disk < LETTERS && number < 2 * EXTENDED;
    }
    switch (major) {
    case XVD_MAJOR:
        *disk = low / PARTITIONS;
        *partition = low % PARTITIONS;
        break;
    case SCSI_MAJOR:
        *disk = IDE_DISKS + low / PARTITIONS;
        *partition = low % PARTITIONS;
        break;
    case IDE0_MAJOR:
    case IDE1_MAJOR:
        *disk = low / 64 + (major == IDE1_MAJOR ? 2 : 0);
        *partition = low % 64;
        if (low / 64 > 1 || *partition >= PARTITIONS)
            return false;
        break;
    default:
        return false;
    }
    *minor = *disk * PARTITIONS + *partition;
    return true;
}

bool block_name(uint32_t number, char name[8], uint32_t *device)
{
    unsigned disk, partition, minor;

    if (!parse(number, &disk, &partition, &minor))
        return false;
    if (partition)
        format(name, 8, "xvd%c%u", 'a' + disk, partition);
    else
        format(name, 8, "xvd%c", 'a' + disk);
    *device = (minor & 0xff) | XVD_MAJOR << 8 | (minor & ~0xffu) << 12;
    return true;
}
