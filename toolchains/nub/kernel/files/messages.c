/*
 * What is sent to a socket until it is received: pieces of memory, small ones and
 * pages, and the files that travel with them.
 */
#include <files/socket.h>
#include <memory/pages.h>
#include <memory/program.h>
#include <threads/thread.h>

struct piece {
    struct piece *next;
    uint16_t start, end, size;
    char data[];
};

#define SMALL_PIECE 256

static struct pool messages = { .object_size = sizeof(struct message) };
static struct pool small_pieces = { .object_size = SMALL_PIECE };
static struct pool passed = { .object_size = sizeof(struct passed) };

static struct piece *make_piece(size_t wanted)
{
    bool small = wanted <= SMALL_PIECE - sizeof(struct piece);
    struct piece *piece;
    pfn page;

    if (small) {
        piece = pool_take(&small_pieces);
    } else {
        page = page_take();
        piece = page == NO_PAGE ? NULL : page_address(page);
    }
    if (piece)
        *piece = (struct piece){ .size = (small ? SMALL_PIECE : PAGE_SIZE) - sizeof(struct piece) };
    return piece;
}

static void end_piece(struct piece *piece)
{
    if (piece->size <= SMALL_PIECE)
        pool_give(&small_pieces, piece);
    else
        page_give((uintptr_t)piece >> PAGE_SHIFT);
}

struct message *message_make(void)
{
    struct message *message = pool_take(&messages);

    if (message)
        *message = (struct message){ 0 };
    return message;
}

void message_end(struct message *message)
{
    message_drop(message, message->length);
    passed_end(message->passed);
    if (message->from)
        socket_release(message->from);
    pool_give(&messages, message);
}

size_t parts_size(const struct iovec *parts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    return size;
}

static bool is_good(const char *start, size_t size, unsigned access)
{
    return on_kernel_stack(start) || program_extent(start, size, access) == size;
}

/* A place in the parts. */
struct cursor {
    const struct iovec *part;
    size_t count, at;
};

/* Goes on by at most that many bytes, which are in one part: where they are, and how
 * many, 0 at the end. */
static size_t advance(struct cursor *cursor, size_t most, char **start)
{
    size_t length;

    for (; cursor->count && cursor->at >= cursor->part->size; cursor->part++, cursor->count--)
        cursor->at -= cursor->part->size;
    if (!cursor->count)
        return 0;
    *start = cursor->part->base + cursor->at;
    length = smaller(most, cursor->part->size - cursor->at);
    cursor->at += length;
    return length;
}

bool parts_are_good(const struct iovec *parts, size_t count, size_t at, size_t size, unsigned access)
{
    struct cursor cursor = { parts, count, at };
    size_t length;
    char *start;

    for (; (length = advance(&cursor, size, &start)); size -= length)
        if (!is_good(start, length, access))
            return false;
    return true;
}

/* Copies between a place in the parts and memory. */
static void copy_parts(const struct iovec *parts, size_t count, size_t at, char *memory, size_t size, bool to_parts)
{
    struct cursor cursor = { parts, count, at };
    size_t length;
    char *start;

    for (; (length = advance(&cursor, size, &start)); size -= length) {
        if (to_parts)
            memcpy(start, memory, length);
        else
            memcpy(memory, start, length);
        memory += length;
    }
}

bool message_add(struct message *message, const struct iovec *parts, size_t count, size_t at, size_t size)
{
    while (size) {
        struct piece *piece = message->last;
        size_t length;

        if (!piece || piece->end == piece->size) {
            piece = make_piece(size);
            if (!piece)
                return false;
            if (message->last)
                message->last->next = piece;
            else
                message->first = piece;
            message->last = piece;
        }
        length = smaller(size, piece->size - piece->end);
        copy_parts(parts, count, at, piece->data + piece->end, length, false);
        piece->end += length;
        message->length += length;
        at += length;
        size -= length;
    }
    return true;
}

void message_copy(const struct message *message, size_t from, const struct iovec *parts, size_t count, size_t at,
                  size_t size)
{
    for (struct piece *piece = message->first; piece && size; piece = piece->next) {
        size_t there = piece->end - piece->start, length;

        if (from >= there) {
            from -= there;
            continue;
        }
        length = smaller(size, there - from);
        copy_parts(parts, count, at, piece->data + piece->start + from, length, true);
        at += length;
        size -= length;
        from = 0;
    }
}

void message_drop(struct message *message, size_t size)
{
    message->length -= size;
    while (message->first) {
        struct piece *piece = message->first;
        size_t length = smaller(size, piece->end - piece->start);

        piece->start += length;
        size -= length;
        if (piece->start < piece->end)
            break;
        message->first = piece->next;
        if (!message->first)
            message->last = NULL;
        end_piece(piece);
    }
}

struct passed *passed_make(struct file *file)
{
    struct passed *one = pool_take(&passed);

    if (one)
        *one = (struct passed){ .file = file_hold(file) };
    return one;
}

struct passed *passed_copy(const struct passed *list)
{
    struct passed *first = NULL, **link = &first;

    for (; list && (*link = passed_make(list->file)); list = list->next)
        link = &(*link)->next;
    return first;
}

void passed_end(struct passed *list)
{
    while (list) {
        struct passed *next = list->next;

        file_release(list->file);
        pool_give(&passed, list);
        list = next;
    }
}
