/* Sorting and searching: qsort on many shapes of input, bsearch, trees and hash tables. */
#define _GNU_SOURCE
#include "check.h"
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    int key, other;
    char padding[5];
};

static int by_int(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

static int by_int_with(const void *a, const void *b, void *sign)
{
    return by_int(a, b) * *(int *)sign;
}

static int by_pair(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    return by_int(&x->key, &y->key);
}

static uint32_t random_number(void)
{
    static uint32_t state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static int shape(int kind, size_t i, size_t count)
{
    switch (kind) {
    case 0: return random_number() % 1000000;
    case 1: return (int)i;
    case 2: return (int)(count - i);
    case 3: return 7;
    case 4: return random_number() % 3;
    default: return (int)(i < count / 2 ? i : count - i);
    }
}

static void integers(void)
{
    static int values[5000];
    bool sorted = true, kept = true;

    for (int kind = 0; kind < 6; kind++) {
        for (size_t count = 0; count <= 5000; count = count * 3 + 1) {
            uint64_t sum = 0;
            for (size_t i = 0; i < count; i++)
                sum += (unsigned)(values[i] = shape(kind, i, count));
            qsort(values, count, sizeof *values, by_int);
            for (size_t i = 0; i < count; i++) {
                sorted &= i == 0 || values[i - 1] <= values[i];
                sum -= (unsigned)values[i];
            }
            kept &= sum == 0;
        }
    }
    CHECK(sorted);
    CHECK(kept);

    int sign = -1;
    for (int i = 0; i < 100; i++)
        values[i] = i;
    qsort_r(values, 100, sizeof *values, by_int_with, &sign);
    CHECK(values[0] == 99 && values[99] == 0);
}

static void structures(void)
{
    static struct pair pairs[500];
    struct pair key = { .key = 123 };
    bool good = true;

    for (int i = 0; i < 500; i++)
        pairs[i] = (struct pair){ .key = (i * 271) % 500, .other = i };
    qsort(pairs, 500, sizeof *pairs, by_pair);
    for (int i = 0; i < 500; i++)
        good &= pairs[i].key == i && (pairs[i].other * 271) % 500 == i;
    CHECK(good);
    struct pair *found = bsearch(&key, pairs, 500, sizeof *pairs, by_pair);
    CHECK(found && found == &pairs[123]);
    key.key = 500;
    CHECK(!bsearch(&key, pairs, 500, sizeof *pairs, by_pair) && !bsearch(&key, pairs, 0, sizeof *pairs, by_pair));
}

static int walked, last;
static bool in_order = true;

static void walk(const void *node, VISIT visit, int depth)
{
    (void)depth;
    if (visit == postorder || visit == leaf) {
        in_order &= walked == 0 || last < **(int *const *)node;
        last = **(int *const *)node;
        walked++;
    }
}

static void trees_and_tables(void)
{
    static int numbers[1000];
    static char names[100][8];
    void *root = NULL;
    bool good = true;

    for (int i = 0; i < 1000; i++) {
        numbers[i] = (i * 617) % 1000;
        int **put = tsearch(&numbers[i], &root, by_int);
        good &= put && *put == &numbers[i];
    }
    twalk(root, walk);
    CHECK(good && in_order && walked == 1000 && last == 999);
    int key = 500;
    CHECK(tfind(&key, &root, by_int) && tdelete(&key, &root, by_int) && !tfind(&key, &root, by_int));
    for (int i = 0; i < 1000; i++)
        if (numbers[i] != 500)
            good &= tdelete(&numbers[i], &root, by_int) != NULL;
    CHECK(good && !root);

    CHECK(hcreate(100));
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "k%d", i);
        good &= hsearch((ENTRY){ names[i], &numbers[i] }, ENTER) != NULL;
    }
    ENTRY *entry = hsearch((ENTRY){ .key = "k42" }, FIND);
    CHECK(good && entry && entry->data == &numbers[42] && !hsearch((ENTRY){ .key = "none" }, FIND));
    hdestroy();
    CHECK(lfind(&numbers[3], numbers, &(size_t){ 1000 }, sizeof *numbers, by_int) == &numbers[3]);
}

int main(void)
{
    integers();
    structures();
    trees_and_tables();
    return summary();
}
