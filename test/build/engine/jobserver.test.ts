/** One pool of job tokens over all units: real tools, real make above and below stubforge. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import {
  letGo,
  startStubforge,
  stubforgeJson,
  testState,
  waitToGo,
} from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';
import { until } from '../../support/until.js';

const lacking = lacks('gcc', 'binutils', 'make', 'lib32gcc-12-dev', 'dpkg-dev', 'ninja-build');

interface Span {
  begin: number;
  end: number;
}

/** Jobs that install a file each with the time when they began and ended. */
const timedJobs = (count: number, command: string) =>
  `all: ${Array.from({ length: count }, (_each, index) => `j${index}`).join(' ')}\n` +
  `j%:\n\t@begin=$$(date +%s%N); ${command}; echo $$begin $$(date +%s%N) >$(dest)/$@\n`;

function recipe(name: string, script: string, more = ''): Record<string, string> {
  return {
    [`recipes/${name}.yaml`]: `name: ${name}\nkind: program\nsummary: a test\nsource: { local: ${name} }\nbuild: script\nbuild-tools: [make]\n${more}script: |\n${script.replace(/^/gm, '  ')}\n`,
    // Never the same twice, so that it is built each time.
    [`recipes/${name}/stamp`]: String(process.hrtime.bigint()),
  };
}

/** The times of all jobs in the outputs of a build. */
async function spansOf(outputs: Record<string, { output: string }>): Promise<Span[]> {
  const spans: Span[] = [];
  for (const { output } of Object.values(outputs)) {
    for (const name of await readdir(output)) {
      const [begin, end] = (await readFile(join(output, name), 'utf8')).split(' ').map(Number);
      spans.push({ begin: begin!, end: end! });
    }
  }
  return spans;
}

const mostAtOnce = (spans: readonly Span[]) =>
  Math.max(
    ...spans.map(
      ({ begin }) => spans.filter((each) => each.begin <= begin && begin < each.end).length,
    ),
  );

const fourUnits = (jobs: number, seconds: number) => {
  const files = ['a', 'b', 'c', 'd'].map((name) => ({
    ...recipe(name, 'make -f "$source/jobs.mk" dest="$dest"'),
    [`recipes/${name}/jobs.mk`]: timedJobs(jobs, `sleep ${seconds}`),
  }));
  return Object.assign({}, ...files) as Record<string, string>;
};

interface Built {
  outputs: Record<string, { output: string }>;
  failed: string[];
}

