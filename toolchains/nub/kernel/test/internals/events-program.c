/*
 * Event channels, by ports that are connected to ports of the same domain. It needs
 * a kernel that events.c, beside this, is linked into.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "../check.h"
#include "events.h"

#define SELF 0x7ff0 /* Xen's DOMID_SELF */
#define VIRQ_TIMER 0
#define PORTS (sizeof(long) == 8 ? 4096 : 1024)

static int device;

static int ask(int what, uint32_t a, uint32_t b, uint32_t c)
{
    struct events_request request = { a, b, c };

    return ioctl(device, what, &request);
}

static int events(int slot) { return ask(EVENTS_COUNT, slot, 0, 0); }

static int sends(int port) { return ask(EVENTS_SEND, port, 0, 0); }

static int is_closed(int port) { return sends(port) < 0 && errno == EINVAL; }

/* Two ports connected with each other, whose slots are 1 and 2. */
static int one, two;

static void connect_pair(void)
{
    CHECK((one = ask(EVENTS_ALLOC, 1, SELF, 0)) > 0);
    CHECK((two = ask(EVENTS_CONNECT, 2, SELF, one)) > 0);
    events(1), events(2);
}

static void send_and_mask(void)
{
    CHECK(sends(two) == 0 && events(1) == 1 && events(2) == 0);
    CHECK(sends(one) == 0 && events(1) == 0 && events(2) == 1);
    CHECK(ask(EVENTS_MASK, one, 0, 0) == 0);
    CHECK(sends(two) == 0 && sends(two) == 0 && events(1) == 0);
    CHECK(ask(EVENTS_UNMASK, one, 0, 0) == 0 && events(1) == 1);
    CHECK(ask(EVENTS_UNMASK, one, 0, 0) == 0 && events(1) == 0);
    CHECK(ask(EVENTS_BIND, 3, one, 0) == 0 && sends(two) == 0 && events(1) == 0 && events(3) == 1);
    CHECK(ask(EVENTS_UNBIND, one, 0, 0) == 0 && sends(two) == 0 && events(3) == 0);
    CHECK(ask(EVENTS_BIND, 1, one, 0) == 0 && events(1) == 1 && events(3) == 0);
    CHECK(ask(EVENTS_CONNECT, 3, SELF, two) == -1 && errno == EINVAL);
}

static void close_pair(void)
{
    CHECK(ask(EVENTS_RAISE, one, 0, 0) == 0 && events(1) == 1);
    CHECK(ask(EVENTS_CLOSE, one, 0, 0) == 0 && is_closed(one));
    CHECK(ask(EVENTS_RAISE, one, 0, 0) == 0 && events(1) == 0);
    CHECK(ask(EVENTS_CLOSE, one, 0, 0) == -1 && errno == EINVAL);
    CHECK(ask(EVENTS_CLOSE, two, 0, 0) == 0);
    CHECK(ask(EVENTS_RAISE, two, 0, 0) == 0 && events(2) == 0);
}

static void refuse(void)
{
    CHECK(ask(EVENTS_VIRQ, 3, VIRQ_TIMER, 0) == -1 && errno == EEXIST);
    CHECK(ask(EVENTS_VIRQ, 3, 1000, 0) == -1 && errno == EINVAL);
    CHECK(ask(EVENTS_BIND, 3, 0, 0) == -1 && errno == EINVAL);
    CHECK(ask(EVENTS_BIND, 3, PORTS, 0) == -1 && errno == EINVAL);
    CHECK(is_closed(PORTS) && is_closed(-1));
    CHECK(ask(EVENTS_CLOSE, -1, 0, 0) == -1 && errno == EINVAL);
    CHECK(ask(EVENTS_MASK, -1, 0, 0) == 0 && ask(EVENTS_UNMASK, -1, 0, 0) == 0);
}

/* Both have an event, and the handler of the first closes the second. */
static void close_by_handler(void)
{
    int first, second, third, fourth;

    first = ask(EVENTS_ALLOC, 1, SELF, 0);
    second = ask(EVENTS_ALLOC, 2, SELF, 0);
    third = ask(EVENTS_CONNECT, 3, SELF, first);
    fourth = ask(EVENTS_CONNECT, 4, SELF, second);
    CHECK(0 < first && first < second && second < third && third < fourth);
    events(1), events(2);
    CHECK(ask(EVENTS_CLOSE_WITH, 1, second, 0) == 0);
    CHECK(ask(EVENTS_SEND_BOTH, fourth, third, 0) == 0);
    CHECK(events(1) == 1);
    CHECK(events(2) == 0 && is_closed(second));
    ask(EVENTS_CLOSE_WITH, 1, 0, 0);
    CHECK(!ask(EVENTS_CLOSE, first, 0, 0) && !ask(EVENTS_CLOSE, third, 0, 0) && !ask(EVENTS_CLOSE, fourth, 0, 0));
}

static void *send_later(void *port)
{
    usleep(20000);
    return sends((intptr_t)port) ? port : NULL;
}

/* Nobody can run until the event comes. */
static void wait_for_event(void)
{
    pthread_t thread;
    void *error;

    connect_pair();
    pthread_create(&thread, NULL, send_later, (void *)(intptr_t)two);
    CHECK(ask(EVENTS_WAIT, 1, 0, 0) == 0 && events(1) == 1);
    CHECK(!pthread_join(thread, &error) && !error);
    close_pair();
}

/* All that there are; the port of slot n is ports[n]. */
static int ports[PORTS];

static int take_all(void)
{
    int count = 0;

    for (; count + 1 < PORTS; count += 2) {
        if ((ports[count] = ask(EVENTS_ALLOC, count, SELF, 0)) < 0)
            break;
        if ((ports[count + 1] = ask(EVENTS_CONNECT, count + 1, SELF, ports[count])) < 0) {
            ask(EVENTS_CLOSE, ports[count], 0, 0);
            break;
        }
    }
    CHECK(errno == ENOSPC);
    return count;
}

static void use_all(void)
{
    int count = take_all(), highest = 0, wrong = 0;

    for (int i = 0; i < count; i++) {
        highest = ports[i] > highest ? ports[i] : highest;
        events(i);
    }
    printf("%d ports, the highest %d\n", count, highest);
    CHECK(count > PORTS - 32 && highest >= PORTS - 2);
    for (int i = 0; i < count; i++) {
        wrong += sends(ports[i]) != 0;
        wrong += events(i ^ 1) != 1 || events(i) != 0;
    }
    CHECK(wrong == 0);
    usleep(50000); /* sleeps and wakes while all are there */
    for (int i = 0; i < count; i++)
        wrong += events(i) != 0 || ask(EVENTS_CLOSE, ports[i], 0, 0) != 0;
    CHECK(wrong == 0);
}

int main(void)
{
    CHECK((device = open("/dev/events", O_RDWR)) >= 0);
    connect_pair();
    send_and_mask();
    close_pair();
    refuse();
    close_by_handler();
    wait_for_event();
    use_all();
    use_all();
    wait_for_event();
    return failures;
}
