/*
 * The part of Linux's system-call interface that nub serves: numbers and
 * layouts. What has the same name and another layout on the two architectures
 * is told apart by a suffix: 32 for i386's older calls, 64 for all others.
 */
#ifndef LINUX_INTERFACE_H
#define LINUX_INTERFACE_H

#include <nub.h>

/* What uname and /proc/version tell. */
#define LINUX_RELEASE "5.10.0-nub"

enum {
    ENOENT = 2, EINTR = 4, EBADF = 9, ECHILD = 10, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14,
    EEXIST = 17, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, EMFILE = 24, ENOTTY = 25, ESPIPE = 29,
    EROFS = 30, ERANGE = 34, ENAMETOOLONG = 36, ENOSYS = 38, ELOOP = 40, EOVERFLOW = 75,
    EPERM = 1, ESRCH = 3, EIO = 5, ENXIO = 6, E2BIG = 7, EXDEV = 18, EBUSY = 16, EFBIG = 27, ENOSPC = 28, EPIPE = 32, ENOTEMPTY = 39,
    EDEADLK = 35, ENOLCK = 37, ENODEV = 19, ENOMEDIUM = 123, EOPNOTSUPP = 95, EDOM = 33, EMSGSIZE = 90,
    EBADFD = 77,
    EPROTOTYPE = 91, ENOPROTOOPT = 92, EPROTONOSUPPORT = 93, ESOCKTNOSUPPORT = 94, ENOTSOCK = 88, EADDRINUSE = 98,
    ECONNRESET = 104, EISCONN = 106, ENOTCONN = 107, ECONNREFUSED = 111, EAFNOSUPPORT = 97, ETIMEDOUT = 110,
    /* Never seen by a program: the call was interrupted before it had done
     * anything, and may be made again once the signal's handler is done. */
    ERESTART = 512, /* as SA_RESTART says */
    ERESTART_ALWAYS = 513, /* whatever that says */
};

enum {
    O_ACCMODE = 3, O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_EXCL = 0200, O_TRUNC = 01000,
    O_APPEND = 02000, O_NONBLOCK = 04000, O_DIRECTORY = 0200000, O_NOFOLLOW = 0400000, O_CLOEXEC = 02000000,
    O_NOCTTY = 0400, O_ASYNC = 020000, O_DSYNC = 010000, O_SYNC = 04010000, O_DIRECT = 040000, O_LARGEFILE = 0100000, O_NOATIME = 01000000,
    O_PATH = 010000000, O_TMPFILE = 020000000 | O_DIRECTORY,
};

enum { AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200, AT_EACCESS = 0x200, AT_SYMLINK_FOLLOW = 0x400, AT_NO_AUTOMOUNT = 0x800,
       AT_EMPTY_PATH = 0x1000, AT_STATX_SYNC_TYPE = 0x6000 };

enum { S_IFMT = 0170000, S_IFLNK = 0120000, S_IFREG = 0100000, S_IFDIR = 0040000, S_IFCHR = 0020000, S_IFIFO = 0010000, S_IFBLK = 0060000, S_IFSOCK = 0140000, S_ISUID = 04000, S_ISGID = 02000 };

enum { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE };

enum {
    F_DUPFD = 0, F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, F_OFD_GETLK = 36, F_OFD_SETLK = 37,
    F_OFD_SETLKW = 38, F_DUPFD_CLOEXEC = 1030, F_SETPIPE_SZ = 1031, F_GETPIPE_SZ = 1032,
    F_ADD_SEALS = 1033, F_GET_SEALS = 1034,
    /* With 64-bit positions, the only ones that we serve. */
#ifdef __x86_64__
    F_GETLK64 = 5, F_SETLK64 = 6, F_SETLKW64 = 7,
#else
    F_GETLK64 = 12, F_SETLK64 = 13, F_SETLKW64 = 14,
#endif
};

