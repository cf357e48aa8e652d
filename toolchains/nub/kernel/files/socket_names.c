/*
 * The names of sockets: paths, and those that begin with a zero, which are in no
 * folder.
 */
#include <files/ram.h>
#include <files/socket.h>
#include <memory/pages.h>

#define FAMILY_SIZE sizeof(uint16_t)

static struct socket *bound;

/* A path ends at its final zero, if it has one; the longest may have none. */
static unsigned trim(const struct socket_address *address, unsigned length, char *path)
{
    unsigned size = 0;

    while (FAMILY_SIZE + size < length && address->path[size])
        size++;
    memcpy(path, address->path, size);
    path[size] = 0;
    return size;
}

static bool is_abstract(const struct socket_address *address, unsigned length)
{
    return length > FAMILY_SIZE && !address->path[0];
}

static struct socket *find_abstract(const struct socket_address *address, unsigned length)
{
    struct socket *socket = bound;

    while (socket && (socket->ram || socket->address_length != length || memcmp(&socket->address, address, length)))
        socket = socket->next_bound;
    return socket;
}

static void add(struct socket *socket, const struct socket_address *address, unsigned length)
{
    memcpy(&socket->address, address, length);
    socket->address_length = length;
    socket->next_bound = bound;
    bound = socket;
}

/* A name that nobody has, of five digits. */
static int bind_anywhere(struct socket *socket)
{
    static unsigned number;
    struct socket_address address = { .family = AF_UNIX };
    unsigned length = FAMILY_SIZE + 6;

    for (unsigned tries = 0; tries < 0x100000; tries++) {
        format(address.path + 1, 6, "%05x", number++ & 0xfffff);
        if (!find_abstract(&address, length)) {
            add(socket, &address, length);
            return 0;
        }
    }
    return -ENOSPC;
}

static int bind_path(struct socket *socket, const struct socket_address *address, unsigned length,
                     uint32_t permissions)
{
    char path[SOCKET_PATH + 1];
    unsigned size = trim(address, length, path);
    struct ram_node *made;
    struct place place;
    int error;

    error = path_place(AT_FDCWD, path, FOLLOW_NOT, &place);
    if (!error)
        return -EADDRINUSE;
    if (error != -ENOENT || !place.parent)
        return error;
    error = ram_make(place.parent, place.name, place.length, S_IFSOCK | permissions, &made);
    if (error)
        return error;
    ram_hold(made);
    socket->ram = made;
    made->object = socket;
    add(socket, address, FAMILY_SIZE + size);
    if (size < SOCKET_PATH)
        socket->address.path[size] = 0;
    socket->address_length += size < SOCKET_PATH;
    return 0;
}

int socket_bind(struct socket *socket, const struct socket_address *address, unsigned length, uint32_t permissions)
{
    if (length < FAMILY_SIZE || length > sizeof(*address) || address->family != AF_UNIX)
        return -EINVAL;
    if (socket->address_length)
        return -EINVAL;
    if (length == FAMILY_SIZE)
        return bind_anywhere(socket);
    if (!is_abstract(address, length))
        return bind_path(socket, address, length, permissions);
    if (find_abstract(address, length))
        return -EADDRINUSE;
    add(socket, address, length);
    return 0;
}

/* The name in the folder stays, as with Linux: it leads to nobody any longer. */
void socket_unbind(struct socket *socket)
{
    struct socket **link = &bound;

    if (!socket->address_length)
        return;
    while (*link && *link != socket)
        link = &(*link)->next_bound;
    if (!*link)
        return;
    *link = socket->next_bound;
    if (socket->ram) {
        socket->ram->object = NULL;
        ram_release(socket->ram);
        socket->ram = NULL;
    }
}

static int find_path(const struct socket_address *address, unsigned length, struct socket **found)
{
    char path[SOCKET_PATH + 1];
    struct node node;
    int error;

    trim(address, length, path);
    error = path_resolve(AT_FDCWD, path, true, &node);
    if (error)
        return error;
    if (!node.ram || (node.ram->mode & S_IFMT) != S_IFSOCK)
        return -ECONNREFUSED;
    *found = node.ram->object;
    return 0;
}

int socket_find(const struct socket_address *address, unsigned length, int type, struct socket **found)
{
    int error = 0;

    if (length <= FAMILY_SIZE || length > sizeof(*address) || address->family != AF_UNIX)
        return -EINVAL;
    if (is_abstract(address, length))
        *found = find_abstract(address, length);
    else
        error = find_path(address, length, found);
    if (error)
        return error;
    if (!*found)
        return -ECONNREFUSED;
    if ((*found)->type != type)
        return -EPROTOTYPE;
    socket_hold(*found);
    return 0;
}
