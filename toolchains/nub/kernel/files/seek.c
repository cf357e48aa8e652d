/*
 * Where the next read or write begins.
 */
#include <files/files.h>

int position_from(const struct file *file, int64_t offset, int whence, int64_t *position)
{
    struct attributes a;
    int64_t base = 0;

    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        base = file->position;
        break;
    case SEEK_END:
        node_attributes(&file->node, &a);
        base = a.size;
        break;
    default:
        return -EINVAL;
    }
    return __builtin_add_overflow(base, offset, position) ? -EOVERFLOW : 0;
}

int64_t seek_in_file(struct file *file, int64_t offset, int whence)
{
    int64_t position;
    int error = position_from(file, offset, whence, &position);

    if (error)
        return error;
    if (position < 0)
        return -EINVAL;
    return file->position = position;
}

int64_t seek_nowhere(struct file *file, int64_t offset, int whence)
{
    (void)offset;
    (void)whence;
    return file->position = 0;
}
