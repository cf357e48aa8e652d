/*
 * Shows random bytes: that none repeat, that ones and zeroes are as many, and
 * which flags getrandom knows.
 */
#include "check.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE 65536

static unsigned char first[SIZE], second[SIZE];

static int is_even(const unsigned char *bytes)
{
    long ones = 0, counts[256] = { 0 }, worst = 0;

    for (int i = 0; i < SIZE; i++) {
        ones += __builtin_popcount(bytes[i]);
        counts[bytes[i]]++;
    }
    for (int i = 0; i < 256; i++)
        if (labs(counts[i] - SIZE / 256) > worst)
            worst = labs(counts[i] - SIZE / 256);
    /* Seven standard deviations: never in a lifetime of tests. */
    return labs(ones - SIZE * 4) < 7 * 362 && worst < 7 * 16;
}

static int differ(void)
{
    int same = 0;

    for (int i = 0; i + 8 <= SIZE; i += 8)
        same += !memcmp(first + i, second + i, 8);
    return !same;
}

int main(void)
{
    static const char *const names[] = { "/dev/random", "/dev/urandom" };

    CHECK(syscall(SYS_getrandom, first, SIZE, 0) == SIZE && is_even(first));
    CHECK(syscall(SYS_getrandom, second, SIZE, GRND_NONBLOCK) == SIZE && is_even(second) && differ());
    CHECK(syscall(SYS_getrandom, second, 256, GRND_RANDOM) == 256);
    CHECK(syscall(SYS_getrandom, second, 256, 4) == 256);
    CHECK(syscall(SYS_getrandom, second, 16, 8) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_getrandom, second, 16, 6) == -1 && errno == EINVAL);
    CHECK(getrandom(second, 0, 0) == 0);
    for (int i = 0; i < 2; i++) {
        int fd = open(names[i], O_RDONLY);

        CHECK(fd >= 0 && read(fd, second, SIZE) > 0 && differ());
        close(fd);
    }
    return failures;
}
