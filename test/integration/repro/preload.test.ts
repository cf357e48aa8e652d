import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { findProject } from '../../../src/project/project.js';
import { preloadLibrary } from '../../../src/repro/preload.js';
import { describeVariations } from '../../../src/repro/variations.js';
import { temporaryTree } from '../../support/temporary.js';

const signal = new AbortController().signal;

/**
 * Lists a folder in eight threads, while others fork and list; then waits in every way that takes a
 * time of day, and tells how often a wait ended by its time.
 */
const busy = `
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int count(void)
{
    DIR *folder = opendir("entries");
    int entries = 0;
    while (readdir(folder))
        entries++;
    closedir(folder);
    return entries;
}

static void *list(void *failures)
{
    for (int round = 0; round < 200; round++)
        if (count() != 22)
            ++*(int *)failures;
    return NULL;
}

static struct timespec soon(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += 10000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

int main(void)
{
    pthread_t threads[8];
    int failures[8] = {0}, failed = 0, ended = 0;
    for (int each = 0; each < 8; each++)
        pthread_create(&threads[each], NULL, list, &failures[each]);
    for (int each = 0; each < 50; each++) {
        int status;
        if (fork() == 0)
            _exit(count() != 22);
        wait(&status);
        failed += status != 0;
    }
    for (int each = 0; each < 8; each++) {
        pthread_join(threads[each], NULL);
        failed += failures[each];
    }
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    pthread_mutex_lock(&mutex);
    struct timespec time = soon(CLOCK_REALTIME);
    ended += pthread_cond_timedwait(&condition, &mutex, &time) == ETIMEDOUT;
    time = soon(CLOCK_MONOTONIC);
    ended += pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &time) == ETIMEDOUT;
    time = soon(CLOCK_REALTIME);
    ended += sem_timedwait(&semaphore, &time) == -1 && errno == ETIMEDOUT;
    time = soon(CLOCK_REALTIME);
    ended += pthread_mutex_timedlock(&mutex, &time) == ETIMEDOUT;
    time = soon(CLOCK_REALTIME);
    ended += clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL) == 0;
    printf("%d failed, %d ended\\n", failed, ended);
}
`;

/** Prints what each way of reading a folder lists first and last, after some going back and forth. */
const ways = `
use strict;
opendir(my $folder, 'entries');
my $first = readdir($folder);
my $place = telldir($folder);
my @rest = readdir($folder);
seekdir($folder, $place);
my @again = readdir($folder);
rewinddir($folder);
my $anew = readdir($folder);
print "$first $rest[-1] ", ("@rest" eq "@again" ? "same" : "other"), " ", ($anew eq $first ? "same" : "other"), "\\n";
`;

test('programs with threads and forks go on as before', async () => {
  const project = findProject({ stateDir: await temporaryTree() });
  const preload = await preloadLibrary(project, { signal });
  if (!('file' in preload)) throw new Error(preload.lacking[0]!.message);
  // A second call takes what the first one compiled.
  expect(await preloadLibrary(project, { signal })).toEqual(preload);

  const entries = Array.from({ length: 20 }, (_, index) => [`entries/${index}`, '']);
  const cwd = await temporaryTree({ 'busy.c': busy, ...Object.fromEntries(entries) });
  await execa('gcc', ['-D_GNU_SOURCE', '-o', 'busy', 'busy.c'], { cwd });
  const env = { LD_PRELOAD: preload.file };
  const ran = await execa(join(cwd, 'busy'), { cwd, env, timeout: 50_000 });
  expect(ran.stdout).toBe('0 failed, 5 ended');

  const told = async (more: Record<string, string>) =>
    (await execa('perl', ['-e', ways], { cwd, env: more })).stdout.split(' ');
  const [usual, other] = [await told({}), await told(env)];
  expect(usual.slice(2)).toEqual(['same', 'same']);
  expect(other).toEqual([usual[1], usual[0], 'same', 'same']);
});

test('a machine on which it cannot be had is told what is left out', async () => {
  const project = findProject({ stateDir: await temporaryTree() });
  const preload = await preloadLibrary(project, { signal, compiler: '/bin/false' });
  if ('file' in preload) throw new Error('there is a library');
  expect(preload.lacking).toEqual([
    {
      id: 'check.compiler-fails',
      message:
        'the date and the order of files cannot be varied: the compiler fails on a small library',
      details: [],
      help: 'install a compiler: apt-get install --no-install-recommends gcc libc6-dev',
    },
  ]);
  const { varied, notVaried } = describeVariations('bubblewrap', preload.lacking);
  expect(varied.join()).not.toContain('date');
  expect(notVaried).toContain('the date (400 days later)');
  expect(notVaried).toContain('the order of files in folders');
});
