/* Calls that work on descriptors, whatever is behind them: files, folders, pipes, counters. */
#define _GNU_SOURCE
#include "sequence.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const int sizes[] = {0, 1, 7, 8, 100, 4095, 4096, 4097, 8192, 10000, 65536, 70000};
static const long long offsets[] = {0, 0, 1, 100, 4096, 5000, 12288, 100000, -1};

static int pick_size(void)
{
    /* Small ones mostly: the large ones cost time. */
    return sizes[pick(4) ? pick(8) : pick(COUNT(sizes))];
}

static int is(int fd, unsigned type)
{
    struct stat status;
    int error = errno;
    int same = fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type;
    errno = error;
    return same;
}

/* Of a counter, a signalfd and their like; they have no type. */
static int is_special(int fd)
{
    return is(fd, 0);
}

static void bytes_seen(int fd, long long count)
{
    /* What a signalfd tells has the number of the process in it. */
    if (count > 0 && !(count >= 128 && is_special(fd)))
        seen(" %x", sum_of(data, count));
}

static void do_read(void)
{
    int slot = pick_slot(), size = pick_size();
    calls("read(f%d, %d)", slot, size);
    bytes_seen(slots[slot], gave(read(slots[slot], data, size)));
}

static void do_write(void)
{
    int slot = pick_slot(), size = pick_size();
    data_fill(size);
    /* A counter takes what is written as a number: a small one. */
    if (size == 8)
        *(uint64_t *)data = pick(3) ? pick(5) : UINT64_MAX - pick(3);
    /* Whether a counter takes more than its 8 bytes has changed within Linux's own versions. */
    if (is_special(slots[slot]) && size > 8)
        size = 7;
    calls("write(f%d, %d)", slot, size);
    gave(write(slots[slot], data, size));
}

static void do_pread(void)
{
    int slot = pick_slot(), size = pick_size();
    long long offset = PICK(offsets);
    calls("pread(f%d, %d, %lld)", slot, size, offset);
    bytes_seen(slots[slot], gave(pread(slots[slot], data, size, offset)));
}

static void do_pwrite(void)
{
    int slot = pick_slot(), size = pick_size();
    long long offset = PICK(offsets);
    data_fill(size);
    calls("pwrite(f%d, %d, %lld)", slot, size, offset);
    gave(pwrite(slots[slot], data, size, offset));
}

static void do_vectors(void)
{
    int slot = pick_slot(), writes = pick(2), count = pick(4);
    struct iovec parts[4];
    int total = 0;
    if (is_special(slots[slot]))
        writes = 0;
    for (int i = 0; i < 4; i++) {
        parts[i].iov_base = data + total;
        parts[i].iov_len = sizes[pick(6)];
        total += parts[i].iov_len;
    }
    if (writes) {
        data_fill(total);
        calls("writev(f%d, %d:%d)", slot, count, total);
        gave(writev(slots[slot], parts, count));
    } else {
        calls("readv(f%d, %d:%d)", slot, count, total);
        bytes_seen(slots[slot], gave(readv(slots[slot], parts, count)));
    }
}

static void do_lseek(void)
{
    static const struct { int number; const char *name; } whences[] = {
        {SEEK_SET, "SET"}, {SEEK_SET, "SET"}, {SEEK_CUR, "CUR"}, {SEEK_END, "END"}, {9, "9"},
    };
    int slot = pick_slot();
    unsigned whence = pick(COUNT(whences));
    long long offset = PICK(offsets);
    calls("lseek(f%d, %lld, %s)", slot, offset, whences[whence].name);
    /* What a place in a folder is called is the file system's own. */
    if (!is(slots[slot], S_IFDIR))
        gave(lseek(slots[slot], offset, whences[whence].number));
    else if (offset == 0)
        gave(lseek(slots[slot], 0, SEEK_SET));
}

static void do_ftruncate(void)
{
    static const long long lengths[] = {0, 1, 100, 4096, 5000, 20000, -1};
    int slot = pick_slot();
    long long length = PICK(lengths);
    calls("ftruncate(f%d, %lld)", slot, length);
    gave(ftruncate(slots[slot], length));
}

static void do_fallocate(void)
{
    /* Plain, without a new size, and a hole with and without what belongs to it. */
    static const int modes[] = {0, 1, 3, 2};
    int slot = pick_slot(), mode = PICK(modes);
    long long offset = PICK(offsets), size = sizes[pick(9)];
    calls("fallocate(f%d, %d, %lld, %lld)", slot, mode, offset, size);
    gave(fallocate(slots[slot], mode, offset, size));
}

static void do_fstat(void)
{
    int slot = pick_slot();
    struct stat status;
    calls("fstat(f%d)", slot);
    if (gave(fstat(slots[slot], &status)) == 0) {
        seen(" type %o", status.st_mode & S_IFMT);
        if (S_ISREG(status.st_mode))
            seen(" size %lld links %d", (long long)status.st_size, (int)status.st_nlink);
    }
}

static void do_fchmod(void)
{
    int slot = pick_slot();
    calls("fchmod(f%d)", slot);
    /* musl's own goes by /proc where the call is refused. */
    gave(syscall(SYS_fchmod, slots[slot], 0600 + pick(8)));
}

static void do_sync(void)
{
    int slot = pick_slot(), data_only = pick(2);
    calls("%s(f%d)", data_only ? "fdatasync" : "fsync", slot);
    gave(data_only ? fdatasync(slots[slot]) : fsync(slots[slot]));
}

