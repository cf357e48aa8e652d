/*
 * The other end of a disk, for the program `block`: xenstore's daemon with the few keys that
 * the two ends meet in, and a backend. All of it is one loop, of the main thread.
 */
#include "xenstore-daemon.h"
#include "block.h"

enum { UNKNOWN, INITIALISING, INIT_WAIT, INITIALISED, CONNECTED, CLOSING, CLOSED };
enum { OP_READ, OP_WRITE, OP_BARRIER, OP_FLUSH, OP_DISCARD = 5, OP_INDIRECT };

#define FRONTEND "device/vbd/51712"
#define BACKEND "/backend/51712"
#define DISK (1 << 20)
#define SEGMENTS 11

struct segment {
    uint32_t ref;
    uint8_t first, last;
};

struct disk_request {
    uint8_t operation, segments;
    uint16_t handle;
    uint64_t id, sector;
    struct segment segment[SEGMENTS];
};

struct indirect_request {
    uint8_t operation, indirect;
    uint16_t segments;
    uint64_t id, sector;
    uint16_t handle;
    uint32_t lists[8];
};

struct disk_response {
    uint64_t id;
    uint8_t operation;
    int16_t status;
};

union entry {
    struct disk_request request;
    struct disk_response response;
};

struct disk_ring {
    uint32_t req_prod, req_event, rsp_prod, rsp_event;
    char pad[48];
    union entry entries[];
};

static int block_device;
static volatile struct disk_ring *disk;
static uint32_t disk_entries, disk_taken, disk_answered;
static char contents[DISK];

/* Xenstore, as it is now. */
static bool listed = true;
static unsigned frontend_state, backend_state;
static char class_token[16], state_token[16];
static unsigned order, port;
static bool hostile;

static uint64_t state;

static uint32_t some(uint32_t limit)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(state >> 33) % limit;
}

static long block_call(int call, char *bytes, uint32_t size, uint32_t number, char **result)
{
    struct block_request with = { bytes, size, number };
    long answer = ioctl(block_device, call, &with);

    if (result)
        *result = with.bytes;
    return answer;
}

static void send_event(const char *path, const char *token)
{
    char body[128];

    if (*token)
        put_message(WATCH_EVENT, 0, body, sprintf(body, "%s%c%s", path, 0, token) + 1);
}

static void set_backend(unsigned to)
{
    backend_state = to;
    send_event(BACKEND "/state", state_token);
}

static const char *good_value(const char *key)
{
    static char text[32];

    if (!strcmp(key, "sectors"))
        return sprintf(text, "%u", DISK / 512), text;
    if (!strcmp(key, "sector-size"))
        return "512";
    if (!strcmp(key, "max-ring-page-order"))
        return sprintf(text, "%u", some(6)), text;
    if (!strcmp(key, "feature-max-indirect-segments"))
        return some(2) ? "256" : "0";
    if (!strcmp(key, "info"))
        return "0";
    if (!strcmp(key, "feature-persistent"))
        return some(2) ? "1" : "0";
    if (!strncmp(key, "feature-", 8))
        return "1";
    return NULL;
}

static const char *bad_value(void)
{
    static const char *const values[] = {
        "", "x", "-1", "+1", " 512", "0x200", "512 ", "0", "1", "3", "511", "513", "1024", "2048", "4096", "8192",
        "65536", "2147483648", "4294967295", "4294967296", "4611686018427387904", "9223372036854775807",
        "18014398509481983", "18014398509481984", "18446744073709551615", "18446744073709551616",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999",
        "000000000000000000000000000000000000000000000000000000000000512",
    };

    return some(20) ? values[some(sizeof(values) / sizeof(*values))] : NULL;
}

static const char *value_of(const char *path)
{
    static char text[16];

    if (!strncmp(path, FRONTEND "/", sizeof(FRONTEND))) {
        const char *key = path + sizeof(FRONTEND);

        if (!strcmp(key, "state"))
            return sprintf(text, "%u", frontend_state), text;
        if (!strcmp(key, "backend"))
            return hostile && !some(50) ? bad_value() : BACKEND;
        if (!strcmp(key, "backend-id"))
            return hostile && !some(50) ? bad_value() : "0";
        return !strcmp(key, "device-type") ? "disk" : NULL;
    }
    if (strncmp(path, BACKEND "/", sizeof(BACKEND)))
        return NULL;
    if (!strcmp(path, BACKEND "/state"))
        return hostile && !some(100) ? bad_value() : backend_state ? (sprintf(text, "%u", backend_state), text) : NULL;
    return hostile && !some(40) ? bad_value() : good_value(path + sizeof(BACKEND));
}