enum { FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2, FALLOC_FL_ZERO_RANGE = 16 };
enum { F_SEAL_SEAL = 1, F_SEAL_SHRINK = 2, F_SEAL_GROW = 4, F_SEAL_WRITE = 8, F_SEAL_FUTURE_WRITE = 16 };

/* Types of locks. */
enum { F_RDLCK, F_WRLCK, F_UNLCK };

/* What x86_64 calls struct flock, and i386 struct flock64. */
struct record_lock {
    int16_t type, whence;
    int64_t start, length;
    int32_t pid;
};

enum { X_OK = 1, W_OK = 2, R_OK = 4 };

#define TIOCGWINSZ 0x5413UL
#define FIONBIO 0x5421UL
#define FIONREAD 0x541bUL

/* A 64-bit number takes two arguments on i386, the low half first. */
#ifdef __x86_64__
#define WIDE_ARGUMENTS(name) uint64_t name
#define WIDE(name) (name)
#else
#define WIDE_ARGUMENTS(name) uint32_t name##_low, uint32_t name##_high
#define WIDE(name) ((uint64_t)name##_high << 32 | name##_low)
#endif

struct iovec {
    char *base;
    size_t size;
};

struct timespec64 {
    int64_t seconds;
    int64_t nanoseconds; /* only the low half counts on i386 */
};

struct timespec32 {
    int32_t seconds;
    int32_t nanoseconds;
};

/* What x86_64 calls struct stat. */
struct stat_x86_64 {
    uint64_t dev, ino, nlink;
    uint32_t mode, uid, gid, pad;
    uint64_t rdev;
    int64_t size, blksize, blocks;
    struct {
        uint64_t seconds, nanoseconds;
    } atime, mtime, ctime;
    int64_t unused[3];
};

/* What i386 calls struct stat64. */
struct stat_i386 {
    uint64_t dev;
    uint32_t pad;
    uint32_t short_ino;
    uint32_t mode, nlink, uid, gid;
    uint64_t rdev;
    uint32_t pad2;
    int64_t size;
    uint32_t blksize;
    uint64_t blocks;
    struct {
        uint32_t seconds, nanoseconds;
    } atime, mtime, ctime;
    uint64_t ino;
} PACKED;

struct statx {
    uint32_t mask, blksize;
    uint64_t attributes;
    uint32_t nlink, uid, gid;
    uint16_t mode, pad;
    uint64_t ino, size, blocks, attributes_mask;
    struct {
        int64_t seconds;
        uint32_t nanoseconds;
        int32_t pad;
    } atime, btime, ctime, mtime;
    uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
    uint64_t spare[14];
};

/* What x86_64 calls struct statfs, and i386 struct statfs64. */
struct file_system {
    unsigned long type, block_size;
    uint64_t blocks, free, available, files, free_files;
    int number[2];
    unsigned long longest_name, fragment_size, flags, spare[4];
} PACKED;

struct dirent64 {
    uint64_t ino;
    int64_t off;
    uint16_t reclen;
    uint8_t type;
    char name[];
};

struct utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

struct sysinfo {
    long uptime;
    unsigned long loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    unsigned short procs, pad;
    unsigned long totalhigh, freehigh;
    unsigned mem_unit;
};

struct stack {
    uintptr_t start;
    int flags;
    size_t size;
};

struct pollfd {
    int fd;
    uint16_t events, revents;
};

enum {
    POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32, POLLRDNORM = 0x40,
    POLLRDBAND = 0x80, POLLWRNORM = 0x100, POLLWRBAND = 0x200, POLLRDHUP = 0x2000,
};

struct epoll_event {
    uint32_t events;
    uint64_t data;
} PACKED;

/* i386's set_thread_area. */
struct user_desc {
    uint32_t entry_number, base_addr, limit, flags;
};

struct sigaction {
    void (*handler)(int signal, void *information, void *context);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
} PACKED;

#endif
