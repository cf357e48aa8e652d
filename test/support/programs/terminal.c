/*
 * Talks on the terminal /dev/hvc1 with somebody in dom0, who says a line and then reads all.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int failures;

#define CHECK(condition) \
    do \
        if (!(condition)) { \
            failures++; \
            printf("line %d does not hold: %s (%s)\n", __LINE__, #condition, strerror(errno)); \
        } \
    while (0)

static char lines[64 * 1024];

int main(void)
{
    int file = open("/dev/hvc1", O_RDWR | O_NONBLOCK), waiting = -1;
    struct pollfd poll_for = { .fd = file, .events = POLLIN };
    struct termios settings, again;
    char text[64] = "";
    size_t length = 0;

    CHECK(file >= 0);
    CHECK(open("/dev/hvc7", O_RDWR) < 0 && errno == ENODEV);
    CHECK(isatty(file));

    /* Nothing is gathered, echoed or changed; who wants that is told that it was not set. */
    CHECK(!tcgetattr(file, &settings));
    CHECK(!(settings.c_lflag & (ECHO | ICANON | ISIG)) && !(settings.c_oflag & OPOST));
    settings.c_lflag |= ECHO;
    settings.c_oflag |= OPOST | ONLCR;
    cfsetospeed(&settings, B9600);
    CHECK(!tcsetattr(file, TCSANOW, &settings));
    CHECK(!tcgetattr(file, &again));
    CHECK(!(again.c_lflag & ECHO) && cfgetospeed(&again) == B9600);
    CHECK((again.c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR));

    CHECK(read(file, text, sizeof(text)) == -1 && errno == EAGAIN);
    printf("listening\n");
    fflush(stdout);
    while (length < sizeof(text) && (!length || text[length - 1] != '\n')) {
        CHECK(poll(&poll_for, 1, 60000) == 1 && poll_for.revents == POLLIN);
        CHECK(!ioctl(file, FIONREAD, &waiting) && waiting > 0);
        if (failures)
            return 1;
        length += read(file, text + length, 1);
    }
    CHECK(length == 6 && !memcmp(text, "hello\n", 6));

    /* Much more than there is room for: the ring has 2048 bytes. */
    for (size_t at = 0; at < sizeof(lines); at += 8)
        memcpy(lines + at, "1234567\n", 8);
    poll_for.events = POLLOUT;
    for (size_t at = 0; at < sizeof(lines) && !failures;) {
        ssize_t written = write(file, lines + at, sizeof(lines) - at);

        if (written < 0) {
            CHECK(errno == EAGAIN);
            CHECK(poll(&poll_for, 1, 60000) == 1 && poll_for.revents == POLLOUT);
        } else {
            at += written;
        }
    }
    CHECK(!fcntl(file, F_SETFL, 0));
    CHECK(!tcflush(file, TCIOFLUSH));
    CHECK(write(file, "bye\n", 4) == 4);
    /* With us would go what is still on its way. */
    CHECK(read(file, text, 1) == 1 && *text == 't');
    printf("%d failed\n", failures);
    return failures > 0;
}
