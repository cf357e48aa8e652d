/* Calls that work on names: files, folders and links, made, found, moved and removed. */
#define _GNU_SOURCE
#include "sequence.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void stat_seen(const struct stat *status)
{
    if (S_ISREG(status->st_mode) || S_ISLNK(status->st_mode))
        seen(" mode %o links %d size %lld", status->st_mode, (int)status->st_nlink,
             (long long)status->st_size);
    else
        seen(" mode %o", S_ISDIR(status->st_mode) ? status->st_mode : status->st_mode & S_IFMT);
}

static void do_open(void)
{
    static const struct { int flag; const char *name; } extra[] = {
        {O_CREAT, "CREAT"}, {O_CREAT, "CREAT"}, {O_EXCL, "EXCL"}, {O_TRUNC, "TRUNC"},
        {O_APPEND, "APPEND"}, {O_DIRECTORY, "DIRECTORY"}, {O_NOFOLLOW, "NOFOLLOW"},
        {O_PATH, "PATH"}, {O_CLOEXEC, "CLOEXEC"},
    };
    static const char *const modes[] = {"RDONLY", "WRONLY", "RDWR"};
    int access_mode = pick(3), slot = pick_slot(), flags = access_mode | O_NONBLOCK;
    int count = pick(3);
    const char *name;
    char words[60] = "";
    while (count-- > 0) {
        unsigned choice = pick(COUNT(extra));
        if (flags & extra[choice].flag & ~O_DIRECTORY)
            continue;
        flags |= extra[choice].flag;
        strcat(strcat(words, "|"), extra[choice].name);
    }
    /* What these do together has changed within Linux's own versions. */
    if ((flags & O_CREAT) && (flags & O_DIRECTORY))
        flags &= ~O_CREAT;
    name = flags & O_CREAT ? pick_new_name() : pick_name();
    slot_empty(slot);
    calls("f%d = open(\"%s\", %s%s)", slot, name, modes[access_mode], words);
    slot_fill(slot, gave(open(name, flags, 0666)));
    if (slots[slot] >= 0 && (flags & O_PATH))
        seen(" %s", lseek(slots[slot], 0, SEEK_CUR) < 0 ? "a place" : "a file");
}

static void do_openat(void)
{
    int from = pick_slot(), slot = (from + 1) % SLOTS;
    int flags = pick(2) ? O_RDONLY : O_RDWR | O_CREAT;
    const char *name = pick_new_name();
    slot_empty(slot);
    calls("f%d = openat(f%d, \"%s\", %s)", slot, from, name, flags ? "RDWR|CREAT" : "RDONLY");
    slot_fill(slot, gave(openat(slots[from], name, flags | O_NONBLOCK, 0640)));
}

static void do_mkdir(void)
{
    static const char *const names[] = {"d", "e", "d/e", "e/d", "a", "d/", "l", "d/e/f", ".", "/"};
    const char *name = PICK(names);
    calls("mkdir(\"%s\")", name);
    gave(mkdir(name, 0755));
}

static void do_rmdir(void)
{
    static const char *const names[] = {"d", "e", "d/e", "a", "d/", ".", "d/.", "..", "l", "l/", "/"};
    const char *name = PICK(names);
    calls("rmdir(\"%s\")", name);
    gave(rmdir(name));
}

static void do_unlink(void)
{
    const char *name = pick_name();
    calls("unlink(\"%s\")", name);
    gave(unlink(name));
}

static void do_unlinkat(void)
{
    static const int flags[] = {0, AT_REMOVEDIR, 0x4000};
    int from = pick_slot(), flag = PICK(flags);
    const char *name = pick_new_name();
    calls("unlinkat(f%d, \"%s\", %#x)", from, name, flag);
    gave(unlinkat(slots[from], name, flag));
}

static void do_rename(void)
{
    const char *from = pick_name(), *to = pick_new_name();
    calls("rename(\"%s\", \"%s\")", from, to);
    gave(rename(from, to));
}

static void do_renameat2(void)
{
    const char *from = pick_new_name(), *to = pick_new_name();
    /* NOREPLACE, EXCHANGE, both, and one that there is not. */
    static const unsigned flags[] = {1, 2, 3, 0x80};
    unsigned flag = PICK(flags);
    calls("renameat2(\"%s\", \"%s\", %#x)", from, to, flag);
    gave(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flag));
}

