/*
 * Files as a program sees them: nodes that paths lead to, open files, and
 * descriptors.
 */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include <archive/archive.h>
#include <linux/interface.h>
#include <memory/areas.h>
#include <threads/wait.h>

struct file;
struct node;
struct name;
struct ram_node;
struct listing;

/* What can be done with a kind of file. A missing read or write is refused. */
struct file_kind {
    uint32_t mode; /* the type bits of st_mode */

    /* Of a device: is it in this machine at all? Without it, it is. */
    const bool *present;

    /* The file is about to get its first descriptor; an error says that it gets
     * none. What the kind keeps for each open file is in file->state. */
    int (*open)(struct file *file);

    /* These move *position on. -EAGAIN: nothing can be done now. */
    long (*read)(struct file *file, void *to, size_t size, uint64_t *position);
    long (*write)(struct file *file, const void *from, size_t size, uint64_t *position);
    bool waits; /* they do so themselves, if they have to */

    /* Each of them is for one whole message of up to a page, in however many parts the
     * program has it, and they look themselves whether the memory is the program's. */
    bool frames;

    /* Does it for several parts at once, all of which have been looked at; they may be
     * moved to or from before anything is waited for, and are looked at again after it.
     * Without it, one part comes after the other. */
    long (*parts)(struct file *file, const struct iovec *parts, int count, uint64_t *position, bool write);

    /* Sees to it that what was written stays; without it, there is nothing to be done. */
    int (*sync)(struct file *file);

    /* fallocate(), in a mode that there is. */
    long (*allocate)(struct file *file, int mode, uint64_t from, uint64_t size);

    /* Moves file->position and tells the new one; without it, that cannot be
     * done. */
    int64_t (*seek)(struct file *file, int64_t offset, int whence);

    /* Without it, the size is not one that can be set. */
    int (*truncate)(const struct node *node, uint64_t size);

    /* Sets the backing of a mapping, held once for the caller, or none for empty
     * pages; what it may become can be reduced. Without it, there is no mapping. */
    int (*map)(struct file *file, uint64_t size, struct mapping *mapping);

    /* Of folders: what has that name; 0 or an error. And puts what is there from
     * file->position on, until the listing is full. */
    int (*find)(const struct node *folder, const char *name, size_t length, struct node *found);
    int (*list)(struct file *folder, struct listing *listing);

    /* Of links: the path that they lead to, without a final zero. One that can
     * do so leads to a node straight away. */
    int (*target)(const struct node *link, const char **path, size_t *length);
    int (*jump)(const struct node *link, struct node *to);

    /* Answers what all files have not in common; without it, nothing. */
    long (*ioctl)(struct file *file, unsigned long request, void *argument);

    /* Which of POLLIN, POLLOUT and so on are true now; without it, both always.
     * With it, the queue that is woken when one of them may have come true. */
    unsigned (*ready)(struct file *file);
    struct wait_queue *(*queue)(struct file *file);

    /* The last descriptor is gone. */
    void (*close)(struct file *file);
};

extern const struct file_kind console_file;
extern const struct file_kind ram_file, ram_folder, ram_symlink;
extern const struct file_kind fifo_file;
extern const struct file_kind unserved_file; /* it can be named, but not opened */

/* What a path leads to, or a descriptor. */
struct node {
    const struct file_kind *kind;
    void *object;          /* what it is, the kind knows */
    struct ram_node *ram;  /* of what has a place in the tree of files */
    uint32_t permissions;  /* of what has none */
};

#define LONGEST_PATH 4096 /* with the final zero */

/* An open file; descriptors that were made by dup share one. */
struct file {
    struct node node;
    void *state; /* of this open file; what it is, the kind knows */
    uint64_t position;
    uint32_t flags;
    unsigned references;    /* descriptors, and calls that are at work with it */
    struct watch *watches;  /* those that lists of epoll keep of it */
};

static inline bool is_folder(const struct node *node)
{
    return node->kind->mode == S_IFDIR;
}

static inline bool is_link(const struct node *node)
{
    return node->kind->mode == S_IFLNK;
}

/* Can it be read and written at any position? What has no place in the tree of files
 * lets itself be moved at most, to where it is. */
static inline bool file_has_positions(const struct file *file)
{
    return file->node.kind->seek && file->node.kind->mode;
}

/* Which of the events have come true for the file. Errors and the other side's
 * end are always among them. */
