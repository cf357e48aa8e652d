/*
 * What the packed files do when they are read.
 */
#include <files/ram.h>

static long read_file(struct file *file, void *to, size_t size, uint64_t *position)
{
    const struct archive_entry *entry = file->node.entry;

    if (*position >= entry->size)
        return 0;
    size = smaller(size, entry->size - *position);
    memcpy(to, (const char *)archive_at(entry->data_offset) + *position, size);
    *position += size;
    return size;
}

static long read_folder(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)to;
    (void)size;
    (void)position;
    return -EISDIR;
}

const struct file_kind archive_file = { .mode = S_IFREG, .read = read_file, .seek = seek_in_file };
const struct file_kind archive_folder = { .mode = S_IFDIR, .read = read_folder, .seek = seek_in_file };
const struct file_kind archive_link = { .mode = S_IFLNK };

void node_attributes(const struct node *node, struct attributes *a)
{
    const struct archive_entry *entry = node->entry;

    if (is_ram(node)) {
        ram_attributes(node->object, a);
        return;
    }
    *a = (struct attributes){
        .ino = entry ? entry - archive_entries() + 2 : 1,
        .size = entry ? entry->size : 0,
        .mtime = entry ? entry->mtime : 0,
        .mode = node->kind->mode | node->permissions,
        .nlink = entry ? entry->link_count : 1,
        .device = node->device,
    };
    /* Devices are numbered behind all files. */
    if (node->device)
        a->ino = __nub_files.entry_count + 2 + node->device;
}

unsigned file_ready(struct file *file, unsigned events)
{
    if (!file->node.kind->ready)
        return events & (POLLIN | POLLOUT);
    return file->node.kind->ready(file) & (events | POLLERR | POLLHUP);
}
