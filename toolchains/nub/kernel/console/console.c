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

/* What has come in and nobody has read yet. The places behind us are small
 * (Xen keeps 128 bytes for the initial domain, a UART 16), so everything is
 * taken as soon as it is there. */
static char input[INPUT_SIZE];
static uint32_t input_in, input_out;
static bool filled;

void console_fill(void)
{
    for (;;) {
        uint32_t at = input_in % INPUT_SIZE;
        uint32_t room = smaller(INPUT_SIZE - (input_in - input_out), INPUT_SIZE - at);
        size_t length = room ? console->read(input + at, room) : 0;

        if (!length)
            break;
        input_in += length;
        filled = true;
    }
}

bool console_fill_seen(void)
{
    bool seen = filled;

    filled = false;
    return seen;
}

bool console_has_input(void)
{
    return input_in != input_out;
}

/* There is no terminal in between that would do this: return becomes a new
 * line, and control-D at the start of a read ends the input. */
size_t console_read(char *to, size_t size)
{
    size_t length = 0;

    while (length < size && input_out != input_in) {
        char c = input[input_out % INPUT_SIZE];

        if (c == END_OF_INPUT) {
            input_out += !length;
            break;
        }
        to[length++] = c == '\r' ? '\n' : c;
        input_out++;
    }
    /* There may be more where this came from that found no room. */
    interrupts_off();
    console_fill();
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
