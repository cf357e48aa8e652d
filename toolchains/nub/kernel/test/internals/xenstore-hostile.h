/*
 * What no daemon would write, for the program `xenstore`: first all that a ring has
 * to be given up for, one by one, then anything.
 */

/* Who is at work with the ring when it breaks: a call of the kernel's, and a file with
 * a request and a watch. */
static struct asking broken_call;
static int broken_file;
static struct message broken_request; /* the file's, as it came */

static void send_request(int file, uint32_t type, const char *body, uint32_t length)
{
    struct header header = { type, 1234, 0, length };

    CHECK(write(file, &header, sizeof(header)) == sizeof(header));
    CHECK(write(file, body, length) == (ssize_t)length);
}

static void begin_to_break(void)
{
    start_ring();
    CHECK((broken_file = open("/dev/xenbus", O_RDWR)) >= 0);
    begin_to_ask(&broken_call, STORE_READ, "a", value, 16);
    CHECK(get_message(&request));
    send_request(broken_file, WATCH, "path\0token", 11);
    CHECK(get_message(&broken_request));
    answer(&broken_request, "OK", 3);
    CHECK(read(broken_file, value, 100) == 19);
    send_request(broken_file, READ, "a", 2);
    CHECK(get_message(&broken_request));
}

/* Everybody is told, and the next ring serves. */
static void is_broken(const char *how)
{
    struct pollfd polled = { .fd = broken_file, .events = POLLIN };
    int other;

    printf("broken: %s\n", how);
    CHECK(result_of(&broken_call) == -EIO);
    CHECK(poll(&polled, 1, 0) == 1 && polled.revents & POLLERR);
    CHECK(read(broken_file, value, 1) == -1 && errno == EIO);
    CHECK(write(broken_file, value, 1) == -1 && errno == EIO);
    CHECK((other = open("/dev/xenbus", O_RDWR)) >= 0 && read(other, value, 1) == -1 && errno == EIO);
    CHECK(ask(STORE_READ, "a", value, 16, 0) == -EIO);
    close(other);
    close(broken_file);
    start_ring();
    CHECK(read_answer(6, READ, "again", 5) == 5);
}

static void break_by_message(const char *how, uint32_t type, uint32_t id, uint32_t claimed, const char *body, uint32_t length)
{
    struct header header = { type, id, 0, claimed };

    begin_to_break();
    header.id = id ? id : broken_request.header.id;
    put(&header, sizeof(header));
    put(body, length);
    is_broken(how);
}

/* The request is longer than the ring, and is answered before it is there. */
static void answer_early(void)
{
    static char body[3000];
    struct header header;

    begin_to_break();
    send_request(broken_file, READ, body, sizeof(body));
    CHECK(get(&header, sizeof(header)));
    put_message(READ, header.id, "x", 1);
    is_broken("an answer to half a request");
}

static void break_by_index(const char *how, volatile uint32_t *index, uint32_t difference)
{
    *index += difference;
    tell();
    is_broken(how);
}

static void break_each_way(void)
{
    break_by_message("a long answer", READ, 0, MOST + 1, "", 0);
    break_by_message("a very long answer", READ, 0, ~0U, "", 0);
    break_by_message("a long event", WATCH_EVENT, 0, 1U << 31, "", 0);
    break_by_message("an answer to nothing", READ, 1U << 30, 1, "", 0);
    break_by_message("an answer of another kind", WRITE, 0, 1, "", 0);
    break_by_message("an answer of no kind", ~0U, 0, 1, "", 0);
    break_by_message("an empty event", WATCH_EVENT, 0, 0, "", 0);
    break_by_message("an event without a token", WATCH_EVENT, 0, 5, "path", 5);
    break_by_message("an event without an end", WATCH_EVENT, 0, 13, "path\0" "00000001", 13);
    break_by_message("an event without any zero", WATCH_EVENT, 0, 4, "path", 4);
    break_by_message("an event with more behind it", WATCH_EVENT, 0, 16, "path\0" "00000001\0x", 16);
    break_by_message("an event with a bad token", WATCH_EVENT, 0, 14, "path\0" "0000000g", 14);
    break_by_message("an event with a short token", WATCH_EVENT, 0, 7, "path\0" "1", 7);
    answer_early();
    begin_to_break(), break_by_index("more than fits", &ring->rsp_prod, RING_SIZE + 1);
    begin_to_break(), break_by_index("writing back", &ring->rsp_prod, -1);
    begin_to_break(), break_by_index("reading on", &ring->req_cons, 1);
    begin_to_break(), break_by_index("reading back", &ring->req_cons, -1);
    begin_to_break(), ring->features = 2, break_by_index("an error", &ring->error, 3);
}

static uint64_t state;

static uint32_t some(uint32_t limit)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(state >> 33) % limit;
}

/* What of the page is the daemon's or nobody's, as the daemon has left it. */
static struct {
    char rsp[RING_SIZE];
    uint32_t req_cons, rsp_prod;
    char rest[4096 - offsetof(struct ring, features)];
} kept;

static void keep(void)
{
    memcpy(kept.rsp, (void *)ring->rsp, sizeof(kept.rsp));
    kept.req_cons = ring->req_cons;
    kept.rsp_prod = ring->rsp_prod;
    memcpy(kept.rest, (void *)&ring->features, sizeof(kept.rest));
}

