/*
 * What is known of files, and what is true of them now.
 */
#include <files/names.h>

void ram_attributes(const struct ram_node *ram, struct attributes *a)
{
    const uint64_t blocks = PAGE_SIZE / 512;
    /* What the image packs takes room there. */
    uint64_t packed = (ram->base_size + PAGE_MASK) >> PAGE_SHIFT;

    *a = (struct attributes){
        .ino = ram->number, .size = ram->size, .blocks = larger(ram->pages, packed) * blocks,
        .atime = ram->atime, .mtime = ram->mtime, .ctime = ram->ctime, .mode = ram->mode,
        .nlink = ram->links, .uid = ram->uid, .gid = ram->gid, .device = ram->device,
    };
}

void node_attributes(const struct node *node, struct attributes *a)
{
    if (node->ram)
        ram_attributes(node->ram, a);
    else
        *a = (struct attributes){
            .ino = (uintptr_t)node->object, .mode = node->kind->mode | node->permissions, .nlink = 1,
        };
}

unsigned file_ready(struct file *file, unsigned events)
{
    if (!file->node.kind->ready)
        return events & ALWAYS_READY;
    return file->node.kind->ready(file) & (events | READY_ANYWAY);
}
