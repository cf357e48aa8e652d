/** How real tools get their tokens: in a phase's shell, with what stubforge hands to it. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import {
  fixedJobs,
  knowsJobserver,
  type PhaseJobs,
  type PhaseOptions,
} from '../../../../src/engine/jobserver/phase-jobs.js';
import { TokenPool } from '../../../../src/engine/jobserver/token-pool.js';
import { Turn } from '../../../../src/engine/jobserver/turn.js';
import { packageRoot } from '../../../../src/project/project.js';
import { fillTemplate } from '../../../../src/toolchain/built/fill-template.js';
import { lacks } from '../../../support/lacks.js';
import { temporaryTree } from '../../../support/temporary.js';
import { until } from '../../../support/until.js';

const signal = new AbortController().signal;

/** A compiler that notes how long each of its runs was under way, of which two can be at once. */
const slowCompiler =
  '#!/bin/sh\necho + >>events\n' +
  'until [ $(grep -c + events) -ge "${MEETING-1}" ]; do sleep 0.02; done\n' +
  'sleep 0.2\necho - >>events\nexit 7\n';

async function noted(folder: string): Promise<{ runs: number; most: number }> {
  const lines = (await readFile(join(folder, 'events'), 'utf8')).trim().split('\n');
  let now = 0;
  let most = 0;
  for (const line of lines) {
    now += line === '+' ? 1 : -1;
    most = Math.max(most, now);
  }
  return { runs: lines.length / 2, most };
}

/** A folder with the toolchain's real wrapper around a compiler of the test's. */
async function folderWith(compiler: string, files: Record<string, string> = {}): Promise<string> {
  const folder = await temporaryTree({ driver: compiler, ...files });
  const template = await readFile(join(packageRoot, 'toolchains/nub/files/bin/gcc'), 'utf8');
  const wrapper = fillTemplate(template, {
    TRIPLE: 'x86_64-xen-stubdom',
    TOOL: 'gcc',
    DRIVER: join(folder, 'driver'),
    DRIVER_PACKAGE: 'gcc',
    COMPILER_DIR: folder,
    COMPILER_FLAGS: '-static',
  });
  await writeFile(join(folder, 'cc'), wrapper);
  for (const name of ['driver', 'cc']) await chmod(join(folder, name), 0o755);
  return folder;
}

/** Runs a script as a phase. */
function startPhase(jobs: PhaseJobs, folder: string, script: string) {
  const { environment, prelude } = jobs.join(folder);
  const child = spawn('/bin/sh', ['-euc', prelude + script], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended };
}

async function begun(pool: TokenPool): Promise<Turn> {
  const turn = await Turn.begin(pool, 10, signal);
  onTestFinished(() => {
    turn.end();
    pool[Symbol.dispose]();
  });
  return turn;
}

/** Runs a script as a phase that has its jobs from a turn, to the end. */
async function runPhase(turn: Turn, options: PhaseOptions, script: string) {
  await using jobs = await turn.phase(options);
  return await startPhase(jobs, options.root, script).ended;
}

test.skipIf(lacks('ninja-build'))(
  'ninja starts more jobs than there are tokens, and the compilers wait for theirs',
  async () => {
    const edges = Array.from({ length: 8 }, (_each, index) => `build o${index}: cc`).join('\n');
    const rule = 'rule cc\n  command = MEETING=2 ./cc -c x.c || touch $out\n';
    const folder = await folderWith(slowCompiler, { 'build.ninja': `${rule}${edges}\n` });
    const pool = new TokenPool(2);
    const turn = await begun(pool);
    const code = await runPhase(
      turn,
      { client: 'compilers', root: folder },
      'ninja ${NINJAFLAGS-} -j8',
    );
    expect(code).toBe(0);
    expect(await noted(folder)).toEqual({ runs: 8, most: 2 });
  },
);

test.skipIf(lacks('ninja-build', 'gcc'))(
  'compilers in one pipeline do not wait for each other, with one token for all',
  async () => {
    // What the preprocessor writes is more than a pipe holds, so that it waits for its reader.
    const text = `${'int filler(int);\n'.repeat(20_000)}int one;\n`;
    const folder = await folderWith('#!/bin/sh\nshift 4\nexec gcc "$@"\n', {
      'big.c': text,
      'small.c': 'int two;\n',
      'build.ninja': [
        'rule piped',
        '  command = ./cc -E big.c | ./cc -x c -c -o $out -',
        'rule assembled',
        '  command = ./cc -S -o - big.c | ./cc -x assembler -c -o $out /dev/stdin',
        'rule beside',
        '  command = ./cc -E big.c | { ./cc -c -o $out small.c && cat >rest; }',
        'rule before',
        '  command = { ./cc -c -o small.o small.c && cat big.c; } | ./cc -x c -c -o $out -',
        ...['piped', 'assembled', 'beside', 'before'].map((rule) => `build ${rule}.o: ${rule}`),
        '',
      ].join('\n'),
    });
    const pool = new TokenPool(1);
    const turn = await begun(pool);
    const code = await runPhase(
      turn,
      { client: 'compilers', root: folder },
      'timeout 40 ninja ${NINJAFLAGS-}',
    );
    expect(code).toBe(0);
    const { stdout } = await execa('nm', ['piped.o', 'assembled.o', 'beside.o', 'before.o'], {
      cwd: folder,
    });
    expect(stdout.match(/\b(one|two)$/gm)).toEqual(['one', 'one', 'two', 'one']);
  },
);

