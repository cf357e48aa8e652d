/** The unit that asks a toolchain for its answers: whom it reaches, and what packages make of it. */
import { appendFile, cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { sha256File } from '../../../src/util/hash.js';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const own = (name: string) => `${name}:stubdom-amd64`;

interface Built {
  outputs: Record<string, { output: string }>;
}

describe.skipIf(lacks('gcc', 'binutils', 'make'))('the unit of the answers', () => {
  const recipe = (name: string, word: string) =>
    [
      `name: ${name}`,
      'summary: a test',
      'source: { local: shared }',
      'build: make',
      `make: [${word}]`,
      "install: ['DEST={{dest}}', install]",
      'provides: { files: [seen] }',
      '',
    ].join('\n');

  test('reaches those that take its answers in, and them only when an answer changes', async () => {
    const cwd = await temporaryTree({
      'recipes/reader.yaml': recipe('reader', "'SEEN={{config-site}}'"),
      'recipes/other.yaml': recipe('other', 'SEEN=Makefile'),
      'recipes/shared/Makefile':
        'all:\n\tcp "$(SEEN)" seen.txt\ninstall:\n\tcp seen.txt "$(DEST)/seen"\n',
    });
    await cp(resolve('toolchains/nub'), join(cwd, 'toolchains/nub'), { recursive: true });
    const list = (name: string) => join(cwd, 'toolchains/nub/configure-answers/questions', name);
    const build = async () => {
      const ran = await stubforgeJson<Built>(['build', 'reader', 'other'], { cwd });
      expect(ran.exitCode, ran.stderr).toBe(0);
      return ran;
    };
    const units = (events: Event[], type: 'unit-done' | 'unit-fresh') =>
      events.flatMap((event) => (event.type === type ? [event.unit] : []));

    const first = await build();
    const seen = join(first.value.outputs[own('reader')]!.output, 'seen');
    expect(await readFile(seen, 'utf8')).toContain('${ac_cv_func_poll=yes}');
    const plan = await stubforge(['plan', 'other'], { cwd });
    expect(plan.stdout).not.toContain('configure-answers');

    // Tests share their state, in which an earlier run may have left the same.
    const stamp = Date.now();
    // A question without an answer: asked anew, and nobody gets to see another text.
    await appendFile(list('types'), `no_such_type_${stamp}\n`);
    const why = await stubforge(['why', 'reader'], { cwd });
    expect(why.stdout).toContain(`  after ${own('configure-answers')}\n`);
    const cutOff = await build();
    expect(units(cutOff.events, 'unit-done')).toEqual([own('configure-answers')]);
    expect(units(cutOff.events, 'unit-fresh')).toContain(own('reader'));
    expect(cutOff.value).toEqual(first.value);

    // One with an answer reaches its readers, and neither the libc nor those that do not read it.
    await appendFile(list('runtime'), `ac_cv_of_this_test_${stamp}=yes\n`);
    const reached = await build();
    expect(units(reached.events, 'unit-done')).toEqual([own('configure-answers'), own('reader')]);
    const again = join(reached.value.outputs[own('reader')]!.output, 'seen');
    expect(await readFile(again, 'utf8')).toContain(`\${ac_cv_of_this_test_${stamp}=yes}`);
  });
});

/**
 * For the shell of a unit, in its empty build folder: configures with and without answers, and tells
 * of every header with settings that came out. What was configured last, without answers, is left.
 */
const both = `
set -eu
folder=$(mktemp -d)
phase=$STUBFORGE_PHASES/configure
sed -E 's/^(CONFIG_SITE|answers)=.*/\\1=/' "$phase" > "$folder/without"
if cmp -s "$phase" "$folder/without"; then
  echo 'the phase takes no answers' >&2
  exit 1
fi
for way in "$phase" "$folder/without"; do
  find . -mindepth 1 -delete
  sh -eu "$way" >&2
  find . -name '*config*.h' -exec sha256sum {} + | sed "s#^#\${way##*/} #"
done
`;

describe.skipIf(lacks('gcc', 'binutils', 'make', 'dpkg-dev'))('what packages find out', () => {
  const configured = async (name: string, more = '') => {
    const ran = await stubforge(['shell', name, '--fresh', '-c', both + more]);
    expect(ran.exitCode, ran.stderr).toBe(0);
    const of = (way: string) =>
      ran.stdout
        .split('\n')
        .flatMap((line) => (line.startsWith(`${way} `) ? [line.slice(way.length)] : []));
    expect(of('configure').length).toBeGreaterThan(0);
    expect(of('without')).toEqual(of('configure'));
    return ran.stdout;
  };

  test('a configure script writes the same settings with and without answers', () =>
    configured('pcre2'));

  test.skipIf(lacks('meson', 'ninja-build'))('so does a meson project', () => configured('pixman'));

  test.skipIf(lacks('cmake', 'ninja-build'))(
    'so does a CMake project, and its library is the same',
    async () => {
      const { value, exitCode, stderr } = await stubforgeJson<Built>(['build', 'expat']);
      expect(exitCode, stderr).toBe(0);
      const library = join(value.outputs[own('expat')]!.output, 'usr/lib/libexpat.a');
      const said = await configured(
        'expat',
        'sh -eu "$STUBFORGE_PHASES/compile" >&2\nsha256sum libexpat.a\n',
      );
      expect(said).toContain(`${await sha256File(library)}  libexpat.a`);
    },
  );
});
