/*
 * Mapping files in memory: a mapping's pages are the file's own, so whoever
 * reads, writes or maps it sees the same bytes. And seals, by which a file
 * promises those that have mapped it not to change any more.
 */
#include <files/names.h>

static struct ram_node *ram_of(const struct backing *backing)
{
    return (struct ram_node *)((char *)backing - offsetof(struct ram_node, backing));
}

static uint64_t size_of(const struct backing *backing)
{
    return ram_of(backing)->size;
}

static enum fault page_of(struct backing *backing, uint64_t offset, pfn *page)
{
    struct ram_node *ram = ram_of(backing);
    char *data;

    if (offset >= ram->size)
        return FAULT_BEYOND;
    data = ram_page(ram, offset, true);
    *page = page_at_address(data);
    return data && page_hold(*page) ? FAULT_RESOLVED : FAULT_NO_MEMORY;
}

static bool clear(struct backing *backing, uint64_t offset, uint64_t size)
{
    return ram_clear(ram_of(backing), offset, size);
}

static void name_of(const struct backing *backing, char *to, size_t size)
{
    const struct ram_node *ram = ram_of(backing);

    if (ram->names && path_of(ram->names->folder, ram->names, to, size) < 0)
        format(to, size, "...");
    else if (!ram->names)
        format(to, size, "/%s (deleted)", ram->label ? ram->label->text : "");
}

static uint64_t number_of(const struct backing *backing)
{
    return ram_of(backing)->number;
}

static void hold(struct backing *backing)
{
    ram_hold(ram_of(backing));
}

static void release(struct backing *backing)
{
    ram_release(ram_of(backing));
}

static const struct backing_kind ram_backing = {
    .page = page_of, .size = size_of, .clear = clear, .name = name_of, .number = number_of, .hold = hold, .release = release,
};

static void use_backing(struct ram_node *ram, struct mapping *mapping)
{
    ram->backing.kind = &ram_backing;
    ram->was_mapped |= mapping->shared;
    mapping->backing = &ram->backing;
    backing_hold(mapping->backing);
}

int ram_map(struct file *file, uint64_t size, struct mapping *mapping)
{
    struct ram_node *ram = file->node.object;

    (void)size;
    if (mapping->shared && ram->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) {
        if (mapping->rights & MAY_WRITE)
            return -EPERM;
        mapping->most_rights &= ~MAY_WRITE;
    }
    use_backing(ram, mapping);
    return 0;
}

int ram_map_unnamed(uint64_t size, struct mapping *mapping)
{
    struct node node;
    int error = ram_make_unnamed("dev/zero", S_IFREG | 0600, &node);

    if (error)
        return -ENOMEM;
    use_backing(node.object, mapping);
    error = ram_resize(node.object, size);
    if (error)
        backing_release(mapping->backing);
    return error ? -ENOMEM : 0;
}

void ram_allow_seals(struct ram_node *ram)
{
    ram->sealable = true;
}

long ram_seals(const struct file *file)
{
    const struct ram_node *ram = file->node.object;

    if (file->node.kind != &ram_file)
        return -EINVAL;
    return ram->sealable ? ram->seals : F_SEAL_SEAL;
}

long ram_seal(struct file *file, unsigned seals)
{
    struct ram_node *ram = file->node.object;

    if (file->node.kind != &ram_file || seals & ~31U)
        return -EINVAL;
    if (!(file->flags & O_ACCMODE) || ram_seals(file) & F_SEAL_SEAL)
        return -EPERM;
    if (seals & F_SEAL_WRITE && !(ram->seals & F_SEAL_WRITE) && areas_may_write(&ram->backing))
        return -EBUSY;
    ram->seals |= seals;
    return 0;
}
