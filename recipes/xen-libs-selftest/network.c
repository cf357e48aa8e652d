/*
 * Tries /dev/net/tun with a network interface of this domain's own: ARP, ICMP, UDP and TCP by hand, with
 * the domain at the other end of the network, which is 10.0.0.1. First this one asks; then it says
 * `waiting for dom0`, and answers to pings and echoes what comes to port 7, until something comes to port 9.
 *
 * With an argument it begins without an interface, which dom0 attaches, detaches and attaches again while
 * the program has it open.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define LONGEST 1514
#define ETHERNET 14
#define IP_HEADER 20
#define MOST_PAYLOAD (LONGEST - ETHERNET - IP_HEADER - 8)

enum { ARP = 0x0806, IPV4 = 0x0800, ICMP = 1, TCP = 6, UDP = 17, ECHO_REPLY = 0, ECHO_REQUEST = 8 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static const uint8_t our_ip[4] = { 10, 0, 0, 2 }, their_ip[4] = { 10, 0, 0, 1 };
static uint8_t our_mac[6], their_mac[6];
static int device;

static void put16(uint8_t *to, unsigned value)
{
    to[0] = value >> 8;
    to[1] = value;
}

static unsigned get16(const uint8_t *from) { return from[0] << 8 | from[1]; }

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to + 2, value);
}

static uint32_t get32(const uint8_t *from) { return (uint32_t)get16(from) << 16 | get16(from + 2); }

/* The sum of 16-bit words of RFC 1071, not yet its complement. */
static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += get16(bytes + i);
    if (length & 1)
        sum += bytes[length - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* With the addresses, the protocol and the length before it, as UDP and TCP have it. */
static uint32_t add_all(const uint8_t *ip, const uint8_t *bytes, size_t length)
{
    return add(add(ip[9] + length, ip + 12, 8), bytes, length);
}

#define LONG 20000 /* milliseconds */

/* Until there is one of the events, for so long at most. */
static bool wait_for(short events, int milliseconds)
{
    struct pollfd polled = { .fd = device, .events = events };

    return poll(&polled, 1, milliseconds) == 1 && polled.revents & events;
}

static bool send_frame(const uint8_t *frame, size_t size)
{
    ssize_t written;

    while ((written = write(device, frame, size)) < 0 && errno == EAGAIN)
        if (!wait_for(POLLOUT, LONG))
            return false;
    return written == (ssize_t)size;
}

/* The length of what is received; 0 when nothing is, for that long. */
static size_t receive_frame(uint8_t *frame, bool patiently)
{
    ssize_t got;

    while ((got = read(device, frame, 2048)) < 0 && errno == EAGAIN)
        if (!patiently || !wait_for(POLLIN, LONG))
            return 0;
    return got > 0 ? got : 0;
}

static void put_ethernet(uint8_t *frame, const uint8_t *to, unsigned type)
{
    memcpy(frame, to, 6);
    memcpy(frame + 6, our_mac, 6);
    put16(frame + 12, type);
}

static bool send_arp(unsigned operation, const uint8_t *to_mac, const uint8_t *mac, const uint8_t *ip)
{
    static const uint8_t begin[6] = { 0, 1, 8, 0, 6, 4 }; /* ethernet, IPv4, the lengths of both addresses */
    uint8_t frame[60] = { 0 }, *arp = frame + ETHERNET;

    put_ethernet(frame, to_mac, ARP);
    memcpy(arp, begin, 6);
    put16(arp + 6, operation);
    memcpy(arp + 8, our_mac, 6);
    memcpy(arp + 14, our_ip, 4);
    memcpy(arp + 18, mac, 6);
    memcpy(arp + 24, ip, 4);
    return send_frame(frame, sizeof(frame));
}

static bool is_arp(const uint8_t *frame, size_t length, unsigned operation)
{
    const uint8_t *arp = frame + ETHERNET;

    return length >= ETHERNET + 28 && get16(frame + 12) == ARP && get16(arp + 6) == operation
        && !memcmp(arp + 24, our_ip, 4);
}

/* Puts headers before what is to be sent, which has its own checksum; the size of the frame. */
static size_t put_ip(uint8_t *frame, unsigned protocol, size_t length)
{
    uint8_t *ip = frame + ETHERNET;
    size_t size = ETHERNET + IP_HEADER + length;

    put_ethernet(frame, their_mac, IPV4);
    memset(ip, 0, IP_HEADER);
    ip[0] = 0x45;
    put16(ip + 2, IP_HEADER + length);
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, our_ip, 4);
    memcpy(ip + 16, their_ip, 4);
    put16(ip + 10, ~add(0, ip, IP_HEADER));
    for (; size < 60; size++)
        frame[size] = 0;
    return size;
}

