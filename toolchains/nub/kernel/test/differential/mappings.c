/* Memory: mappings of files and of nothing, private and shared, and what may be done to them. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int file_of(const char *name, int size, char byte)
{
    static char bytes[4 * PAGE];
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    memset(bytes, byte, size);
    if (write(fd, bytes, size) != size)
        record("write", "failed");
    return fd;
}

static char *map(int size, int protection, int flags, int fd, long offset)
{
    char *address = mmap(NULL, size, protection, flags, fd, offset);
    return address == MAP_FAILED ? NULL : address;
}

static void dont_need_of_a_private_file(void)
{
    int fd = file_of("a", PAGE, 'f');
    char *at = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    VALUE(at[5]);
    at[5] = 'm';
    CALL(madvise(at, PAGE, MADV_DONTNEED));
    VALUE(at[5]);
}

static void dont_need_of_nothing(void)
{
    char *at = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at[5] = at[PAGE] = 'm';
    CALL(madvise(at, PAGE, MADV_DONTNEED));
    VALUE(at[5]);
    VALUE(at[PAGE]);
}

static void shared_reader_sees_writes(void)
{
    int fd = file_of("a", PAGE, 'f');
    volatile char *at = map(PAGE, PROT_READ, MAP_SHARED, fd, 0);
    VALUE(at[5]);
    CALL(pwrite(fd, "new", 3, 4));
    VALUE(at[5]);
}

static void shared_writer_is_seen(void)
{
    char byte = 0;
    int fd = file_of("a", PAGE, 'f'), other = open("a", O_RDONLY);
    volatile char *at = ADDRESS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    volatile char *too = ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
    if (at == MAP_FAILED)
        return;
    at[5] = 'm';
    VALUE(too[5]);
    CALL(pread(other, &byte, 1, 5));
    VALUE(byte);
    CALL(msync((void *)at, PAGE, MS_SYNC));
    CALL(munmap((void *)at, PAGE));
    CALL(pread(fd, &byte, 1, 5));
    VALUE(byte);
}

static void private_writer_is_not_seen(void)
{
    char byte = 0;
    int fd = file_of("a", PAGE, 'f');
    char *at = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    at[5] = 'm';
    CALL(pread(fd, &byte, 1, 5));
    VALUE(byte);
}

static void grows_with_the_file(void)
{
    int fd = file_of("a", 100, 'f');
    volatile char *at = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == NULL)
        return;
    VALUE(at[99]);
    VALUE(at[100]);
    CALL(ftruncate(fd, 2 * PAGE));
    at[PAGE + 1] = 'm';
    char byte = 0;
    CALL(pread(fd, &byte, 1, PAGE + 1));
    VALUE(byte);
    CALL(ftruncate(fd, 50));
    CALL(ftruncate(fd, 100));
    VALUE(at[60]);
}

static char zeros[3 * PAGE] __attribute__((aligned(PAGE)));

static void parts_of_the_program(void)
{
    zeros[PAGE] = 'x';
    CALL(mprotect(zeros + PAGE, PAGE, PROT_READ));
    VALUE(zeros[PAGE]);
    CALL(mprotect(zeros + PAGE, PAGE, PROT_READ | PROT_WRITE));
    zeros[PAGE] = 'y';
    VALUE(zeros[PAGE]);
    CALL(madvise(zeros, PAGE, MADV_WILLNEED));
}

static void unmapping_nothing(void)
{
    char *at = map(4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(munmap(at, 4 * PAGE));
    CALL(munmap(at, 4 * PAGE));
    CALL(munmap(at, 0));
    CALL(munmap(at + 1, PAGE));
    CALL(munmap((void *)-(intptr_t)PAGE, 2 * PAGE));
}

static void advice(void)
{
    char *at = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(madvise(at, PAGE, MADV_NORMAL));
    CALL(madvise(at, PAGE, MADV_RANDOM));
    CALL(madvise(at, PAGE, MADV_FREE));
    CALL(madvise(at, PAGE, 9999));
    CALL(madvise(at + 1, PAGE, MADV_NORMAL));
    CALL(madvise(at, 0, MADV_NORMAL));
    CALL(munmap(at + PAGE, PAGE));
    CALL(madvise(at, 3 * PAGE, MADV_WILLNEED));
    CALL(madvise(at, 3 * PAGE, MADV_DONTNEED));
    FAILS(posix_madvise(at, PAGE, POSIX_MADV_WILLNEED));
    FAILS(posix_madvise(at, PAGE, 9999));
}

static void errors(void)
{
    int fd = file_of("a", PAGE, 'f'), reader = open("a", O_RDONLY), folder = open(".", O_RDONLY);
    int writer = open("a", O_WRONLY), ends[2];
    CALL(pipe(ends));
    ADDRESS(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
    ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
    ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100));
    ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, folder, 0));
    ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0));
    ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, writer, 0));
    ADDRESS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0));
    char *at = ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0));
    CALL(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
    ADDRESS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0));
    CALL(mprotect(at + 1, PAGE, PROT_READ));
    CALL(mprotect(at, 0, PROT_READ));
    CALL(msync(at + 1, PAGE, MS_SYNC));
    CALL(msync(at, PAGE, MS_SYNC | MS_ASYNC));
    CALL(munmap(at, PAGE));
    CALL(mprotect(at, PAGE, PROT_READ));
    CALL(msync(at, PAGE, MS_SYNC));
}

static void fixed_places(void)
{
    char *at = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    memset(at, 'x', 4 * PAGE);
    OFFSET(mmap(at + PAGE, PAGE, PROT_READ, flags | MAP_FIXED, -1, 0), at);
    VALUE(at[PAGE]);
    VALUE(at[2 * PAGE]);
    ADDRESS(mmap(at + PAGE, PAGE, PROT_READ, flags | 0x100000 /* FIXED_NOREPLACE */, -1, 0));
    CALL((char *)mmap(at + PAGE, PAGE, PROT_READ, flags, -1, 0) == at + PAGE);
    ADDRESS(mmap(at + 1, PAGE, PROT_READ, flags | MAP_FIXED, -1, 0));
    CALL(munmap(at, PAGE));
    OFFSET(mmap(at, PAGE, PROT_READ, flags | 0x100000, -1, 0), at);
}

