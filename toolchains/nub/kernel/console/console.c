/*
 * The console's common part.
 */
#include <console/console.h>
#include <interrupts/interrupts.h>

#define INPUT_SIZE 65536 /* a power of two */
#define END_OF_INPUT 4        /* control-D */

const struct console *console;

static char last_written = '\n';

void console_write(const char *text, size_t size)
{
    if (!console || !size)
        return;
    console->write(text, size);
    last_written = text[size - 1];
}

bool console_at_line_start(void)
{
    return last_written == '\n';
}

static bool room_wanted;

size_t console_room(size_t wanted)
{
    size_t room = console->room ? smaller(console->room(), wanted) : wanted;

    room_wanted |= !room && wanted;
    return room;
}

/* What has come in and nobody has read yet. The places behind us are small
 * (Xen keeps 128 bytes for the initial domain, a UART 16), so everything is
 * taken as soon as it is there. */
static struct input {
    char bytes[INPUT_SIZE];
    uint32_t in, out;
} input;

/* Interrupts are off. */
static void fill(void *context)
{
    struct input *to = context;

    for (;;) {
        uint32_t at = to->in % INPUT_SIZE;
        uint32_t room = smaller(INPUT_SIZE - (to->in - to->out), INPUT_SIZE - at);
        size_t length = room ? console->read(to->bytes + at, room) : 0;

        if (!length)
            break;
        to->in += length;
        outside_changed();
    }
    if (room_wanted && console->room()) {
        room_wanted = false;
        outside_changed();
    }
}

void console_listen(void)
{
    if (console->listen)
        console->listen(fill, &input);
}

bool console_has_input(void)
{
    return input.in != input.out;
}

/* There is no terminal in between that would do this: return becomes a new
 * line, and control-D at the start of a read ends the input. */
size_t console_read(char *to, size_t size)
{
    size_t length = 0;

    while (length < size && input.out != input.in) {
        char c = input.bytes[input.out % INPUT_SIZE];

        if (c == END_OF_INPUT) {
            input.out += !length;
            break;
        }
        to[length++] = c == '\r' ? '\n' : c;
        input.out++;
    }
    /* There may be more where this came from that found no room. */
    interrupts_off();
    fill(&input);
    interrupts_on();
    return length;
}

void print(const char *text, ...)
{
    char line[512];
    va_list list;
    size_t length;

    va_start(list, text);
    length = format_list(line, sizeof(line), text, list);
    va_end(list);
    console_write(line, smaller(length, sizeof(line) - 1));
}