static bool send_ip(uint8_t *frame, unsigned protocol, size_t length)
{
    return send_frame(frame, put_ip(frame, protocol, length));
}

/* The protocol of a packet for us with a good header, or 0; where what is behind it begins, and how
 * long that is. */
static unsigned read_ip(uint8_t *frame, size_t length, uint8_t **payload, size_t *payload_length)
{
    uint8_t *ip = frame + ETHERNET;
    size_t header = (ip[0] & 15) * 4, total = get16(ip + 2);

    if (length < ETHERNET + IP_HEADER || get16(frame + 12) != IPV4 || memcmp(ip + 16, our_ip, 4))
        return 0;
    if (header < IP_HEADER || total < header || total > length - ETHERNET || add(0, ip, header) != 0xffff)
        return 0;
    *payload = ip + header;
    *payload_length = total - header;
    return ip[9];
}

static unsigned served_pings, served_datagrams, served_segments, bad_sums, foreign;
static bool ended;

static void answer_ping(const uint8_t *icmp, size_t length)
{
    uint8_t frame[2048], *reply = frame + ETHERNET + IP_HEADER;

    memcpy(reply, icmp, length);
    reply[0] = ECHO_REPLY;
    put16(reply + 2, 0);
    put16(reply + 2, ~add(0, reply, length));
    CHECK(send_ip(frame, ICMP, length));
    served_pings++;
}

static void answer_datagram(const uint8_t *ip, const uint8_t *udp, size_t length)
{
    uint8_t frame[2048], *reply = frame + ETHERNET + IP_HEADER;
    unsigned sum;

    ended |= get16(udp + 2) == 9;
    if (!get16(udp + 6) || add_all(ip, udp, length) != 0xffff) {
        bad_sums++;
        return;
    }
    served_datagrams++;
    memcpy(reply, udp, length);
    memcpy(reply, udp + 2, 2);
    memcpy(reply + 2, udp, 2);
    put16(reply + 6, 0);
    sum = ~add_all(ip, reply, length); /* the same addresses, in whatever order */
    put16(reply + 6, sum & 0xffff ? sum : 0xffff);
    CHECK(send_ip(frame, UDP, length));
}

/* One connection at a time, of a peer that loses nothing. */
static uint32_t next_sent, next_expected;

static void send_segment(const uint8_t *ip, const uint8_t *from, unsigned flags, const uint8_t *data, size_t length)
{
    uint8_t frame[2048], *tcp = frame + ETHERNET + IP_HEADER;

    memset(tcp, 0, 20);
    memcpy(tcp, from + 2, 2);
    memcpy(tcp + 2, from, 2);
    put32(tcp + 4, next_sent);
    put32(tcp + 8, next_expected);
    tcp[12] = 5 << 4;
    tcp[13] = flags;
    put16(tcp + 14, 60000);
    memcpy(tcp + 20, data, length);
    put16(tcp + 16, ~add_all(ip, tcp, 20 + length));
    CHECK(send_ip(frame, TCP, 20 + length));
    next_sent += length + !!(flags & (SYN | FIN));
}

static void answer_segment(const uint8_t *ip, const uint8_t *tcp, size_t length)
{
    size_t header = (tcp[12] >> 4) * 4, data = length - header;
    unsigned flags = tcp[13];

    if (header < 20 || header > length || add_all(ip, tcp, length) != 0xffff) {
        bad_sums++;
        return;
    }
    served_segments++;
    if (flags & SYN) {
        next_sent = 1000;
        next_expected = get32(tcp + 4) + 1;
        send_segment(ip, tcp, SYN | ACK, NULL, 0);
    } else if (get32(tcp + 4) != next_expected) {
        send_segment(ip, tcp, ACK, NULL, 0);
    } else if (data || flags & FIN) {
        next_expected += data + !!(flags & FIN);
        send_segment(ip, tcp, ACK | PSH | (flags & FIN), tcp + header, data);
    }
}