/* What the front end tells. */
static void take_write(const char *path, const char *value)
{
    if (!strcmp(path, FRONTEND "/state"))
        frontend_state = atoi(value);
    else if (!strcmp(path, FRONTEND "/ring-page-order"))
        order = atoi(value);
    else if (!strcmp(path, FRONTEND "/ring-ref"))
        order = 0;
    else if (!strcmp(path, FRONTEND "/event-channel"))
        port = atoi(value);
    send_event(path, class_token);
}

static void take_watch(const char *path, const char *token)
{
    char *kept = strcmp(path, "device/vbd") ? state_token : class_token;

    snprintf(kept, sizeof(class_token), "%s", token);
    send_event(path, kept);
}

static void list_disks(const struct message *request)
{
    static const char odd[] = "x\0" "51712\0" "0\0" "051712\0" "4294967296\0" "99999999999999999999999";

    if (hostile && !some(10))
        answer(request, odd, some(sizeof(odd) + 1));
    else
        answer(request, "51712", 6);
}

static void serve_store(void)
{
    static struct message request;
    const char *path = request.body, *value;

    if (!get_message(&request))
        return;
    switch (request.header.type) {
    case READ:
        value = value_of(path);
        if (value)
            answer(&request, value, strlen(value));
        else
            refuse(&request, "ENOENT");
        break;
    case DIRECTORY:
        if (listed)
            list_disks(&request);
        else
            refuse(&request, "ENOENT");
        break;
    case WATCH:
        answer(&request, "OK", 3);
        take_watch(path, path + strlen(path) + 1);
        break;
    case WRITE:
        answer(&request, "OK", 3);
        take_write(path, path + strlen(path) + 1);
        break;
    default:
        answer(&request, "OK", 3);
    }
}

static uint32_t entries_of(unsigned pages_order)
{
    uint32_t most = ((4096u << pages_order) - sizeof(struct disk_ring)) / sizeof(union entry), count = 1;

    while (2 * count <= most)
        count *= 2;
    return count;
}

static void connect_backend(void)
{
    char *ring_at;

    block_call(BLOCK_RING, NULL, 0, 0, &ring_at);
    disk = (void *)ring_at;
    if (!disk || block_call(BLOCK_BIND, NULL, 0, port, NULL)) {
        disk = NULL;
        set_backend(CLOSED);
        return;
    }
    disk_entries = entries_of(order);
    disk_taken = disk_answered = 0;
    set_backend(CONNECTED);
}

static void disconnect_backend(void)
{
    disk = NULL;
    set_backend(CLOSED);
}

/* One step of a backend. What was said while the other end did not listen is said again. */
static void step_backend(void)
{
    if (disk && frontend_state == CLOSED) {
        disconnect_backend();
    } else if (!disk && backend_state == CONNECTED) {
        set_backend(CLOSED);
    } else if (disk && backend_state != CONNECTED) {
        if (!hostile || !some(100))
            set_backend(CONNECTED);
    } else if (!disk && backend_state == INIT_WAIT && frontend_state == INITIALISED) {
        connect_backend();
    } else if (!disk && (backend_state != INIT_WAIT || !some(100))) {
        if (!hostile || !some(4))
            set_backend(INIT_WAIT);
    }
}

static bool move_segments(const struct segment *segments, unsigned count, uint64_t sector, bool write)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t size = (segments[i].last + 1 - segments[i].first) * 512;

        if (segments[i].first || segments[i].last > 7 || sector > DISK / 512 || sector * 512 + size > DISK)
            return false;
        if (block_call(write ? BLOCK_GET : BLOCK_PUT, contents + sector * 512, size, segments[i].ref, NULL))
            return false;
        sector += size / 512;
    }
    return true;
}

static bool do_indirect(const struct indirect_request *request)
{
    static struct segment segments[512];

    if (request->segments > 512 || block_call(BLOCK_GET, (char *)segments, 4096, request->lists[0], NULL))
        return false;
    return move_segments(segments, request->segments, request->sector, request->indirect == OP_WRITE);
}

static struct disk_response serve(const struct disk_request *request)
{
    const struct indirect_request *indirect = (const void *)request;
    struct disk_response response = { .id = request->id, .operation = request->operation };
    bool good = true;

    if (hostile && some(30)) {
        if (request->operation == OP_INDIRECT)
            response.operation = indirect->indirect;
        return response;
    }
    switch (request->operation) {
    case OP_READ:
    case OP_WRITE:
        good = request->segments && request->segments <= SEGMENTS
            && move_segments(request->segment, request->segments, request->sector, request->operation == OP_WRITE);
        break;
    case OP_INDIRECT:
        good = do_indirect(indirect);
        response.operation = indirect->indirect;
        break;
    default:
        break;
    }
    response.status = good ? 0 : -1;
    return response;
}

static void put_response(const struct disk_response *response)
{
    memcpy((void *)&disk->entries[disk_answered++ % disk_entries].response, response, sizeof(*response));
    __atomic_store_n(&disk->rsp_prod, disk_answered, __ATOMIC_SEQ_CST);
}
