/*
 * Compresses generated data with every level and every strategy of zlib, expands it again and
 * compares. Prints one line with a checksum for each round trip, and as its last line a checksum
 * over all of them. The output depends on nothing but zlib's version: a run on any machine can be
 * held against a run on any other.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    DATA_SIZE = 512 * 1024,
    /* Small, so that deflate and inflate have to stop and go on many times. */
    CHUNK_SIZE = 4093,
};

static const struct {
    int number;
    const char *name;
} strategies[] = {
    {Z_DEFAULT_STRATEGY, "default"}, {Z_FILTERED, "filtered"}, {Z_HUFFMAN_ONLY, "huffman"},
    {Z_RLE, "rle"},                  {Z_FIXED, "fixed"},
};

static unsigned char data[DATA_SIZE];
static unsigned char restored[DATA_SIZE];
/* Room for data that cannot be compressed at all. */
static unsigned char packed[DATA_SIZE + DATA_SIZE / 8 + 1024];

/* Marsaglia's xorshift, 32 bits: the same numbers on every machine. */
static uint32_t random_number(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Thirds of words, of runs of one byte, and of noise, in short pieces that alternate. */
static void generate(void)
{
    static const char *const words[] = {"stub",  "domain ", "of ",     "the ",  "hypervisor ",
                                        "grant", "event ",  "channel", " ring", "\n"};
    size_t at = 0;
    while (at < DATA_SIZE) {
        size_t end = at + 64 + random_number() % 2048;
        uint32_t kind = random_number() % 3;
        unsigned char byte = random_number() & 0xff;
        if (end > DATA_SIZE)
            end = DATA_SIZE;
        while (at < end) {
            if (kind == 0) {
                const char *word = words[random_number() % (sizeof words / sizeof *words)];
                while (*word && at < end)
                    data[at++] = *word++;
            } else {
                data[at++] = kind == 1 ? byte : random_number() >> 24;
            }
        }
    }
}

static void fail(const char *what, int level, const char *strategy, int code)
{
    printf("zlib-selftest: %s failed at level %d, strategy %s (zlib says %d)\n", what, level,
           strategy, code);
    exit(1);
}

/* Gives the size of the compressed data, which is left in `packed`. */
static size_t compress_all(int level, int strategy, const char *name)
{
    z_stream stream = {0};
    int code = deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS, MAX_MEM_LEVEL, strategy);
    if (code != Z_OK)
        fail("deflateInit2", level, name, code);
    stream.next_in = data;
    stream.avail_in = DATA_SIZE;
    do {
        size_t room = sizeof packed - stream.total_out;
        stream.next_out = packed + stream.total_out;
        stream.avail_out = room < CHUNK_SIZE ? room : CHUNK_SIZE;
        code = deflate(&stream, Z_FINISH);
    } while (code == Z_OK);
    if (code != Z_STREAM_END)
        fail("deflate", level, name, code);
    size_t size = stream.total_out;
    deflateEnd(&stream);
    return size;
}

static void expand_all(size_t size, int level, const char *name)
{
    z_stream stream = {0};
    int code = inflateInit(&stream);
    if (code != Z_OK)
        fail("inflateInit", level, name, code);
    stream.next_out = restored;
    stream.avail_out = sizeof restored;
    do {
        size_t left = size - stream.total_in;
        stream.next_in = packed + stream.total_in;
        stream.avail_in = left < CHUNK_SIZE ? left : CHUNK_SIZE;
        code = inflate(&stream, Z_NO_FLUSH);
    } while (code == Z_OK);
    if (code != Z_STREAM_END || stream.total_out != DATA_SIZE)
        fail("inflate", level, name, code);
    inflateEnd(&stream);
}

int main(void)
{
    int trips = 0;
    uLong all = crc32(0, Z_NULL, 0);

    generate();
    printf("zlib-selftest: zlib %s, %d bytes, data %08lx\n", zlibVersion(), DATA_SIZE,
           crc32(0, data, DATA_SIZE));
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
        for (int level = 0; level <= 9; level++) {
            const char *name = strategies[i].name;
            size_t size = compress_all(level, strategies[i].number, name);
            memset(restored, 0xa5, sizeof restored);
            expand_all(size, level, name);
            if (memcmp(data, restored, DATA_SIZE) != 0)
                fail("the comparison", level, name, 0);
            uLong sum = crc32(0, packed, size);
            all = crc32(all, packed, size);
            printf("strategy %-8s level %d: %6zu bytes, checksum %08lx\n", name, level, size, sum);
            trips++;
        }
    }
    printf("zlib-selftest: %d round trips, checksum %08lx\n", trips, all);
    return 0;
}