/* Answers whatever asks for an answer. */
static void serve(uint8_t *frame, size_t length)
{
    uint8_t *payload;
    size_t size;

    if (is_arp(frame, length, 1)) {
        CHECK(send_arp(2, frame + 6, frame + ETHERNET + 8, frame + ETHERNET + 14));
        return;
    }
    switch (read_ip(frame, length, &payload, &size)) {
    case ICMP:
        if (size < 8 || add(0, payload, size) != 0xffff)
            bad_sums++;
        else if (payload[0] == ECHO_REQUEST)
            answer_ping(payload, size);
        break;
    case UDP:
        if (size >= 8)
            answer_datagram(frame + ETHERNET, payload, size);
        break;
    case TCP:
        if (size >= 20)
            answer_segment(frame + ETHERNET, payload, size);
        break;
    default:
        foreign++;
    }
}

/* Asks as often as it takes: an interface that is new may not be connected yet. */
static bool asks_for_dom0(uint8_t *frame)
{
    static const uint8_t everybody[6] = { 255, 255, 255, 255, 255, 255 }, nobody[6];

    for (int i = 0; i < 60; i++) {
        size_t length;

        CHECK(send_arp(1, everybody, nobody, their_ip));
        while ((length = wait_for(POLLIN, 500) ? receive_frame(frame, false) : 0)) {
            if (is_arp(frame, length, 2))
                return true;
            serve(frame, length);
        }
    }
    return false;
}

static void find_dom0(void)
{
    uint8_t frame[2048];

    if (!CHECK(asks_for_dom0(frame)))
        exit(summary());
    CHECK(!memcmp(frame + ETHERNET + 14, their_ip, 4));
    memcpy(their_mac, frame + ETHERNET + 8, 6);
}

/* Tells the pings of one run from another's, which may come late. */
static unsigned run;

static uint8_t pattern(unsigned number, size_t at) { return number * 7 + at * 13 + (at >> 8); }

static size_t put_ping(uint8_t *frame, unsigned number, size_t payload)
{
    uint8_t *icmp = frame + ETHERNET + IP_HEADER;

    memset(icmp, 0, 8);
    icmp[0] = ECHO_REQUEST;
    put16(icmp + 4, run);
    put16(icmp + 6, number);
    for (size_t i = 0; i < payload; i++)
        icmp[8 + i] = pattern(number, i);
    put16(icmp + 2, ~add(0, icmp, 8 + payload));
    return put_ip(frame, ICMP, 8 + payload);
}

static bool ping(unsigned number, size_t payload)
{
    uint8_t frame[2048];

    return send_frame(frame, put_ping(frame, number, payload));
}

static size_t payload_of(unsigned number)
{
    size_t least = 60 - ETHERNET - IP_HEADER - 8;

    return least + number % (MOST_PAYLOAD - least + 1);
}

/* Is it the answer to one of our pings, and as it was sent? */
static bool is_pong(uint8_t *frame, size_t length, unsigned *which)
{
    uint8_t *icmp;
    size_t size;
    unsigned number;

    if (read_ip(frame, length, &icmp, &size) != ICMP || size < 8 || icmp[0] != ECHO_REPLY)
        return false;
    number = *which = get16(icmp + 6);
    if (add(0, icmp, size) != 0xffff || get16(icmp + 4) != run || size != 8 + payload_of(number))
        return false;
    for (size_t i = 0; i < size - 8; i++)
        if (icmp[8 + i] != pattern(number, i))
            return false;
    return true;
}

/* Dom0 may lose some of them under load, which are sent again. */
#define MOST_LOST(count) ((count) / 50)

static bool answered[65536];

static unsigned send_again(unsigned asked)
{
    unsigned lost = 0;

    for (unsigned i = 0; i < asked; i++)
        if (!answered[i] && CHECK(ping(i, payload_of(i))))
            lost++;
    return lost;
}