describe.skipIf(lacking)('job tokens', () => {
  test('four units of many jobs each never run more than -j jobs together, and use them all', async () => {
    const cwd = await temporaryTree(fourUnits(5, 0.4));
    const { value } = await stubforgeJson<Built>(['build', 'a', 'b', 'c', 'd', '-j', '3'], { cwd });
    expect(value.failed).toEqual([]);
    const spans = await spansOf(value.outputs);
    expect(spans).toHaveLength(20);
    expect(mostAtOnce(spans)).toBe(3);
  });

  test('under make -j3, stubforge takes its tokens from make, beside make’s own jobs', async () => {
    const cwd = await temporaryTree({
      ...fourUnits(4, 0.4),
      Makefile:
        `all: other build\nother:\n\t@begin=$$(date +%s%N); sleep 600 & echo $$! >other.pid; wait || true\n` +
        `build:\n\t+@${resolve('stubforge')} build a b c d --json >events; status=$$?; kill $$(cat other.pid); exit $$status\n`,
    });
    const ran = await execa('make', ['-j3', 'all'], {
      cwd,
      env: { STUBFORGE_HOME: testState },
      reject: false,
      all: true,
    });
    expect(ran.exitCode, ran.all).toBe(0);
    // make counts its tokens when it ends.
    expect(ran.all).not.toMatch(/jobserver|INTERNAL/);
    const events = (await readFile(join(cwd, 'events'), 'utf8')).trim().split('\n');
    const results = events.map((line) => JSON.parse(line) as { type: string; value: Built });
    const spans = await spansOf(results.find(({ type }) => type === 'result')!.value.outputs);
    expect(spans).toHaveLength(16);
    // One of the three is held by make's other job.
    expect(mostAtOnce(spans)).toBe(2);
  });

  test('a line of a makefile without + is told of, and builds all the same', async () => {
    const cwd = await temporaryTree({
      ...recipe('plain', 'touch "$dest/x"'),
      Makefile: `build:\n\t@${resolve('stubforge')} build plain -j 2\n`,
    });
    const environment = { STUBFORGE_HOME: testState };
    const ran = await execa('make', ['-j2'], { cwd, env: environment, reject: false });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('put a + before the command in the makefile');
    expect(ran.stderr).toContain('1 built');
  });

  test('stopped by Ctrl-C, stubforge gives all its tokens back', async () => {
    const cwd = await temporaryTree(fourUnits(4, 60));
    const fifo = join(cwd, 'fifo');
    await execa('mkfifo', [fifo]);
    const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    writeSync(fd, 'abc');
    const child = execa(resolve('stubforge'), ['build', 'a', 'b', 'c', 'd', '--json'], {
      cwd,
      env: { STUBFORGE_HOME: testState, MAKEFLAGS: ` -j4 --jobserver-auth=fifo:${fifo}` },
      reject: false,
    });
    const bytes = Buffer.alloc(16);
    const lying = () => {
      try {
        const count = readSync(fd, bytes);
        writeSync(fd, bytes.subarray(0, count));
        return bytes.toString('latin1', 0, count);
      } catch {
        return '';
      }
    };
    // Started, and all three are in use for a while.
    let used = 0;
    await until(() => {
      used = lying() === '' ? used + 1 : 0;
      return used >= 100;
    });
    child.kill('SIGINT');
    expect((await child).exitCode).toBe(130);
    expect([...lying()].sort().join('')).toBe('abc');
    closeSync(fd);
  });

  test('a source is made ready while another unit still compiles', async () => {
    const cwd = await temporaryTree({
      ...recipe('first', `${waitToGo}; date +%s%N >"$dest/ended"`),
      ...recipe('second', 'touch "$dest/x"', 'needs: [first]\n'),
    });
    const running = startStubforge(['build', 'second', '-j', '2'], { cwd });
    const { events } = running;
    const at = (type: string, unit: string, phase?: string) =>
      events.findIndex(
        (event) =>
          event.type === type &&
          'unit' in event &&
          event.unit === `${unit}:stubdom-amd64` &&
          (phase === undefined || ('phase' in event && event.phase === phase)),
      );
    await until(() => at('phase-done', 'second', 'unpack') >= 0);
    expect(at('unit-done', 'first')).toBe(-1);
    await letGo('first_stubdom-amd64');
    expect((await running.ended).exitCode).toBe(0);
    expect(at('unit-start', 'second')).toBeGreaterThan(at('unit-done', 'first'));
  });

  test('a timeline of the build is written on demand', async () => {
    const cwd = await temporaryTree(recipe('traced', 'touch "$dest/x"'));
    await stubforgeJson(['build', 'traced', '--trace', 'trace.json'], { cwd });
    const { traceEvents } = JSON.parse(await readFile(join(cwd, 'trace.json'), 'utf8')) as {
      traceEvents: { name: string; ph: string; dur?: number }[];
    };
    const spans = traceEvents.filter(({ ph }) => ph === 'X').map(({ name }) => name);
    expect(spans).toEqual(expect.arrayContaining(['unpack', 'script', 'traced:stubdom-amd64']));
    const nowhere = await stubforgeJson(['build', 'traced', '--trace', 'no/trace.json'], { cwd });
    expect(nowhere.exitCode).toBe(1);
    expect(nowhere.stdout).toContain('the trace cannot be written to this file');
  });
});
