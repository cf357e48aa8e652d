/*
 * The settings of a console's terminal. It takes bytes as they are: nothing is echoed,
 * gathered into lines, or turned into signals, and whoever asks for that finds that it
 * was not set, as termios has it. A new line can become two characters, and a return one.
 */
#include <devices/hvc.h>
#include <linux/interface.h>
#include <memory/program.h>

/* <asm-generic/termbits.h>, <asm-generic/ioctls.h> */
enum {
    ICRNL = 0x100,
    OPOST = 1, ONLCR = 4,
    B38400 = 0xf, CS8 = 0x30, CREAD = 0x80,
};
enum {
    TCGETS = 0x5401, TCSETS, TCSETSW, TCSETSF,
    TCFLSH = 0x540b, TIOCOUTQ = 0x5411,
};
enum { TCIFLUSH, TCOFLUSH, TCIOFLUSH };

void terminal_start(struct terminal *terminal)
{
    *terminal = (struct terminal){ .control = B38400 | CS8 | CREAD };
}

static long set(struct hvc *hvc, const void *argument)
{
    struct terminal wanted;
    long error = copy_from_program(&wanted, argument, sizeof(wanted));

    if (error)
        return error;
    wanted.input &= ICRNL;
    wanted.output &= OPOST | ONLCR;
    wanted.local = 0;
    hvc->terminal = wanted;
    return 0;
}

static long answer_number(int number, void *argument)
{
    return copy_to_program(argument, &number, sizeof(number));
}

/* What was written has left us already. */
static long flush(struct hvc *hvc, uintptr_t which)
{
    if (which > TCIOFLUSH)
        return -EINVAL;
    if (which != TCOFLUSH)
        hvc_drop_input(hvc);
    return 0;
}

static long tell_window(void *argument)
{
    static const uint16_t window[4];

    return copy_to_program(argument, window, sizeof(window));
}

/* There is no line that could be held broken, nor modem lines. */
long hvc_control(struct hvc *hvc, unsigned long request, void *argument)
{
    switch (request) {
    case TCGETS:
        return copy_to_program(argument, &hvc->terminal, sizeof(hvc->terminal));
    case TCSETS:
    case TCSETSW:
        return set(hvc, argument);
    case TCSETSF:
        hvc_drop_input(hvc);
        return set(hvc, argument);
    case TCFLSH:
        return flush(hvc, (uintptr_t)argument);
    case TIOCGWINSZ:
        return tell_window(argument);
    case FIONREAD:
        return answer_number(hvc_waiting(hvc), argument);
    case TIOCOUTQ:
        return answer_number(hvc_connected(hvc) ? sizeof(hvc_page(hvc)->out) - hvc_room(hvc) : 0, argument);
    default:
        return -ENOTTY;
    }
}