static long milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

/* As many as `window` are on their way at a time. */
static void ping_dom0(unsigned count, unsigned window)
{
    unsigned asked = 0, got = 0, lost = 0, which;
    long begin = milliseconds(), last = begin;
    uint8_t frame[2048];
    size_t length;

    run++;
    memset(answered, 0, sizeof(answered));
    while (got < count && lost <= MOST_LOST(count)) {
        for (; asked < count && asked - got < window; asked++)
            if (!CHECK(ping(asked, payload_of(asked))))
                return;
        length = wait_for(POLLIN, 500) ? receive_frame(frame, false) : 0;
        if (is_pong(frame, length, &which) && which < asked && !answered[which]) {
            answered[which] = true;
            got++;
            last = milliseconds();
        } else if (length) {
            serve(frame, length);
        }
        if (milliseconds() - last > 2000) {
            lost += send_again(asked);
            last = milliseconds();
        }
    }
    printf("%u pings of %u answered, %u at a time, %u lost, in %ld ms\n", got, count, window, lost,
           milliseconds() - begin);
    CHECK(got == count);
}

static int set_interface(int fd, const char *name, int flags, struct ifreq *request)
{
    memset(request, 0, sizeof(*request));
    strncpy(request->ifr_name, name, IFNAMSIZ);
    request->ifr_flags = flags;
    return ioctl(fd, TUNSETIFF, request);
}

static bool refuses(int fd, const char *name, int flags, int error)
{
    struct ifreq request;

    errno = 0;
    return set_interface(fd, name, flags, &request) == -1 && errno == error;
}

#define FLAGS (IFF_TAP | IFF_NO_PI)

/* Before it has a name, as on Linux. */
static void try_unnamed(int fd)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN | POLLOUT };
    struct ifreq request;
    char bytes[60] = { 0 };
    unsigned features = 0;
    int value = 1;

    CHECK(ioctl(fd, TUNGETFEATURES, &features) == 0);
    CHECK((features & (FLAGS | IFF_MULTI_QUEUE | IFF_VNET_HDR)) == FLAGS);
    CHECK(read(fd, bytes, 60) == -1 && errno == EBADFD);
    CHECK(write(fd, bytes, 60) == -1 && errno == EBADFD);
    CHECK(poll(&polled, 1, 0) == 1 && polled.revents == POLLERR);
    CHECK(ioctl(fd, TUNGETIFF, &request) == -1 && errno == EBADFD);
    CHECK(ioctl(fd, TUNSETSNDBUF, &value) == -1 && errno == EBADFD);
    CHECK(ioctl(fd, 0x1234, &value) == -1 && errno == EBADFD);
    CHECK(refuses(fd, "vif0", IFF_NO_PI, EINVAL) && refuses(fd, "vif0", IFF_TUN | IFF_NO_PI, EINVAL));
    CHECK(refuses(fd, "vif0", FLAGS | IFF_MULTI_QUEUE, EINVAL));
    CHECK(refuses(fd, "vif0", IFF_TAP, EINVAL) && refuses(fd, "vif0", FLAGS | IFF_VNET_HDR, EINVAL));
    CHECK(refuses(fd, "vif7", FLAGS, ENODEV) && refuses(fd, "vif3.7-emu", FLAGS, ENODEV));
    CHECK(refuses(fd, "wlan0", FLAGS, ENODEV) && refuses(fd, "vif", FLAGS, ENODEV));
    CHECK(refuses(fd, "vif0x", FLAGS, ENODEV) && refuses(fd, "vif1.0-emulated", FLAGS, ENODEV));
}

/* Each of these is a name of our only interface. */
static void try_names(void)
{
    static const char *const names[] = { "vif0", "eth0", "tap0", "vif3.0", "tap%d", "" };
    struct ifreq request;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int fd = open("/dev/net/tun", O_RDWR);

        if (!CHECK(set_interface(fd, names[i], FLAGS, &request) == 0))
            printf("the name was %s\n", names[i]);
        CHECK(!strcmp(request.ifr_name, i < 4 ? names[i] : "tap0"));
        close(fd);
    }
}