test('the wrapper ends as its compiler ends, and without a folder of tokens it takes none', async () => {
  const folder = await folderWith(slowCompiler);
  const pool = new TokenPool(1);
  const turn = await begun(pool);
  const options = { client: 'compilers', root: folder } as const;
  const withToken = await runPhase(turn, options, './cc -c x.c');
  expect(withToken).toBe(7);
  await using alone = await fixedJobs(1).phase({ root: folder });
  expect(await startPhase(alone, folder, './cc').ended).toBe(7);
});

test('tokens of compilers that are killed come back, at the latest when the phase ends', async () => {
  const folder = await folderWith('#!/bin/sh\necho + >>events\nexec sleep 600\n', { events: '' });
  const pool = new TokenPool(2);
  const turn = await begun(pool);
  const script = './cc -c a.c & ./cc -c b.c & wait';
  {
    await using jobs = await turn.phase({ client: 'compilers', root: folder });
    const { child, ended } = startPhase(jobs, folder, script);
    await until(async () => (await readFile(join(folder, 'events'), 'utf8')).length >= 4);
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
  }
  // The turn has its token again; here is the other one.
  (await pool.acquire(1, signal)).release();
});

test('a compiler that gets SIGTERM gives its token back by itself', async () => {
  const folder = await folderWith('#!/bin/sh\necho + >>events\nexec sleep 600\n', { events: '' });
  const pool = new TokenPool(1);
  const turn = await begun(pool);
  await using jobs = await turn.phase({ client: 'compilers', root: folder });
  const { child, ended } = startPhase(jobs, folder, 'exec ./cc -c a.c');
  await until(async () => (await readFile(join(folder, 'events'), 'utf8')).length >= 2);
  process.kill(-child.pid!, 'SIGTERM');
  expect(await ended).toBe(143);
  (await pool.acquire(1, signal)).release();
});

test.each(['make', 'compilers'] as const)(
  'a phase of %s that fails gives all of its tokens back',
  async (client) => {
    const pool = new TokenPool(2);
    const turn = await begun(pool);
    const failing = async () => {
      await using _jobs = await turn.phase({ client, root: await temporaryTree() });
      throw new Error('the phase failed');
    };
    await expect(failing()).rejects.toThrow('the phase failed');
    turn.end();
    await Promise.all([pool.acquire(1, signal), pool.acquire(1, signal)]);
  },
);

test('an abort while a phase of compilers ends is told by whoever goes on, and holds up nobody', async () => {
  const pool = new TokenPool(1);
  onTestFinished(() => pool[Symbol.dispose]());
  const controller = new AbortController();
  using turn = await Turn.begin(pool, 10, controller.signal);
  const root = await temporaryTree();
  const jobs = await turn.phase({ client: 'compilers', root });
  const other = await pool.acquire(1, signal);
  const closing = jobs[Symbol.asyncDispose]();
  controller.abort(new Error('stopped'));
  await closing;
  await expect(turn.phase({ root })).rejects.toThrow('stopped');
  other.release();
  (await pool.acquire(1, signal)).release();
});

test('make in a phase shares the tokens with makes below it', async () => {
  const folder = await temporaryTree({
    Makefile: 'all: x y\nx y:\n\t$(MAKE) -f sub.mk STEM=$@\n',
    'sub.mk':
      'all: $(STEM)1 $(STEM)2 $(STEM)3\n$(STEM)%:\n\t@echo + >>events; until [ $$(grep -c + events) -ge 3 ]; do sleep 0.02; done; sleep 0.2; echo - >>events\n',
  });
  const pool = new TokenPool(3);
  const turn = await begun(pool);
  const code = await runPhase(turn, { client: 'make', root: folder }, 'make');
  expect(code).toBe(0);
  expect(await noted(folder)).toEqual({ runs: 6, most: 3 });
});

test('which ninja joins a jobserver by itself', () => {
  expect(['1.11.1', '1.12.1', '1.13.0', '1.13.0.git', '2.0', ''].map(knowsJobserver)).toEqual([
    false,
    false,
    true,
    true,
    true,
    false,
  ]);
});

test.each(['make', 'compilers'] as const)(
  'a phase of %s does not wait for a stubforge that is gone',
  async (client) => {
    const folder = await folderWith(slowCompiler, { Makefile: 'all: a b\na b:\n\t./cc || :\n' });
    const pool = new TokenPool(2);
    const turn = await begun(pool);
    const options = { client, root: folder };
    const jobs = await turn.phase(options);
    await jobs[Symbol.asyncDispose]();
    // The FIFOs that a killed stubforge leaves: their names are there, and nobody holds them.
    await mkdir(join(folder, 'jobserver'));
    await execa('mkfifo', ['jobserver/tokens', 'jobserver/returns'], { cwd: folder });
    const { child, ended } = startPhase(jobs, folder, 'make || :');
    onTestFinished(() => {
      if (child.exitCode === null) process.kill(-child.pid!, 'SIGKILL');
    });
    expect(await ended).toBe(0);
  },
);
