/*
 * A treap: by address it is a search tree, by the areas' random priorities a
 * heap, which keeps it balanced whatever the order of the addresses. Each area
 * knows the largest gap in its subtree.
 */
#include <arch.h>
#include <memory/area_tree.h>

/* The ends of the list are outside the arena, so that none is special; the last
 * one is in the tree for the gap before it. */
static struct area last, first = { .next = &last };
static struct area *root;
static uintptr_t lowest;

struct area *area_recent;

static uintptr_t gap_before(const struct area *area)
{
    uintptr_t start = larger(area->previous->end, lowest);

    return area->start > start ? area->start - start : 0;
}

/* Tells whether that makes a difference to the parent. */
static bool update(struct area *area)
{
    uintptr_t largest = area->gap, before = area->largest_gap;

    if (area->left && area->left->largest_gap > largest)
        largest = area->left->largest_gap;
    if (area->right && area->right->largest_gap > largest)
        largest = area->right->largest_gap;
    area->largest_gap = largest;
    return largest != before;
}

static void update_upwards(struct area *area)
{
    while (area && update(area))
        area = area->parent;
}

static void update_gap(struct area *area)
{
    area->gap = gap_before(area);
    update_upwards(area);
}

void area_tree_start(uintptr_t arena_start)
{
    lowest = arena_start;
    first = (struct area){ .next = &last };
    last = (struct area){ .start = ARENA_END, .end = ARENA_END, .previous = &first };
    root = area_recent = &last;
    update_gap(&last);
}

bool area_is_last(const struct area *area)
{
    return area == &last;
}

bool area_is_first(const struct area *area)
{
    return area == &first;
}

struct area *area_at(uintptr_t address)
{
    struct area *found = &last;

    if (address >= area_recent->start && address < area_recent->end)
        return area_recent;
    for (struct area *at = root; at;) {
        if (at->end > address) {
            found = at;
            at = at->left;
        } else {
            at = at->right;
        }
    }
    return area_recent = found;
}

void area_moved(struct area *area)
{
    update_gap(area);
    if (area != &last)
        update_gap(area->next);
}

/* Where the parent, or the root, points to an area. */
static struct area **link_to(struct area *area)
{
    if (!area->parent)
        return &root;
    return area->parent->left == area ? &area->parent->left : &area->parent->right;
}

/* Changes places with the parent; the order stays the same. */
static void rotate_up(struct area *area)
{
    struct area *parent = area->parent, *between;

    *link_to(parent) = area;
    area->parent = parent->parent;
    parent->parent = area;
    if (parent->left == area) {
        between = parent->left = area->right;
        area->right = parent;
    } else {
        between = parent->right = area->left;
        area->left = parent;
    }
    if (between)
        between->parent = parent;
    update(parent);
    update(area);
}

static uint32_t random_priority(void)
{
    static uint32_t state = 0x9e3779b9;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Of two neighbours, one has no child on the side of the other. */
void area_insert(struct area *area, struct area *next)
{
    struct area *previous = next->previous;

    area->next = next;
    area->previous = previous;
    previous->next = next->previous = area;
    area->left = area->right = NULL;
    area->gap = area->largest_gap = 0;
    area->priority = random_priority();
    if (next->left) {
        area->parent = previous;
        previous->right = area;
    } else {
        area->parent = next;
        next->left = area;
    }
    area_moved(area);
    while (area->parent && area->parent->priority < area->priority)
        rotate_up(area);
}

void area_remove(struct area *area)
{
    struct area *left, *right;

    while ((left = area->left, right = area->right, left || right))
        rotate_up(!left || (right && right->priority > left->priority) ? right : left);
    *link_to(area) = NULL;
    update_upwards(area->parent);
    area->previous->next = area->next;
    area->next->previous = area->previous;
    update_gap(area->next);
    if (area_recent == area)
        area_recent = &last;
}

uintptr_t area_gap(size_t size)
{
    struct area *at = root;

    if (at->largest_gap < size)
        return 0;
    for (;;) {
        if (at->right && at->right->largest_gap >= size)
            at = at->right;
        else if (at->gap >= size)
            return at->start;
        else
            at = at->left;
    }
}