/* With the calls that QEMU makes. */
static void try_settings(void)
{
    int value, other = open("/dev/net/tun", O_RDWR);
    struct ifreq request;

    CHECK(set_interface(device, "vif3.0-emu", FLAGS, &request) == -1 && errno == EEXIST);
    CHECK(refuses(other, "vif3.0-emu", FLAGS, EBUSY) && refuses(other, "tap%d", FLAGS, ENODEV));
    close(other);
    CHECK(ioctl(device, TUNGETIFF, &request) == 0 && request.ifr_flags == (FLAGS | IFF_ONE_QUEUE));
    CHECK(!strcmp(request.ifr_name, "vif3.0-emu"));
    value = 0;
    CHECK(ioctl(device, TUNSETSNDBUF, &value) == -1 && errno == EINVAL);
    value = 0x7fffffff;
    CHECK(ioctl(device, TUNSETSNDBUF, &value) == 0);
    CHECK(ioctl(device, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_UFO) == 0 && ioctl(device, TUNSETOFFLOAD, 0) == 0);
    CHECK(ioctl(device, TUNSETOFFLOAD, 0x1000) == -1 && errno == EINVAL);
    CHECK(ioctl(device, TUNGETVNETHDRSZ, &value) == 0 && value == 10);
    value = 0;
    CHECK(ioctl(device, TUNSETVNETHDRSZ, &value) == -1 && errno == EINVAL);
    CHECK(ioctl(device, SIOCGIFHWADDR, &request) == 0 && request.ifr_hwaddr.sa_family == 1);
    memcpy(our_mac, request.ifr_hwaddr.sa_data, 6);
    printf("%s is %02x:%02x:%02x:%02x:%02x:%02x\n", request.ifr_name, our_mac[0], our_mac[1], our_mac[2],
           our_mac[3], our_mac[4], our_mac[5]);
    CHECK(lseek(device, 0, SEEK_SET) == -1 && errno == ESPIPE);
}

static void open_device(void)
{
    struct ifreq request;

    CHECK((device = open("/dev/net/tun", O_RDWR)) >= 0);
    try_unnamed(device);
    try_names();
    if (!CHECK(set_interface(device, "vif3.0-emu", FLAGS | IFF_ONE_QUEUE, &request) == 0))
        exit(summary());
    fcntl(device, F_SETFL, O_NONBLOCK);
    try_settings();
}

static void refuse_frames(void)
{
    static uint8_t frame[9000];
    struct iovec parts[] = { { frame, 13 }, { frame, sizeof(frame) - 13 } };

    CHECK(write(device, frame, 0) == -1 && errno == EINVAL);
    CHECK(write(device, frame, 13) == -1 && errno == EINVAL);
    CHECK(write(device, frame, sizeof(frame)) == -1 && errno == EMSGSIZE);
    CHECK(write(device, (void *)16, 60) == -1 && errno == EFAULT);
    CHECK(writev(device, parts, 2) == -1 && errno == EMSGSIZE);
    parts[1] = (struct iovec){ (void *)16, 60 };
    CHECK(writev(device, parts, 2) == -1 && errno == EFAULT);
}

/* Reads into two parts until it is the answer to that ping. */
static bool reads_in_parts(unsigned number)
{
    uint8_t first[20], second[2048], whole[sizeof(first) + sizeof(second)];
    struct iovec parts[] = { { first, sizeof(first) }, { second, sizeof(second) } };

    while (wait_for(POLLIN, LONG)) {
        ssize_t got = readv(device, parts, 2);
        unsigned which;

        if (!CHECK(got >= 60 || (got == -1 && errno == EAGAIN)) || got < 0)
            return false;
        memcpy(whole, first, sizeof(first));
        memcpy(whole + sizeof(first), second, got - sizeof(first));
        if (is_pong(whole, got, &which) && which == number)
            return true;
        serve(whole, got);
    }
    return false;
}

/* Writes a ping in parts, one of which is empty. */
static bool writes_in_parts(unsigned number)
{
    uint8_t frame[2048], copy[2048];
    struct iovec parts[] = { { frame, 13 }, { frame + 13, 1 }, { frame, 0 }, { copy, 0 } };
    size_t size = put_ping(frame, number, payload_of(number));

    memcpy(copy, frame + 14, size - 14);
    parts[3].iov_len = size - 14;
    return writev(device, parts, 4) == (ssize_t)size;
}