static void do_link(void)
{
    const char *from = pick_name(), *to = pick_new_name();
    int flags = pick(3) == 0 ? AT_SYMLINK_FOLLOW : 0;
    calls("linkat(\"%s\", \"%s\", %#x)", from, to, flags);
    gave(linkat(AT_FDCWD, from, AT_FDCWD, to, flags));
}

static void do_symlink(void)
{
    static const char *const names[] = {"l", "m", "d/l", "a", "l/", "e"};
    const char *target = pick_new_name(), *name = PICK(names);
    calls("symlink(\"%s\", \"%s\")", target, name);
    gave(symlink(target, name));
}

static void do_readlink(void)
{
    static const int sizes[] = {100, 100, 2, 0};
    const char *name = pick_name();
    char target[100];
    int size = PICK(sizes);
    calls("readlink(\"%s\", %d)", name, size);
    /* glibc answers a size of 0 itself. */
    long long length = gave(syscall(SYS_readlinkat, AT_FDCWD, name, target, size));
    if (length > 0)
        seen(" \"%.*s\"", (int)length, target);
}

static void do_stat(void)
{
    struct stat status;
    const char *name = pick_name();
    int flags = pick(2) ? AT_SYMLINK_NOFOLLOW : 0;
    calls("%s(\"%s\")", flags ? "lstat" : "stat", name);
    if (gave(fstatat(AT_FDCWD, name, &status, flags)) == 0)
        stat_seen(&status);
}

static void do_fstatat(void)
{
    struct stat status;
    int from = pick_slot(), flags = pick(2) ? AT_EMPTY_PATH : 0;
    const char *name = pick(2) ? "" : pick_name();
    calls("fstatat(f%d, \"%s\", %#x)", from, name, flags);
    if (gave(fstatat(slots[from], name, &status, flags)) == 0)
        stat_seen(&status);
}

static void do_access(void)
{
    static const int modes[] = {F_OK, R_OK, W_OK, X_OK, R_OK | W_OK, 8};
    const char *name = pick_name();
    int mode = PICK(modes);
    calls("access(\"%s\", %d)", name, mode);
    gave(access(name, mode));
}

static void do_chmod(void)
{
    /* Who may keep a set-user bit through a write, only the root of all namespaces knows. */
    static const int modes[] = {0644, 0755, 0, 0777, 0711, 01777};
    const char *name = pick_new_name();
    int mode = PICK(modes);
    calls("chmod(\"%s\", %o)", name, mode);
    gave(chmod(name, mode));
}

static void do_truncate(void)
{
    static const long long sizes[] = {0, 1, 100, 4096, 5000, 20000, -1};
    const char *name = pick_new_name();
    long long size = PICK(sizes);
    calls("truncate(\"%s\", %lld)", name, size);
    gave(truncate(name, size));
}

