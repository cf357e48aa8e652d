/*
 * The kernel's xenstore client, whose daemon is played here: what it asks, what it
 * makes of the answers, and that nothing which the daemon may write does any harm.
 * It needs a kernel that xenstore.c, beside this, is linked into.
 */
#include "xenstore-daemon.h"

static char value[8192];
static struct message request;

/* The kernel asks this, and is answered that. */
static int exchange(struct asking *asking, uint32_t type, const char *body, uint32_t length)
{
    if (!CHECK(get_message(&request)))
        return -1;
    if (type == ERROR)
        refuse(&request, body);
    else
        answer(&request, body, length);
    return result_of(asking);
}

static int read_answer(uint32_t size, uint32_t type, const char *body, uint32_t length)
{
    struct asking asking;

    begin_to_ask(&asking, STORE_READ, "some/path", value, size);
    return exchange(&asking, type, body, length);
}

static void try_values(void)
{
    static char large[MOST];
    struct asking asking;

    CHECK(read_answer(6, READ, "hello", 5) == 5 && !strcmp(value, "hello"));
    CHECK(request.header.type == READ && request.header.length == 10 && !strcmp(request.body, "some/path"));
    CHECK(read_answer(5, READ, "hello", 5) == -E2BIG);
    CHECK(read_answer(6, READ, "", 0) == 0 && !*value);
    CHECK(read_answer(6, ERROR, "ENOENT", 0) == -ENOENT);
    CHECK(read_answer(6, ERROR, "EACCES", 0) == -EACCES);
    CHECK(read_answer(6, ERROR, "EWHAT", 0) == -EIO);
    memset(large, 'x', sizeof(large));
    CHECK(read_answer(sizeof(value), READ, large, MOST) == MOST && !memcmp(value, large, MOST) && !value[MOST]);
    begin_to_ask(&asking, STORE_WRITE, "name", large, 3000);
    CHECK(exchange(&asking, WRITE, "OK", 3) == 0);
    CHECK(request.header.length == 3005 && !strcmp(request.body, "name") && !memcmp(request.body + 5, large, 3000));
    CHECK(ask(STORE_WRITE, "name", large, MOST, 0) == -E2BIG);
    begin_to_ask(&asking, STORE_MAKE, "name", NULL, 0);
    CHECK(exchange(&asking, MKDIR, "OK", 3) == 0 && request.header.type == MKDIR);
    begin_to_ask(&asking, STORE_REMOVE, "name", NULL, 0);
    CHECK(exchange(&asking, RM, "OK", 3) == 0 && request.header.type == RM);
}

static void try_transactions(void)
{
    struct asking asking;

    begin_to_ask(&asking, STORE_BEGIN, NULL, NULL, 0);
    CHECK(exchange(&asking, TRANSACTION_START, "4000000000", 11) == 0);
    begin_to_ask(&asking, STORE_BEGIN, NULL, NULL, 0);
    CHECK(exchange(&asking, TRANSACTION_START, "4294967296", 11) == -EIO);
    begin_to_ask(&asking, STORE_BEGIN, NULL, NULL, 0);
    CHECK(exchange(&asking, TRANSACTION_START, "12x", 4) == -EIO);
    begin_to_ask(&asking, STORE_BEGIN, NULL, NULL, 0);
    CHECK(exchange(&asking, TRANSACTION_START, "12", 2) == -EIO); /* without its zero */
    begin_to_ask(&asking, STORE_END, NULL, NULL, 1);
    CHECK(exchange(&asking, TRANSACTION_END, "OK", 3) == 0 && !strcmp(request.body, "T"));
    begin_to_ask(&asking, STORE_END, NULL, NULL, 0);
    CHECK(exchange(&asking, ERROR, "EAGAIN", 0) == -EAGAIN && !strcmp(request.body, "F"));
}

/* A folder that is told in parts, the first with the names a and b. */
static struct asking listing;

static void begin_list(void)
{
    begin_to_ask(&listing, STORE_LIST, "folder", value, 64);
    CHECK(get_message(&request) && request.header.type == DIRECTORY);
    refuse(&request, "E2BIG");
}