static void do_close(void)
{
    int slot = pick_slot();
    calls("close(f%d)", slot);
    gave(close(slots[slot]));
    slots[slot] = -1;
}

static void do_dup(void)
{
    int from = pick_slot(), to = (from + 1 + pick(SLOTS - 1)) % SLOTS;
    slot_empty(to);
    calls("f%d = dup(f%d)", to, from);
    slot_fill(to, gave(dup(slots[from])));
}

/* Takes the place of a descriptor that is in use, or of none. */
static void do_dup3(void)
{
    static const int flags[] = {0, 0, O_CLOEXEC, 1};
    int from = pick_slot(), to = pick_slot(), flag = PICK(flags), number = slots[to];
    if (number < 0)
        number = 20 + pick(3);
    for (int i = 0; i < SLOTS; i++)
        if (i != to && slots[i] == number)
            number = 30;
    calls("f%d = dup3(f%d, %d, %d)", to, from, number, flag);
    /* musl's own knows one flag only. */
    if (gave(syscall(SYS_dup3, slots[from], number, flag)) < 0)
        return;
    if (slots[to] != number)
        slot_empty(to);
    slot_fill(to, number);
}

static void do_dup2(void)
{
    static const int numbers[] = {-1, 1 << 20, 40};
    int from = pick_slot(), number = PICK(numbers);
    calls("dup2(f%d, %d)", from, number);
    if (gave(dup2(slots[from], number)) >= 0)
        close(number);
    /* To itself, which is a check of whether it is open. */
    seen(" itself %d", dup2(slots[from], slots[from]) == slots[from] && slots[from] >= 0);
}

static void do_fcntl(void)
{
    int slot = pick_slot(), fd = slots[slot], to;
    switch (pick(6)) {
    case 0:
        calls("fcntl(f%d, GETFD)", slot);
        gave(fcntl(fd, F_GETFD));
        break;
    case 1:
        calls("fcntl(f%d, SETFD, %d)", slot, FD_CLOEXEC);
        gave(fcntl(fd, F_SETFD, FD_CLOEXEC));
        break;
    case 2:
        calls("fcntl(f%d, GETFL)", slot);
        /* The kernel's own O_LARGEFILE is 0 for 64-bit programs, and set for others. */
        to = fcntl(fd, F_GETFL);
        gave(to < 0 ? to : to & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH));
        break;
    case 3:
        calls("fcntl(f%d, SETFL, APPEND)", slot);
        gave(fcntl(fd, F_SETFL, O_NONBLOCK | (pick(2) ? O_APPEND : 0)));
        break;
    case 4:
        to = (slot + 1) % SLOTS;
        slot_empty(to);
        calls("f%d = fcntl(f%d, DUPFD, 15)", to, slot);
        slot_fill(to, gave(fcntl(fd, pick(2) ? F_DUPFD : F_DUPFD_CLOEXEC, 15)));
        break;
    default:
        calls("fcntl(f%d, 9999)", slot);
        gave(fcntl(fd, 9999, 0));
    }
}

static void do_sendfile(void)
{
    int to = pick_slot(), from = pick_slot(), size = sizes[pick(9)], own = pick(2);
    off_t offset = pick(3) * 100;
    calls("sendfile(f%d, f%d, %s, %d)", to, from, own ? "offset" : "NULL", size);
    gave(sendfile(slots[to], slots[from], own ? &offset : NULL, size));
    seen(" offset %lld", (long long)offset);
}

static void do_copy_file_range(void)
{
    int to = pick_slot(), from = pick_slot(), size = sizes[pick(9)];
    calls("copy_file_range(f%d, f%d, %d)", from, to, size);
    gave(syscall(SYS_copy_file_range, slots[from], NULL, slots[to], NULL, size, 0));
}

static void do_ioctl(void)
{
    int slot = pick_slot(), value = -7;
    calls("ioctl(f%d, FIONREAD)", slot);
    if (gave(ioctl(slots[slot], FIONREAD, &value)) == 0)
        seen(" %d", value);
}

static void do_fchdir(void)
{
    int slot = pick_slot();
    calls("fchdir(f%d)", slot);
    gave(fchdir(slots[slot]) == 0 && chdir("/tmp/differential/s") == 0 ? 0 : -1);
}

static void end_descriptors(void)
{
    calls("descriptors");
    for (int i = 0; i < SLOTS; i++)
        seen(" %d@%lld", fcntl(slots[i], F_GETFD),
             is(slots[i], S_IFREG) ? (long long)lseek(slots[i], 0, SEEK_CUR) : -1);
}

static const struct operation descriptor_group_list[] = {
    OPERATION(10, read), OPERATION(12, write), OPERATION(5, pread), OPERATION(5, pwrite),
    OPERATION(4, vectors), OPERATION(6, lseek), OPERATION(4, ftruncate), OPERATION(2, fallocate),
    OPERATION(4, fstat), OPERATION(1, fchmod), OPERATION(1, sync), OPERATION(6, close),
    OPERATION(5, dup), OPERATION(3, dup3), OPERATION(2, dup2), OPERATION(6, fcntl),
    OPERATION(2, sendfile), OPERATION(2, copy_file_range), OPERATION(2, ioctl),
    OPERATION(1, fchdir),
};
GROUP(descriptor_group, NULL, end_descriptors);
