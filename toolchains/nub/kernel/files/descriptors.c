/*
 * Descriptors: small numbers for open files. The first three are the console.
 */
#include <files/locks.h>
#include <files/ram.h>
#include <memory/pages.h>
#include <resource_limits.h>

/* /dev/console, opened before the program starts. */
static struct file console = {
    .flags = 2, /* O_RDWR */
};

static struct descriptor {
    struct file *file;
    bool close_on_exec;
} descriptors[MOST_DESCRIPTORS];

static struct pool pool = { .object_size = sizeof(struct file) };

struct file *descriptor_file(int descriptor)
{
    if (descriptor < 0 || descriptor >= MOST_DESCRIPTORS)
        return NULL;
    return descriptors[descriptor].file;
}

struct file *descriptor_opened(int descriptor)
{
    struct file *file = descriptor_file(descriptor);

    return file && !(file->flags & O_PATH) ? file : NULL;
}

bool *descriptor_close_on_exec(int descriptor)
{
    return descriptor_file(descriptor) ? &descriptors[descriptor].close_on_exec : NULL;
}

/* How many the process may have; those that it has above that stay. */
static int most_descriptors(void)
{
    return smaller(limits[RLIMIT_NOFILE].now, MOST_DESCRIPTORS);
}

static int lowest_unused(int lowest)
{
    for (int at = lowest; at >= 0 && at < most_descriptors(); at++)
        if (!descriptors[at].file)
            return at;
    return -EMFILE;
}

bool descriptors_full(void)
{
    return lowest_unused(0) < 0;
}

static int share(struct file *file, int descriptor, bool close_on_exec)
{
    file->references++;
    descriptors[descriptor] = (struct descriptor){ file, close_on_exec };
    return descriptor;
}

void descriptors_start(void)
{
    if (path_resolve(AT_FDCWD, "/dev/console", true, &console.node))
        panic("there is no /dev/console");
    ram_hold(console.node.ram);
    for (int descriptor = 0; descriptor < 3; descriptor++)
        share(&console, descriptor, false);
}

static void release_node(struct file *file)
{
    if (file->node.ram)
        ram_release(file->node.ram);
    pool_give(&pool, file);
}

int descriptor_open(const struct node *node, uint32_t flags)
{
    int descriptor, error = 0;
    struct file *file;

    if (descriptors_full())
        return -EMFILE;
    file = pool_take(&pool);
    if (!file)
        return -ENOMEM;
    *file = (struct file){ .node = *node, .flags = flags & ~O_CLOEXEC, .references = 1 };
    if (node->ram)
        ram_hold(node->ram);
    if (node->kind->open && !(flags & O_PATH))
        error = node->kind->open(file);
    if (error) {
        release_node(file);
        return error;
    }
    /* Opening may have taken its time, and descriptors been opened meanwhile. */
    descriptor = lowest_unused(0);
    if (descriptor < 0)
        file_release(file);
    else
        descriptors[descriptor] = (struct descriptor){ file, flags & O_CLOEXEC };
    return descriptor;
}

int descriptor_copy(int descriptor, int lowest, bool close_on_exec)
{
    struct file *file = descriptor_file(descriptor);
    int copy = lowest_unused(lowest);

    if (!file)
        return -EBADF;
    if (lowest < 0 || lowest >= most_descriptors())
        return -EINVAL;
    return copy < 0 ? copy : share(file, copy, close_on_exec);
}

int descriptor_add(struct file *file, bool close_on_exec)
{
    int descriptor = lowest_unused(0);

    return descriptor < 0 ? descriptor : share(file, descriptor, close_on_exec);
}

int descriptor_replace(int descriptor, int target, bool close_on_exec)
{
    struct file *file = descriptor_file(descriptor);

    if (!file || target < 0 || target >= most_descriptors())
        return -EBADF;
    descriptor_close(target);
    return share(file, target, close_on_exec);
}

void file_release(struct file *file)
{
    if (--file->references || file == &console)
        return;
    epoll_forget(file);
    locks_end(file);
    if (file->node.kind->close && !(file->flags & O_PATH))
        file->node.kind->close(file);
    release_node(file);
}

int descriptor_close(int descriptor)
{
    struct file *file = descriptor_file(descriptor);

    if (!file)
        return -EBADF;
    descriptors[descriptor] = (struct descriptor){ NULL, false };
    locks_end_process(file);
    file_release(file);
    return 0;
}
