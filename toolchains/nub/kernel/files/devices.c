/*
 * The devices that need no driver. They are there whether the image packs a
 * /dev or not.
 */
#include <console/console.h>
#include <files/files.h>

static long read_console(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    if (size && !console_has_input())
        return -EAGAIN;
    return console_read(to, size);
}

static long write_console(struct file *file, const void *from, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    console_write(from, size);
    return size;
}

static long read_nothing(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)to;
    (void)size;
    (void)position;
    return 0;
}

static long read_zeroes(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    memset(to, 0, size);
    return size;
}

static long read_random(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    random_fill(to, size);
    return size;
}

static unsigned console_ready(struct file *file)
{
    (void)file;
    return POLLOUT | (console_has_input() ? POLLIN : 0);
}

static long write_away(struct file *file, const void *from, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    (void)from;
    return size;
}

const struct file_kind console_file = {
    S_IFCHR, read_console, write_console, console_ready, NULL, true,
};
const struct file_kind null_file = { S_IFCHR, read_nothing, write_away, NULL, NULL, false };
const struct file_kind zero_file = { S_IFCHR, read_zeroes, write_away, NULL, NULL, false };
const struct file_kind random_file = { S_IFCHR, read_random, write_away, NULL, NULL, false };

/* Linux's numbers: majors 1 (memory) and 5 (alternate terminals). */
static const struct device {
    const char *path;
    const struct file_kind *kind;
    uint32_t number;
} devices[] = {
    { "dev/console", &console_file, 0x501 },
    { "dev/null", &null_file, 0x103 },
    { "dev/random", &random_file, 0x108 },
    { "dev/tty", &console_file, 0x500 },
    { "dev/urandom", &random_file, 0x109 },
    { "dev/zero", &zero_file, 0x105 },
};

bool device_find(const char *path, struct node *node)
{
    for (size_t i = 0; i < COUNT_OF(devices); i++) {
        if (!strcmp(path, devices[i].path)) {
            *node = (struct node){
                .kind = devices[i].kind, .device = devices[i].number, .permissions = 0666,
            };
            return true;
        }
    }
    return false;
}
