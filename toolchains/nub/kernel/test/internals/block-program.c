/*
 * A disk whose backend is played here, and xenstore with it: first as it should be, then with
 * anything in xenstore and in the ring, then again as it should be. It needs a kernel that
 * block.c, beside this, is linked into.
 */
#include <stdatomic.h>
#include "block-backend.h"

#define THREADS 4
#define LONGEST 100000
#define GUARD 4096
#define ENTRIES 20000 /* unless the second argument says otherwise */

static atomic_bool stop;
static atomic_uint calls, refused, spoilt, wrong;
static atomic_bool exact; /* the backend is honest: all must be as written */
static unsigned served, mutated, connections;

/* Each thread has a part of the disk of its own. */
struct user {
    pthread_t thread;
    unsigned number;
    uint64_t random;
    char *memory, model[DISK / THREADS];
};

static uint32_t next(struct user *user, uint32_t limit)
{
    user->random = user->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(user->random >> 33) % limit;
}

static bool is_guard(const char *bytes, size_t size)
{
    static char guard[2 * GUARD];

    if (!*guard)
        memset(guard, 0x5a, sizeof(guard));
    return !memcmp(bytes, guard, size);
}

static bool may_fail_so(int error)
{
    return error == EIO || error == EOPNOTSUPP || error == EPERM || error == ENOSPC;
}

/* Nothing is written around what was asked for, whatever the backend does. */
static int use_disk(struct user *user, int fd)
{
    size_t most = sizeof(user->model), from = next(user, most), size = 1 + next(user, next(user, 4) ? 9000 : LONGEST);
    size_t offset = next(user, 2) ? next(user, 600) : 0;
    char *bytes = user->memory + GUARD + offset;
    uint64_t at = (uint64_t)user->number * most + from;
    bool write = next(user, 2);
    ssize_t done;

    if (next(user, 2))
        from &= ~511u, at &= ~511ULL, size = (size + 511) & ~511ULL;
    size = size < most - from ? size : most - from;
    memset(user->memory, 0x5a, GUARD + offset);
    memset(bytes + size, 0x5a, GUARD);
    if (write) {
        memset(bytes, next(user, 256), size);
        for (size_t i = 0; i < size; i += 200)
            bytes[i] = next(user, 256);
        memcpy(user->model + from, bytes, size);
    }
    done = write ? pwrite(fd, bytes, size, at) : pread(fd, bytes, size, at);
    calls++;
    if (!is_guard(user->memory, GUARD + offset) || !is_guard(bytes + size, GUARD))
        spoilt++;
    if (done < 0 ? !may_fail_so(errno) : (size_t)done > size) {
        printf("%s of %zu: %zd, error %d\n", write ? "write" : "read", size, done, errno);
        wrong++;
    }
    if (exact && (done != (ssize_t)size || memcmp(bytes, user->model + from, size))) {
        printf("%s of %zu at %u: %zd\n", write ? "write" : "read", size, (unsigned)at, done);
        wrong++;
    }
    if (done < 0)
        refused++;
    if (!next(user, 10) && fsync(fd) && !may_fail_so(errno))
        wrong++;
    return done < 0 ? -1 : 0;
}