/* What of a frame has no room is lost, and no more. */
static bool reads_the_beginning(unsigned number)
{
    uint8_t frame[2048];

    CHECK(ping(number, payload_of(number)));
    memset(frame, 0xee, sizeof(frame));
    while (wait_for(POLLIN, LONG)) {
        if (!CHECK(read(device, frame, 30) == 30 && frame[30] == 0xee))
            return false;
        if (get16(frame + 12) == IPV4 && frame[ETHERNET + 9] == ICMP)
            return true;
    }
    return false;
}

static void try_parts(void)
{
    run++;
    refuse_frames();
    CHECK(writes_in_parts(33) && reads_in_parts(33));
    CHECK(reads_the_beginning(44));
    CHECK(ping(55, payload_of(55)) && reads_in_parts(55));
}

static void try_epoll(void)
{
    struct epoll_event event = { .events = EPOLLIN };
    int epoll = epoll_create1(0);
    uint8_t frame[2048];

    while (receive_frame(frame, false))
        ;
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, device, &event) == 0);
    CHECK(ping(66, payload_of(66)));
    CHECK(epoll_wait(epoll, &event, 1, LONG) == 1 && event.events == EPOLLIN);
    CHECK(receive_frame(frame, false) > 0);
    close(epoll);
}

/* A limit of one byte has one frame on its way at a time. */
static void try_limit(void)
{
    int least = 1, most = 0x7fffffff;

    CHECK(ioctl(device, TUNSETSNDBUF, &least) == 0);
    ping_dom0(100, 16);
    CHECK(ioctl(device, TUNSETSNDBUF, &most) == 0);
}

static void wait_for_dom0(void)
{
    uint8_t frame[2048];
    size_t length;

    printf("waiting for dom0\n");
    while (!ended) {
        length = receive_frame(frame, true);
        if (length)
            serve(frame, length);
    }
    printf("served %u pings, %u datagrams, %u segments; %u frames were for others\n", served_pings,
           served_datagrams, served_segments, foreign);
    CHECK(served_pings >= 900 && served_datagrams > 10 && served_segments > 4);
    CHECK(bad_sums == 0);
}

/* Does dom0 answer within some seconds? */
static bool answers(int milliseconds_at_most)
{
    long end = milliseconds() + milliseconds_at_most;
    uint8_t frame[2048];
    unsigned which;

    run++;
    while (milliseconds() < end) {
        size_t length;

        CHECK(ping(0, payload_of(0)));
        while ((length = wait_for(POLLIN, 100) ? receive_frame(frame, false) : 0)) {
            if (is_pong(frame, length, &which))
                return true;
            serve(frame, length);
        }
    }
    return false;
}

static void try_attaching(void)
{
    struct ifreq request;

    CHECK((device = open("/dev/net/tun", O_RDWR | O_NONBLOCK)) >= 0);
    CHECK(refuses(device, "vif0", FLAGS, ENODEV) && refuses(device, "tap%d", FLAGS, ENODEV));
    printf("waiting for an interface\n");
    while (set_interface(device, "vif3.0-emu", FLAGS, &request))
        usleep(100000);
    CHECK(ioctl(device, SIOCGIFHWADDR, &request) == 0);
    memcpy(our_mac, request.ifr_hwaddr.sa_data, 6);
    find_dom0();
    CHECK(answers(LONG));
    printf("it is attached\n");
    while (answers(2000))
        usleep(100000);
    CHECK(!wait_for(POLLIN, 0) && wait_for(POLLOUT, 0));
    printf("it is detached\n");
    CHECK(answers(3 * LONG));
    ping_dom0(200, 8);
    printf("it is attached again\n");
}

int main(int argc, char **argv)
{
    (void)argv;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1) {
        try_attaching();
        return summary();
    }
    open_device();
    find_dom0();
    try_parts();
    ping_dom0(500, 1);
    ping_dom0(3000, 32);
    try_limit();
    try_epoll();
    wait_for_dom0();
    return summary();
}
