/* Streams: buffering, positions, pushing back, the ends of files, and streams in memory. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void file_streams(void)
{
    char name[] = "/tmp/stdio.XXXXXX", line[64], *made = NULL;
    size_t size = 0;
    int fd = mkstemp(name);
    FILE *file = fdopen(fd, "w+");
    struct stat st;

    if (!CHECK(file != NULL))
        return;
    CHECK(fputs("first\nsecond\nthird without an end", file) >= 0);
    CHECK(!fstat(fd, &st) && st.st_size == 0);
    CHECK(!fflush(file) && !fstat(fd, &st) && st.st_size == 33);
    rewind(file);
    CHECK(fgets(line, sizeof line, file) && !strcmp(line, "first\n"));
    CHECK(ftell(file) == 6);
    CHECK(getline(&made, &size, file) == 7 && !strcmp(made, "second\n"));
    CHECK(ungetc('!', file) == '!' && fgetc(file) == '!' && fgetc(file) == 't');
    CHECK(!fseek(file, -3, SEEK_END) && fread(line, 1, 10, file) == 3 && feof(file) && !ferror(file));
    CHECK(!memcmp(line, "end", 3));
    CHECK(!fseek(file, 6, SEEK_SET) && !feof(file) && fwrite("SECOND", 1, 6, file) == 6);
    CHECK(!fseeko(file, 0, SEEK_SET) && getdelim(&made, &size, 'O', file) == 10);
    CHECK(!strcmp(made, "first\nSECO"));
    fpos_t place;
    CHECK(!fgetpos(file, &place) && fgetc(file) == 'N' && !fsetpos(file, &place) && fgetc(file) == 'N');
    free(made);
    CHECK(!fclose(file));

    file = fopen(name, "ax");
    CHECK(file == NULL && errno == EEXIST);
    file = fopen(name, "a");
    CHECK(file && fputs("!", file) >= 0 && !fclose(file) && !stat(name, &st) && st.st_size == 34);
    file = fopen(name, "r");
    CHECK(file && fputc('x', file) == EOF && ferror(file));
    clearerr(file);
    CHECK(!ferror(file) && fgetc(file) == 'f');
    file = freopen("/dev/null", "w", file);
    CHECK(file && fprintf(file, "nowhere") == 7 && !fclose(file));
    CHECK(!remove(name) && access(name, F_OK) == -1 && errno == ENOENT);
    CHECK(fopen("/tmp/none/file", "w") == NULL && errno == ENOENT);
    CHECK(fopen(name, "q") == NULL && errno == EINVAL);
}

static void big_file(void)
{
    FILE *file = tmpfile();
    bool good = true;

    if (!CHECK(file != NULL))
        return;
    for (unsigned i = 0; i < 50000; i++)
        good &= fwrite(&i, sizeof i, 1, file) == 1;
    rewind(file);
    for (unsigned i = 0, seen; i < 50000; i++)
        good &= fread(&seen, sizeof seen, 1, file) == 1 && seen == i;
    good &= fgetc(file) == EOF;
    CHECK(good);
    /* A hole reads as zeroes. */
    CHECK(!fseek(file, 300000, SEEK_SET) && fputc('x', file) == 'x');
    CHECK(!fseek(file, 250000, SEEK_SET) && fgetc(file) == 0);
    CHECK(!fclose(file));
}

static ssize_t half(void *cookie, char *to, size_t size)
{
    int *left = cookie;

    if (*left == 0)
        return 0;
    (void)size;
    *to = 'a' + --*left;
    return 1;
}

static void other_streams(void)
{
    char buffer[16] = "", *text = NULL, out[8];
    size_t size = 0;
    FILE *stream = fmemopen(buffer, sizeof buffer, "w");
    int left = 3;

    CHECK(stream && fprintf(stream, "%d bottles", 9) == 9 && !fclose(stream));
    CHECK(!strcmp(buffer, "9 bottles"));
    stream = fmemopen(buffer, 9, "r");
    CHECK(stream && fread(out, 1, 2, stream) == 2 && !memcmp(out, "9 ", 2) && !fclose(stream));
    stream = open_memstream(&text, &size);
    for (int i = 0; stream && i < 1000; i++)
        fprintf(stream, "%d,", i);
    CHECK(stream && !fclose(stream) && size == 3890 && strlen(text) == size && !strcmp(text + size - 4, "999,"));
    free(text);
    stream = fopencookie(&left, "r", (cookie_io_functions_t){ .read = half });
    CHECK(stream && fgets(out, sizeof out, stream) && !strcmp(out, "cba") && !fclose(stream));
}

static void buffering(void)
{
    int ends[2];
    char got[64];

    CHECK(!pipe2(ends, O_NONBLOCK));
    FILE *stream = fdopen(ends[1], "w");
    CHECK(stream && !setvbuf(stream, NULL, _IOLBF, 64));
    fputs("half a line", stream);
    CHECK(read(ends[0], got, sizeof got) == -1 && errno == EAGAIN);
    fputs(" and the rest\n", stream);
    CHECK(read(ends[0], got, sizeof got) == 25);
    FILE *unbuffered = fdopen(dup(ends[1]), "w");
    CHECK(unbuffered && !setvbuf(unbuffered, NULL, _IONBF, 0));
    fputc('x', unbuffered);
    CHECK(read(ends[0], got, sizeof got) == 1);
    CHECK(!fclose(stream) && !fclose(unbuffered) && read(ends[0], got, sizeof got) == 0);
    close(ends[0]);
}

int main(void)
{
    file_streams();
    big_file();
    other_streams();
    buffering();
    return summary();
}
