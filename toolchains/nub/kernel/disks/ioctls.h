/*
 * Linux's ioctls of disks (uapi/linux/fs.h, hdreg.h, cdrom.h).
 */
#ifndef DISKS_IOCTLS_H
#define DISKS_IOCTLS_H

#include <nub.h>

/* Two of the numbers have the size of a pointer in them. */
#define SIZED(number) ((uint32_t)(0x80001200u | sizeof(size_t) << 16 | (number)))

#define HDIO_GETGEO 0x301u
#define BLKROGET 0x125eu
#define BLKGETSIZE 0x1260u
#define BLKFLSBUF 0x1261u
#define BLKSECTGET 0x1267u
#define BLKSSZGET 0x1268u
#define BLKBSZGET SIZED(112)
#define BLKGETSIZE64 SIZED(114)
#define BLKDISCARD 0x1277u
#define BLKIOMIN 0x1278u
#define BLKIOOPT 0x1279u
#define BLKALIGNOFF 0x127au
#define BLKPBSZGET 0x127bu
#define BLKDISCARDZEROES 0x127cu
#define BLKROTATIONAL 0x127eu
#define BLKZEROOUT 0x127fu
#define CDROMMULTISESSION 0x5310u
#define CDROM_GET_CAPABILITY 0x5331u

struct hd_geometry {
    uint8_t heads, sectors;
    uint16_t cylinders;
    unsigned long start;
};

struct cdrom_multisession {
    uint32_t address;
    uint8_t flag, format;
};

_Static_assert(sizeof(struct hd_geometry) == 2 * sizeof(long), "hdreg.h");
_Static_assert(sizeof(struct cdrom_multisession) == 8, "cdrom.h");

#endif