static void part(const char *offset, const char *body, uint32_t length)
{
    CHECK(get_message(&request) && request.header.type == DIRECTORY_PART);
    CHECK(!strcmp(request.body, "folder") && !strcmp(request.body + 7, offset));
    answer(&request, body, length);
}

static void try_lists(void)
{
    struct asking asking;

    begin_to_ask(&asking, STORE_LIST, "folder", value, 64);
    CHECK(exchange(&asking, DIRECTORY, "a\0b", 4) == 4 && !memcmp(value, "a\0b", 4));
    begin_to_ask(&asking, STORE_LIST, "folder", value, 64);
    CHECK(exchange(&asking, DIRECTORY, "", 0) == 0);
    begin_to_ask(&asking, STORE_LIST, "folder", value, 64);
    CHECK(exchange(&asking, DIRECTORY, "a\0b", 3) == -EIO);
    begin_to_ask(&asking, STORE_LIST, "folder", value, 64);
    CHECK(exchange(&asking, DIRECTORY, "a\0\0b", 5) == -EIO);

    begin_list(), part("0", "7\0a\0b", 6), part("4", "7\0c\0", 5);
    CHECK(result_of(&listing) == 6 && !memcmp(value, "a\0b\0c", 6));
    begin_list(), part("0", "7\0", 3); /* there is nothing in it */
    CHECK(result_of(&listing) == 0);
    begin_list(), part("0", "7\0a\0b", 6), part("4", "8\0c\0", 5); /* it has changed */
    part("0", "8\0a\0c\0", 7);
    CHECK(result_of(&listing) == 4 && !memcmp(value, "a\0c", 4));
    begin_list(), part("0", "7\0a", 4), part("2", "7", 2); /* no progress */
    CHECK(result_of(&listing) == -EIO);
    begin_list(), part("0", "7", 1); /* without a zero */
    CHECK(result_of(&listing) == -EIO);
    begin_list(), part("0", "7\0a\0b", 5);
    CHECK(result_of(&listing) == -EIO);
    begin_list();
    for (int i = 0; i < 6; i++) {
        char offset[8];

        snprintf(offset, sizeof(offset), "%d", i * 11);
        part(offset, "7\0abcdefghij", 13);
    }
    CHECK(result_of(&listing) == -E2BIG);
}

static void try_permissions(void)
{
    struct store_permission list[3] = { 0 }, set[] = { { 5, 'n' }, { 65535, 'b' } };
    struct asking asking;

    begin_to_ask(&asking, STORE_PERMISSIONS, "name", list, 2);
    CHECK(exchange(&asking, GET_PERMS, "n7\0r65535", 10) == 2);
    CHECK(list[0].domid == 7 && list[0].access == 'n' && list[1].domid == 65535 && list[1].access == 'r');
    begin_to_ask(&asking, STORE_PERMISSIONS, "name", list, 2);
    CHECK(exchange(&asking, GET_PERMS, "n7\0r1\0r2", 9) == -E2BIG && list[2].access == 0);
    begin_to_ask(&asking, STORE_PERMISSIONS, "name", list, 2);
    CHECK(exchange(&asking, GET_PERMS, "n65536", 7) == -EIO);
    begin_to_ask(&asking, STORE_PERMISSIONS, "name", list, 2);
    CHECK(exchange(&asking, GET_PERMS, "x7", 3) == -EIO);
    begin_to_ask(&asking, STORE_PERMISSIONS, "name", list, 2);
    CHECK(exchange(&asking, GET_PERMS, "n7", 2) == -EIO);
    begin_to_ask(&asking, STORE_PERMIT, "name", set, 2);
    CHECK(exchange(&asking, SET_PERMS, "OK", 3) == 0);
    CHECK(request.header.length == 15 && !memcmp(request.body, "name\0n5\0b65535", 15));
}

static void put_event(const char *path, const char *token)
{
    char body[128];

    put_message(WATCH_EVENT, 0, body, snprintf(body, sizeof(body), "%s%c%s", path, 0, token) + 1);
}