static void moved(void)
{
    char *at = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *to = map(8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at[0] = 'a';
    at[PAGE] = 'b';
    if (OFFSET(mremap(at + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to), to) != to)
        return;
    VALUE(to[0]);
    at = mremap(at, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    VALUE(at[0]);
    VALUE(at[2 * PAGE]);
    OFFSET(mremap(at, 3 * PAGE, PAGE, 0), at);
    ADDRESS(mremap(at, PAGE, 0, MREMAP_MAYMOVE));
    ADDRESS(mremap(at + 1, PAGE, PAGE, MREMAP_MAYMOVE));
    ADDRESS(mremap(at, PAGE, PAGE, 77));
    ADDRESS(mremap(at, PAGE, PAGE, MREMAP_FIXED, to));
    CALL(munmap(at, PAGE));
    ADDRESS(mremap(at, PAGE, PAGE, MREMAP_MAYMOVE));
}

static void anonymous_files(void)
{
    struct stat status = {0};
    int fd = CALL(memfd_create("name", MFD_CLOEXEC));
    if (fd < 0)
        return;
    CALL(ftruncate(fd, 2 * PAGE));
    char *at = ADDRESS(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    char *too = ADDRESS(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE));
    if (at == MAP_FAILED || too == MAP_FAILED)
        return;
    at[PAGE] = 'x';
    VALUE(too[0]);
    CALL(fstat(fd, &status));
    VALUE(S_ISREG(status.st_mode));
    VALUE(status.st_nlink);
    CALL(memfd_create("name", 0x8000));
}

static void shared_memory_objects(void)
{
    int fd = CALL(shm_open("/object", O_RDWR | O_CREAT | O_EXCL, 0600));
    CALL(ftruncate(fd, PAGE));
    char *at = ADDRESS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    int again = CALL(shm_open("/object", O_RDONLY, 0));
    char byte = 0;
    if (at == MAP_FAILED)
        return;
    at[9] = 'x';
    CALL(pread(again, &byte, 1, 9));
    VALUE(byte);
    CALL(shm_open("/object", O_RDWR | O_CREAT | O_EXCL, 0600));
    CALL(shm_unlink("/object"));
    CALL(shm_unlink("/object"));
}

static void locked(void)
{
    char *at = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(mlock(at, PAGE));
    CALL(munlock(at, PAGE));
    CALL(munmap(at, PAGE));
    CALL(mlock(at, PAGE));
    CALL(munlockall());
    CALL(mlockall(0x100));
}

TOPIC(mappings, CASE(dont_need_of_a_private_file), CASE(dont_need_of_nothing),
      CASE(shared_reader_sees_writes), CASE(shared_writer_is_seen),
      CASE(private_writer_is_not_seen), CASE(grows_with_the_file), CASE(parts_of_the_program),
      CASE(unmapping_nothing), CASE(advice), CASE(errors), CASE(fixed_places), CASE(moved),
      CASE(anonymous_files), CASE(shared_memory_objects), CASE(locked));
