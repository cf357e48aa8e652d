/**
 * Tools of several versions in one pool of tokens: makes whose jobserver is a pipe or a FIFO, a ninja
 * that is a client and one that is none, and CMake over each of them.
 */
import { cp, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import { isExhaustive } from '../../support/sample.js';
import { stubforge, stubforgeJson, testState } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const lacking = lacks('gcc', 'binutils', 'make', 'lib32gcc-12-dev', 'ninja-build', 'cmake');

interface Built {
  outputs: Record<string, { output: string }>;
  failed: string[];
}

/** Notes when it began and ended, in the folder and under the name that it is given. */
const timed =
  '#!/bin/sh\nset -e\nmkdir -p "$1"\nbegin=$(date +%s%N)\nsleep 0.4\necho "$begin $(date +%s%N)" >"$1/$2"\n';
/** Runs each part of a compiler as its -wrapper, and notes how long that was under way. */
const timedPart =
  '#!/bin/sh\nset -e\nbegin=$(date +%s%N)\nsleep 0.3\n"$@"\necho "$begin $(date +%s%N)" >"${0%/*}/../dest/part.$$"\n';

const names = ['1', '2', '3', '4'];
const makefile = [
  `all: ${names.join(' ')}`,
  ...names.map((name) => `${name}:\n\t@$(MAKE) -f $(MAKEFILE) $@.job`),
  '%.job:\n\t@sh $(SOURCE)/timed $(SPANS) $*',
  '',
].join('\n');
const customCommands = [
  'cmake_minimum_required(VERSION 3.20)',
  'project(timed NONE)',
  'foreach(name 1 2 3 4)',
  '  add_custom_target(job${name} ALL COMMAND sh ${CMAKE_SOURCE_DIR}/timed ${SPANS} ${name})',
  'endforeach()',
  'install(CODE "")',
  '',
].join('\n');
const compilations = [
  'cmake_minimum_required(VERSION 3.20)',
  'project(timed C)',
  'foreach(name 1 2 3 4)',
  '  configure_file(one.c ${name}.c)',
  '  list(APPEND sources ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)',
  'endforeach()',
  'add_library(timed STATIC ${sources})',
  // Not by CMAKE_C_FLAGS, which would slow down what CMake itself asks of the compiler.
  'target_compile_options(timed PRIVATE "SHELL:-wrapper sh,${CMAKE_SOURCE_DIR}/part")',
  'install(CODE "")',
  '',
].join('\n');

/** Never the same twice, so that it is built each time. */
const stamp = String(process.hrtime.bigint());

function recipe(name: string, fields: string, files: Record<string, string>) {
  const entries = Object.entries({ ...files, timed, stamp });
  return {
    [`recipes/${name}.yaml`]: `name: ${name}\nkind: program\nsummary: a test\nsource: { local: ${name} }\n${fields}`,
    ...Object.fromEntries(entries.map(([path, text]) => [`recipes/${name}/${path}`, text])),
  };
}

const script = (text: string) => `build: script\nscript: |\n${text.replace(/^/gm, '  ')}\n`;
const runMake =
  'make -f "$source/jobs.mk" MAKEFILE="$source/jobs.mk" SOURCE="$source" SPANS="$dest"';
const viaCmake =
  'cmake -G "Unix Makefiles" -S "$source" -B "$build" -DSPANS="$dest"\ncmake --build "$build"';
const cmakeSystem = 'build: cmake\ncmake: ["-DSPANS={{dest}}"]\n';

/** Recipes by what runs their jobs. */
const units: Record<string, Record<string, string>> = {
  'old-make': recipe('old-make', `build-tools: [make]\n${script(runMake)}`, {
    'jobs.mk': makefile,
  }),
  'new-make': recipe('new-make', `needs: [newer-make]\n${script(runMake)}`, {
    'jobs.mk': makefile,
  }),
  'cmake-old-make': recipe('cmake-old-make', `build-tools: [cmake, make]\n${script(viaCmake)}`, {
    'CMakeLists.txt': customCommands,
  }),
  'cmake-new-make': recipe(
    'cmake-new-make',
    `build-tools: [cmake]\nneeds: [newer-make]\n${script(viaCmake)}`,
    { 'CMakeLists.txt': customCommands },
  ),
  'cmake-old-ninja': recipe('cmake-old-ninja', cmakeSystem, {
    'CMakeLists.txt': compilations,
    'one.c': 'int one;\n',
    part: timedPart,
  }),
  'cmake-new-ninja': recipe('cmake-new-ninja', `needs: [newer-ninja]\n${cmakeSystem}`, {
    'CMakeLists.txt': customCommands,
  }),
};

/** Ends whoever started it, make or ninja, when another job is under way too. */
const killer = `#!/bin/sh
set -e
shift 2
mkdir -p "$1"
touch "$1/begun.$2"
if [ "$2" = 1 ]; then
  until [ -e "$1/begun.2" ]; do sleep 0.05; done
  pid=$PPID
  until tr '\\0' '\\n' <"/proc/$pid/cmdline" | grep -qx -e make -e '.*/newer/make' -e '.*/newer/ninja'; do
    pid=$(cut -d' ' -f4 "/proc/$pid/stat")
  done
  kill -9 "$pid"
fi
sleep 600
`;
/** Instead of waiting for the whole test's time. */
const soon = 'limits: { time: 60s }\n';
const runKilled = `! make -f "$source/jobs.mk" SOURCE="$source" SPANS="$dest"`;
const killed = {
  killer,
  'jobs.mk':
    'all: 1.job 2.job 3.job\n%.job:\n\t@sh $(SOURCE)/killer sh $(SOURCE)/timed $(SPANS) $*\n',
};

/** The newer make, outside of any build. */
async function newerMake(cwd: string): Promise<string> {
  const words = ['build', 'newer-make', 'newer-libc'];
  const { value, stderr } = await stubforgeJson<Built>(words, { cwd });
  expect(value.failed, stderr).toEqual([]);
  for (const { output } of Object.values(value.outputs)) {
    await cp(output, join(cwd, 'tools'), { recursive: true });
  }
  return join(cwd, 'tools/usr/bin/make');
}

/** A project with these recipes and the newer tools, whose versions its lock file tells. */
async function project(files: Record<string, string>): Promise<string> {
  const cwd = await temporaryTree(files);
  await cp(join(import.meta.dirname, 'newer-tools'), cwd, { recursive: true });
  return cwd;
}

/** When each job began and ended, by unit, in nanoseconds. */
async function spansOf({ outputs }: Built): Promise<Record<string, [number, number][]>> {
  const spans: Record<string, [number, number][]> = {};
  for (const [unit, { output }] of Object.entries(outputs)) {
    const texts = (await readdir(output)).map((name) => readFile(join(output, name), 'utf8'));
    spans[unit.split(':')[0]!] = (await Promise.all(texts)).map(
      (text) => text.split(' ').map(Number) as [number, number],
    );
  }
  return spans;
}

const mostAtOnce = (spans: readonly [number, number][]) =>
  Math.max(...spans.map(([at]) => spans.filter(([begin, end]) => begin <= at && at < end).length));

/** Why the newer tools cannot be had: a distro that is not released yet drops what it replaces. */
let gone: string | undefined;

beforeAll(async () => {
  if (lacking) return;
  const words = ['source', 'fetch', 'newer-make', 'newer-ninja'];
  const ran = await stubforge(words, { cwd: join(import.meta.dirname, 'newer-tools') });
  if (ran.exitCode !== 0) gone = ran.stderr;
});

describe.skipIf(lacking)('jobservers', () => {
  test('all versions of make and ninja share the tokens, by themselves and under CMake', async ({
    skip,
  }) => {
    skip(gone !== undefined, gone);
    const cwd = await project(Object.assign({}, ...Object.values(units)));
    const words = ['build', ...Object.keys(units), '-j', '3'];
    const { value, stderr, events } = await stubforgeJson<Built>(words, { cwd });
    expect(value.failed, stderr).toEqual([]);
    const spans = await spansOf(value);
    for (const name of Object.keys(units)) {
      // cc1 and the assembler are two parts of each compilation.
      expect(spans[name], name).toHaveLength(name === 'cmake-old-ninja' ? 8 : 4);
    }
    expect(mostAtOnce(Object.values(spans).flat())).toBe(3);
    // Only one of them tells that it takes part, and none complains.
    const own = new Set(Object.keys(units).map((name) => `${name}:stubdom-amd64`));
    const lines = events.map((event) =>
      event.type === 'phase-output' && own.has(event.unit) ? event.line : '',
    );
    const about = lines.filter((line) => /jobserver|-j *[0-9]|INTERNAL/i.test(line));
    expect(about).toEqual([expect.stringContaining('ninja: Jobserver mode detected:')]);
  });

  test.runIf(isExhaustive)(
    'under a make with a FIFO, tokens come back from tools that are killed with kill -9',
    async ({ skip }) => {
      skip(gone !== undefined, gone);
      const cwd = await project({
        ...recipe('killed-old', `${soon}build-tools: [make]\n${script(runKilled)}`, killed),
        ...recipe(
          'killed-new',
          `${soon}needs: [killed-old, newer-make]\n${script(runKilled)}`,
          killed,
        ),
        ...recipe('killed-ninja', `${soon}needs: [killed-new, newer-ninja]\n${cmakeSystem}`, {
          ...killed,
          'CMakeLists.txt': customCommands.replace('sh ${', 'sh ${CMAKE_SOURCE_DIR}/killer sh ${'),
        }),
        // Under names of their own: what the other test has built would not be built again.
        ...recipe('later-old', `build-tools: [make]\n${script(runMake)}`, { 'jobs.mk': makefile }),
        ...recipe('later-new', `needs: [newer-make]\n${script(runMake)}`, { 'jobs.mk': makefile }),
        Makefile: [
          'all:',
          `\t-+@${resolve('stubforge')} build killed-ninja 2>killed`,
          // Enough jobs to take all tokens, which make lends step by step.
          `\t+@${resolve('stubforge')} build later-old later-new --json >after`,
          '',
        ].join('\n'),
      });
      const make = await newerMake(cwd);
      const ran = await execa(make, ['-j3'], {
        cwd,
        env: { STUBFORGE_HOME: testState },
        reject: false,
        all: true,
      });
      expect(ran.exitCode, ran.all).toBe(0);
      // make counts its tokens when it ends.
      expect(ran.all).not.toMatch(/jobserver|INTERNAL/);
      const killing = await readFile(join(cwd, 'killed'), 'utf8');
      expect(killing).toMatch(/^killed-old:stubdom-amd64: done/m);
      expect(killing).toMatch(/^killed-new:stubdom-amd64: done/m);
      expect(killing).toMatch(/^killed-ninja:stubdom-amd64: failed in phase compile/m);
      expect(killing).toContain('exit code 137 (SIGKILL)');
      const after = (await readFile(join(cwd, 'after'), 'utf8')).trim().split('\n');
      const results = after.map((line) => JSON.parse(line) as { type: string; value: Built });
      const { value } = results.find(({ type }) => type === 'result')!;
      expect(mostAtOnce(Object.values(await spansOf(value)).flat())).toBe(3);
    },
  );
});