static void try_watches(void)
{
    char path[64], token[16];
    struct asking asking;
    int before = ask(STORE_CHANGED, NULL, path, 0, 0);

    begin_to_ask(&asking, STORE_WATCH, "name", NULL, 0);
    CHECK(exchange(&asking, WATCH, "OK", 3) == 0 && !strcmp(request.body, "name"));
    memcpy(token, request.body + 5, 9);
    put_event("name/below", token);
    CHECK(ask(STORE_CHANGED, NULL, path, 0, 0) == before + 1 && !strcmp(path, "name/below"));
    put_event("other", "ffffffff");
    CHECK(ask(STORE_CHANGED, NULL, path, 0, 0) == before + 1);
    begin_to_ask(&asking, STORE_UNWATCH, "name", NULL, 0);
    CHECK(exchange(&asking, UNWATCH, "OK", 3) == 0 && !strcmp(request.body + 5, token));
    put_event("name", token); /* was on its way */
    CHECK(ask(STORE_CHANGED, NULL, path, 0, 0) == before + 1);
    begin_to_ask(&asking, STORE_WATCH, "name", NULL, 0);
    CHECK(exchange(&asking, ERROR, "EACCES", 0) == -EACCES);
}

/* Two ask at once, and are answered in the other order. */
static void try_two(void)
{
    static struct message one, two;
    char a[16], b[16];
    struct asking asking_a, asking_b;

    begin_to_ask(&asking_a, STORE_READ, "a", a, sizeof(a));
    begin_to_ask(&asking_b, STORE_READ, "b", b, sizeof(b));
    CHECK(get_message(&one) && get_message(&two) && one.header.id != two.header.id);
    answer(&two, two.body, 1);
    answer(&one, one.body, 1);
    CHECK(result_of(&asking_a) == 1 && !strcmp(a, "a"));
    CHECK(result_of(&asking_b) == 1 && !strcmp(b, "b"));
}

static void nothing(int number) { (void)number; }

/* Who gives up leaves nothing behind: a transaction that begins later is ended. */
static void try_giving_up(void)
{
    struct sigaction handler = { .sa_handler = nothing };
    struct asking asking;
    struct message end;

    sigaction(SIGUSR1, &handler, NULL);
    begin_to_ask(&asking, STORE_BEGIN, NULL, NULL, 0);
    CHECK(get_message(&request) && request.header.type == TRANSACTION_START);
    pthread_kill(asking.thread, SIGUSR1);
    CHECK(result_of(&asking) == -EINTR);
    answer(&request, "77", 3);
    CHECK(get_message(&end) && end.header.type == TRANSACTION_END);
    CHECK(end.header.transaction == 77 && !strcmp(end.body, "F"));
    answer(&end, "OK", 3);
    CHECK(read_answer(6, READ, "still", 5) == 5);
}

/* The daemon says nothing at all, for as long as the kernel waits. */
static void try_silence(void)
{
    struct asking asking;

    begin_to_ask(&asking, STORE_READ, "a", value, 16);
    CHECK(get_message(&request));
    CHECK(result_of(&asking) == -ETIMEDOUT);
    answer(&request, "late", 4);
    CHECK(read_answer(6, READ, "still", 5) == 5);
}

#include "xenstore-hostile.h"

/* Arguments: where the random numbers begin, and for how many rounds. */
int main(int count, char **words)
{
    CHECK((device = open("/dev/xenstore", O_RDWR)) >= 0);
    CHECK(ask(STORE_READ, "a", value, 16, 0) == -ENODEV);
    CHECK(ask(STORE_WATCH, "a", NULL, 0, 0) == -ENODEV);
    start_ring();
    try_values();
    try_transactions();
    try_lists();
    try_permissions();
    try_watches();
    try_two();
    try_giving_up();
    break_each_way();
    try_mutations(count > 1 ? strtoul(words[1], NULL, 0) : 1, count > 2 ? atoi(words[2]) : 3000);
    start_ring();
    try_silence();
    return failures;
}