/* Who is refused opens the disk anew, for it may be another one. */
static void *use(void *argument)
{
    struct user *user = argument;
    int fd = -1;

    while (!stop) {
        if (fd < 0)
            fd = open("/dev/xvda", O_RDWR);
        if (fd < 0 || use_disk(user, fd)) {
            if (fd >= 0)
                close(fd);
            fd = -1;
            usleep(5000);
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* What is in one in a hundred answers, no backend would write. */
static void mutate(struct disk_response *response)
{
    mutated++;
    switch (some(9)) {
    case 0: response->id = some(1000); break;
    case 1: response->id ^= 1ULL << some(64); break;
    case 2: response->operation ^= 1 << some(8); break;
    case 3: response->status = (int16_t)some(65536); break;
    case 4: disk_answered += some(4) ? some(200) : ~some(100); break;
    case 5: disk->req_event = some(2) ? disk->req_prod + some(100) - 50 : ~0U; break;
    case 6: memset((void *)disk->entries, some(256), disk_entries * sizeof(union entry)); break;
    case 7: put_response(response); break; /* twice */
    default: response->status = -1 - (int)some(2); break;
    }
}

static void serve_disk(void)
{
    unsigned most = some(40);
    bool any = false;

    while (disk && disk_taken != disk->req_prod && most--) {
        struct disk_request request;
        struct disk_response response;

        memcpy(&request, (void *)&disk->entries[disk_taken % disk_entries].request, sizeof(request));
        disk->req_event = ++disk_taken + 1;
        response = serve(&request);
        if (hostile && !some(100))
            mutate(&response);
        put_response(&response);
        served++;
        any = true;
        if (hostile && !some(20))
            block_call(BLOCK_TELL, NULL, 0, 0, NULL);
    }
    if (any || (hostile && disk && !some(50)))
        block_call(BLOCK_TELL, NULL, 0, 0, NULL);
}

/* The disk is pulled out, or its backend begins again without a word. */
static void disturb(void)
{
    if (some(1000))
        return;
    switch (some(3)) {
    case 0:
        listed = !listed;
        send_event("device/vbd", class_token);
        break;
    case 1:
        set_backend(some(8));
        break;
    default:
        set_backend(CLOSING);
        break;
    }
}

/* Whoever has read nonsense, and not heard of anything since, looks again. */
static void nudge(void)
{
    static unsigned without;

    without = disk ? 0 : without + 1;
    if (without < 20)
        return;
    without = 0;
    listed = true;
    send_event("device/vbd", class_token);
}

static void step(void)
{
    static unsigned last;

    while (ring->req_cons != ring->req_prod)
        serve_store();
    step_backend();
    connections += backend_state == CONNECTED && last != CONNECTED;
    last = backend_state;
    if (disk)
        serve_disk();
    if (hostile)
        disturb();
    nudge();
    if (!listed && (!hostile || !some(20))) {
        listed = true;
        frontend_state = INITIALISING;
        send_event("device/vbd", class_token);
    }
    if (ring->req_cons == ring->req_prod && (!disk || disk_taken == disk->req_prod))
        wait_for_kernel(2);
}

static struct user users[THREADS];

static void begin_users(bool are_exact)
{
    exact = are_exact;
    stop = false;
    for (unsigned i = 0; i < THREADS; i++) {
        users[i].number = i;
        users[i].random = state + i;
        memcpy(users[i].model, contents + i * sizeof(users[i].model), sizeof(users[i].model));
        if (!users[i].memory)
            users[i].memory = malloc(LONGEST + 3 * GUARD);
        pthread_create(&users[i].thread, NULL, use, &users[i]);
    }
}

/* They may wait for answers still, or for the disk. */
static void *end_users(void *argument)
{
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(users[i].thread, NULL);
    *(atomic_bool *)argument = true;
    return NULL;
}

static void finish(void)
{
    atomic_bool done = false;
    pthread_t thread;

    stop = true;
    pthread_create(&thread, NULL, end_users, &done);
    while (!done)
        step();
    pthread_join(thread, NULL);
}

/* That many requests; the disk is connected at the end. */
static void run(unsigned entries)
{
    unsigned end = served + entries, told = served, told_every = entries / 10;

    begin_users(!hostile);
    while (served < end) {
        step();
        if (served >= told + told_every) {
            told = served;
            printf("%u requests, %u connections\n", told, connections);
        }
    }
    finish();
    CHECK(block_call(BLOCK_WAITING, NULL, 0, 0, NULL) == 0);
    CHECK(!spoilt && !wrong);
    printf("%u requests, %u mutated, %u connections, %u calls, %u of them refused\n", served, mutated, connections,
           calls, refused);
}

static void become_honest(void)
{
    hostile = false;
    for (unsigned i = 0; i < 5000 && !(disk && backend_state == CONNECTED && frontend_state == CONNECTED); i++)
        step();
    CHECK(disk && frontend_state == CONNECTED);
}

int main(int argc, char **argv)
{
    unsigned entries = argc > 2 ? strtoul(argv[2], NULL, 0) : ENTRIES;
    long before;

    state = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
    device = open("/dev/xenstore", O_RDWR);
    block_device = open("/dev/block", O_RDWR);
    start_ring();
    frontend_state = INITIALISING;
    backend_state = INIT_WAIT;
    for (unsigned i = 0; i < DISK; i++)
        contents[i] = some(256);
    block_call(BLOCK_BEGIN, NULL, 0, 0, NULL);
    become_honest();
    run(3000);
    CHECK(!refused);
    before = block_call(BLOCK_UNUSED, NULL, 0, 0, NULL);
    hostile = true;
    run(entries);
    CHECK(refused > 100 && mutated > entries / 200 && connections > 100);
    become_honest();
    refused = 0;
    run(3000);
    CHECK(!refused);
    printf("%ld pages unused before, %ld after\n", before, block_call(BLOCK_UNUSED, NULL, 0, 0, NULL));
    CHECK(block_call(BLOCK_UNUSED, NULL, 0, 0, NULL) > before - 50);
    return failures > 0;
}
