/*
 * The devices that need no driver. They are there whether the image packs a
 * /dev or not.
 */
#include <console/console.h>
#include <files/ram.h>
#include <memory/program.h>
#include <threads/timers.h>
#include <time/clock.h>

static long read_console(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    if (size && !console_has_input())
        return -EAGAIN;
    return console_read(to, size);
}

/* A daemon in dom0 that takes nothing for so long may have died. The program goes on
 * then, and what it writes is lost until the daemon takes some again. */
#define PATIENCE 2000000000LL

static uint32_t taken; /* by the daemon, when a writer began to wait */

static void lose_patience(struct timer *timer, uint64_t now)
{
    if (console_room(1))
        return;
    if (console->taken() != taken) {
        taken = console->taken();
        timer_order(timer, now + PATIENCE);
        return;
    }
    console->give_up();
    wake_all(&outside_queue, 0);
}

static struct timer patience = { .expired = lose_patience };

static bool console_has_room(void)
{
    if (console_room(1)) {
        timer_cancel(&patience);
        return true;
    }
    if (!patience.ordered) {
        taken = console->taken();
        timer_order(&patience, clock_monotonic() + PATIENCE);
    }
    return false;
}

static long write_console(struct file *file, const void *from, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    if (size && !console_has_room())
        return -EAGAIN;
    size = console_room(size);
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

static struct wait_queue *console_queue(struct file *file)
{
    (void)file;
    return &outside_queue;
}

static unsigned console_ready(struct file *file)
{
    (void)file;
    return (console_has_room() ? POLLOUT : 0) | (console_has_input() ? POLLIN : 0);
}

/* Private memory needs nothing more than its own pages. */
static int map_zeroes(struct file *file, uint64_t size, struct mapping *mapping)
{
    (void)file;
    return mapping->shared ? ram_map_unnamed(size, mapping) : 0;
}

static long write_away(struct file *file, const void *from, size_t size, uint64_t *position)
{
    (void)file;
    (void)position;
    (void)from;
    return size;
}

/* The console says that it has a window, which is how libc recognizes what to
 * write to line by line: a panic then loses no line that was printed before.
 * It has none of a terminal's settings. */
static long control_console(struct file *file, unsigned long request, void *argument)
{
    uint16_t *window = argument;

    (void)file;
    if (request != TIOCGWINSZ)
        return -ENOTTY;
    if (!program_may_write(window, 4 * sizeof(*window)))
        return -EFAULT;
    window[0] = 24;
    window[1] = 80;
    window[2] = window[3] = 0;
    return 0;
}

const struct file_kind console_file = {
    .mode = S_IFCHR, .read = read_console, .write = write_console, .ioctl = control_console,
    .ready = console_ready, .queue = console_queue,
};
static int open_unserved(struct file *file)
{
    (void)file;
    return -ENXIO;
}

const struct file_kind unserved_file = { .open = open_unserved };
static long write_nowhere(struct file *file, const void *from, size_t size, uint64_t *position)
{
    (void)file;
    (void)from;
    (void)position;
    return size ? -ENOSPC : 0;
}

static const struct file_kind full_file = {
    .mode = S_IFCHR, .read = read_zeroes, .write = write_nowhere, .seek = seek_nowhere,
};
static const struct file_kind null_file = {
    .mode = S_IFCHR, .read = read_nothing, .write = write_away, .seek = seek_nowhere,
};
static const struct file_kind zero_file = {
    .mode = S_IFCHR, .read = read_zeroes, .write = write_away, .seek = seek_nowhere, .map = map_zeroes,
};
static const struct file_kind random_file = {
    .mode = S_IFCHR, .read = read_random, .write = write_away, .seek = seek_nowhere,
};

/* Linux's numbers: majors 1 (memory) and 5 (alternate terminals). */
DEVICE(console, "dev/console", &console_file, 0x501, 0600);
DEVICE(full, "dev/full", &full_file, 0x107, 0666);
DEVICE(null, "dev/null", &null_file, 0x103, 0666);
DEVICE(random, "dev/random", &random_file, 0x108, 0666);
DEVICE(tty, "dev/tty", &console_file, 0x500, 0666);
DEVICE(urandom, "dev/urandom", &random_file, 0x109, 0666);
DEVICE(zero, "dev/zero", &zero_file, 0x105, 0666);