static void do_utimens(void)
{
    struct timespec times[2] = {{1000 + pick(9), 5}, {2000000000 + pick(9), 123456789}};
    struct stat status;
    const char *name = pick_new_name();
    if (pick(3) == 0)
        times[0].tv_nsec = UTIME_OMIT;
    calls("utimensat(\"%s\", %lld.%ld)", name, (long long)times[1].tv_sec, times[1].tv_nsec);
    if (gave(utimensat(AT_FDCWD, name, times, 0)) == 0 && stat(name, &status) == 0)
        seen(" %lld.%09ld", (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

static int in_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Reads a folder with the call itself: what a library allocates could come to lie in the arena. */
static void list(int fd)
{
    static char buffer[8192];
    const char *entries[100];
    int count = 0;
    long size = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
    /* How much room an entry takes is the file system's own. */
    gave(size > 0 ? 1 : size);
    for (long at = 0; at < size && count < 100;) {
        unsigned short record_size;
        memcpy(&record_size, buffer + at + 16, sizeof record_size);
        /* The type stands before the name. */
        buffer[at + 18] += 'A';
        entries[count++] = buffer + at + 18;
        at += record_size;
    }
    if (size <= 0)
        return;
    qsort(entries, count, sizeof *entries, in_order);
    for (int i = 0; i < count; i++)
        seen(" %s", entries[i]);
}

/* What is in the root is the system's own. */
static int is_root(int fd)
{
    struct stat status, root;
    return fstat(fd, &status) == 0 && stat("/", &root) == 0 && status.st_ino == root.st_ino;
}

static void do_getdents(void)
{
    int slot = pick_slot();
    calls("getdents(f%d)", slot);
    if (is_root(slots[slot]))
        return;
    /* Whether what is new shows once all has been read is the file system's own. */
    lseek(slots[slot], 0, SEEK_SET);
    errno = 0;
    list(slots[slot]);
}

static void do_chdir(void)
{
    static const char *const names[] = {"d", "e", "d/e", "a", "l", "", "missing"};
    const char *name = PICK(names);
    char path[200];
    calls("chdir(\"%s\")", name);
    if (gave(chdir(name)) == 0)
        seen(" %s", getcwd(path, sizeof path) ? path : error_name(errno));
}

static void do_umask(void)
{
    static const int masks[] = {0, 022, 077, 0777, 022};
    int mask = PICK(masks);
    calls("umask(%o)", mask);
    gave(umask(mask));
}

static void show_tree(const char *name, int depth)
{
    struct stat status;
    static char buffer[4][2048];
    int fd;
    if (lstat(name, &status) != 0)
        return;
    stat_seen(&status);
    if (S_ISREG(status.st_mode) && (fd = open(name, O_RDONLY)) >= 0) {
        long size = read(fd, data, DATA);
        seen(" content %x", size < 0 ? 0 : sum_of(data, size));
        close(fd);
    }
    if (!S_ISDIR(status.st_mode) || depth == 4 || (fd = open(name, O_RDONLY | O_DIRECTORY)) < 0)
        return;
    const char *names[60];
    int count = 0;
    long size = syscall(SYS_getdents64, fd, buffer[depth], sizeof buffer[depth]);
    close(fd);
    for (long at = 0; at < size && count < 60;) {
        unsigned short record_size;
        memcpy(&record_size, buffer[depth] + at + 16, sizeof record_size);
        names[count++] = buffer[depth] + at + 19;
        at += record_size;
    }
    qsort(names, count, sizeof *names, in_order);
    if (chdir(name) != 0)
        return;
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], ".") == 0 || strcmp(names[i], "..") == 0)
            continue;
        seen(" [%s", names[i]);
        show_tree(names[i], depth + 1);
        seen("]");
    }
    if (depth > 0 && chdir("..") != 0)
        seen(" lost");
}

/* Something to begin with: most calls on nothing only say that it is not there. */
static void begin_tree(void)
{
    mkdir("d", 0755);
    mkdir("d/e", 0755);
    slot_fill(0, open("a", O_RDWR | O_CREAT, 0644));
    slot_fill(1, open("d/a", O_RDWR | O_CREAT | O_APPEND, 0600));
    slot_fill(2, open("d", O_RDONLY | O_DIRECTORY));
    memset(data, 'x', 9000);
    if (write(slots[0], data, 9000) != 9000 || write(slots[1], data, 100) != 100 ||
        symlink("d", "l") != 0 || slots[2] < 0)
        put_line("no files");
}

static void end_tree(void)
{
    if (chdir("/tmp/differential/s") != 0)
        return;
    calls("tree");
    show_tree(".", 0);
}

static const struct operation tree_group_list[] = {
    OPERATION(16, open), OPERATION(4, openat), OPERATION(6, mkdir), OPERATION(3, rmdir),
    OPERATION(6, unlink), OPERATION(2, unlinkat), OPERATION(8, rename), OPERATION(3, renameat2),
    OPERATION(4, link), OPERATION(5, symlink), OPERATION(4, readlink), OPERATION(6, stat),
    OPERATION(3, fstatat), OPERATION(4, access), OPERATION(3, chmod), OPERATION(3, truncate),
    OPERATION(2, utimens), OPERATION(4, getdents), OPERATION(2, chdir), OPERATION(1, umask),
};
GROUP(tree_group, begin_tree, end_tree);