static bool is_kept(void)
{
    return !memcmp(kept.rsp, (void *)ring->rsp, sizeof(kept.rsp)) && kept.req_cons == ring->req_cons
        && kept.rsp_prod == ring->rsp_prod && !memcmp(kept.rest, (void *)&ring->features, sizeof(kept.rest));
}

/* What the kernel has asked and was not answered, as far as it fits, and a token. */
#define MOST_KNOWN 64
static struct header known[MOST_KNOWN];
static uint32_t known_count, seen; /* up to this place of the ring */
static char token[9];

static void copy_requests(void *to, uint32_t from, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        ((char *)to)[i] = ring->req[(from + i) % RING_SIZE];
}

/* Its requests are shorter than the ring. */
static void see_requests(void)
{
    struct header header;

    while (ring->req_prod - seen >= sizeof(header)) {
        copy_requests(&header, seen, sizeof(header));
        if (ring->req_prod - seen < sizeof(header) + header.length)
            break;
        if (header.type == WATCH)
            copy_requests(token, seen + sizeof(header) + header.length - 9, 9);
        if (known_count < MOST_KNOWN)
            known[known_count++] = header;
        seen += sizeof(header) + header.length;
    }
}

static uint32_t make_answer(char *body, const struct header *request)
{
    if (request->type == TRANSACTION_START)
        return snprintf(body, 16, "%u", some(1000)) + 1;
    if (request->type == WATCH || request->type == UNWATCH || request->type == TRANSACTION_END)
        return snprintf(body, 16, "OK") + 1;
    return some(20) ? some(64) : some(MOST + 1);
}

/* A message that is right, or could be; with its length. */
static uint32_t make_message(char *to)
{
    struct header header = { some(24), some(1000), some(3), some(32) };
    char *body = to + sizeof(header);

    memset(body, 'x', MOST);
    if (known_count && some(10)) {
        uint32_t which = some(known_count);

        header = known[which];
        known[which] = known[--known_count];
        header.length = make_answer(body, &header);
        if (!some(4)) {
            header.type = ERROR;
            header.length = snprintf(body, 16, "%s", some(2) ? "EAGAIN" : "ENOENT") + 1;
        }
    } else if (some(10)) {
        header.type = WATCH_EVENT;
        header.length = snprintf(body, 32, "path%c%s", 0, token) + 1;
    }
    memcpy(to, &header, sizeof(header));
    return sizeof(header) + header.length;
}

/* Of one in eight, some bits. */
static void mutate(char *bytes, uint32_t length)
{
    for (uint32_t i = some(8) ? 0 : some(4); i && length; i--)
        bytes[some(length)] ^= 1 << some(8);
}

/* Until the kernel takes no more. */
static void put_some(const char *bytes, uint32_t length)
{
    while (length && ring->rsp_prod - ring->rsp_cons < RING_SIZE) {
        for (; length && ring->rsp_prod - ring->rsp_cons < RING_SIZE; length--, ring->rsp_prod++)
            ring->rsp[ring->rsp_prod % RING_SIZE] = *bytes++;
        tell();
    }
}

/* The ring's indices are moved as a daemon would, most times. */
static void write_something(void)
{
    static char bytes[sizeof(struct message) * 8];
    uint32_t length = 0;

    for (uint32_t i = some(6); i; i--)
        length += make_message(bytes + length);
    mutate(bytes, length);
    put_some(bytes, length);
    if (!some(100))
        ring->rsp_prod += some(4000) - 2000;
    ring->req_cons = some(100) ? seen : seen + some(9) - 4;
    keep();
    tell();
}

static void write_requests(int file)
{
    static const uint32_t types[] = { READ, DIRECTORY, TRANSACTION_START, WATCH, UNWATCH, READ };

    for (uint32_t i = some(6); i; i--) {
        struct header header = { types[some(6)], some(100), 0, 11 };

        if (write(file, &header, sizeof(header)) < 0 || write(file, "path\0token", 11) < 0)
            return;
    }
}

/* Whatever came of it, until there is nothing, or an error; 0 when what is read has
 * not the length that it tells. */
static int read_all(int file)
{
    struct message message;
    ssize_t got;

    while ((got = read(file, &message.header, sizeof(message.header))) > 0) {
        if (got != sizeof(message.header) || message.header.length > MOST)
            return 0;
        if (message.header.length && read(file, message.body, message.header.length) != (ssize_t)message.header.length)
            return 0;
    }
    return got ? errno : 0;
}

static void start_again(void)
{
    start_ring();
    known_count = seen = 0;
}

static void try_mutations(uint64_t seed, int rounds)
{
    int lost = 0, read_badly = 0, failed = 0;

    state = seed;
    start_again();
    for (int round = 0; round < rounds; round++) {
        int file = open("/dev/xenbus", O_RDWR | O_NONBLOCK);
        int end = 0;

        for (uint32_t i = 0; i < 3; i++) {
            write_requests(file);
            see_requests();
            write_something();
            lost += !is_kept();
            end = read_all(file);
            read_badly += end != EIO && end != EAGAIN;
        }
        if (end == EIO) {
            failed++;
            start_again();
        }
        close(file);
    }
    printf("%d of %d rounds broke the ring\n", failed, rounds);
    CHECK(lost == 0 && read_badly == 0);
    CHECK(failed > rounds / 20 && failed < rounds);
    start_ring();
    CHECK(read_answer(6, READ, "after", 5) == 5);
}