unsigned file_ready(struct file *file, unsigned events);
#define ALWAYS_READY (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)
#define READY_ANYWAY (POLLERR | POLLHUP)

/* Keeps the file until file_release(), for whoever waits or might: another thread
 * may close the descriptor. */
static inline struct file *file_hold(struct file *file)
{
    file->references++;
    return file;
}

/* Waits for one of the events, of a file that has a queue. */
static inline enum wake file_wait(struct file *file, unsigned events, uint64_t deadline)
{
    return wait_on(file->node.kind->queue(file), events | READY_ANYWAY, deadline);
}

/* files/epoll.c: the file ends, and with it what epoll has been told of it. */
void epoll_forget(struct file *file);

/* files/path.c: 0, or a negative error number. A final link is followed if that
 * is asked for, or if a slash is behind it. */
enum follow { FOLLOW_NOT, FOLLOW_SLASH, FOLLOW };
int path_resolve(int folder, const char *path, bool follow, struct node *node);

/* The same for what is to be made, removed or renamed: the name, which is a part
 * of the path, and its folder. Both are also known when it ends with -ENOENT for
 * want of the last name alone; else there is no parent then. With FOLLOW_NOT,
 * what a final slash means is left to the caller. */
struct place {
    struct node node;
    struct ram_node *parent;
    const char *name;
    size_t length;
    enum { LAST_NAME, LAST_DOT, LAST_DOTS, LAST_ROOT } last; /* with a name; ., .. or / */
    bool slash; /* there is one behind the name: it must be a folder's */
};
int path_place(int folder, const char *path, enum follow follow, struct place *place);

/* What a pair of folder and path names; with AT_EMPTY_PATH, the file behind the
 * descriptor if the path is empty. */
int path_locate(int folder, const char *path, int flags, struct node *node);

/* The path of a name in a folder, of the folder itself without one. The length
 * with the final zero, or -ENAMETOOLONG when that does not fit. */
long path_of(const struct ram_node *folder, const struct name *name, char *to, size_t size);

/* The working folder, where relative paths start; it is the root at first. */
extern struct ram_node *working_folder;

/* What is being told of a folder: false when there is no more room. The next
 * entry is at the position `next`. */
bool listing_add(struct listing *listing, const char *name, uint64_t ino, uint64_t next, uint32_t mode);

/* files/seek.c: where an offset from the start, the position or the end leads, which
 * may be before the start; 0 or a negative error number. */
int position_from(const struct file *file, int64_t offset, int whence, int64_t *position);

/* files/seek.c: a kind's seek, for files of a certain size and for those whose
 * position means nothing. */
int64_t seek_in_file(struct file *file, int64_t offset, int whence);
int64_t seek_nowhere(struct file *file, int64_t offset, int whence);

/* A device, and where it is; the image need not pack a /dev. Whoever serves one
 * says so beside its kind, in any chapter: the linker gathers them. */
struct device {
    const char *path; /* without its first slash */
    const struct file_kind *kind;
    uint32_t number; /* as Linux has it: major << 8 | minor */
    uint32_t permissions;
};

#define DEVICE(name, ...) \
    static const struct device device_##name \
        __attribute__((section(".nub.devices"), used, aligned(sizeof(void *)))) = { __VA_ARGS__ }

/* From nub.lds. */
extern const struct device __nub_devices_start[], __nub_devices_end[];

/* files/descriptors.c */
#define MOST_DESCRIPTORS 1024
void descriptors_start(void); /* 0, 1 and 2 become the console */
struct file *descriptor_file(int descriptor);
struct file *descriptor_opened(int descriptor); /* not with O_PATH */
bool descriptors_full(void);
int descriptor_open(const struct node *node, uint32_t flags);
int descriptor_copy(int descriptor, int lowest, bool close_on_exec);
int descriptor_add(struct file *file, bool close_on_exec); /* one more for an open file */
int descriptor_replace(int descriptor, int target, bool close_on_exec);
int descriptor_close(int descriptor);
bool *descriptor_close_on_exec(int descriptor);
void file_release(struct file *file); /* one reference less */

/* The state of a file in a form that all of stat's variants can be made of. */
struct attributes {
    uint64_t ino, size, blocks;    /* of 512 bytes */
    int64_t atime, mtime, ctime;   /* nanoseconds since 1970 */
    uint32_t mode, nlink, uid, gid;
    uint32_t device; /* which one it is */
};
void node_attributes(const struct node *node, struct attributes *attributes);

#endif
