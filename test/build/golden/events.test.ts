/** The events of a small build, as programs read them, in test/golden. */
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { lacks } from '../../support/lacks.js';
import { stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';
import { sameEverywhere } from '../../support/transcript.js';

const tool = (name: string, script: string, more = '') => ({
  [`recipes/${name}.yaml`]: `name: ${name}\nkind: tool\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n${more}script: |\n  ${script}\n`,
  [`recipes/${name}/input`]: 'input\n',
});

/** The events as lines, those of one unit together: what is done side by side has no order. */
function byUnit(events: readonly Event[]): string[] {
  const unitOf = (event: Event) => ('unit' in event ? event.unit : '');
  const last = events.findLastIndex((event) => unitOf(event) !== '');
  // What comes after the last unit's stays there.
  const [during, after] = [events.slice(0, last + 1), events.slice(last + 1)];
  const sorted = during.toSorted((a, b) => unitOf(a).localeCompare(unitOf(b)));
  return [...sorted, ...after].map((event) => JSON.stringify(event));
}

test.skipIf(lacks('gcc', 'binutils', 'make', 'bubblewrap'))('the events of builds', async () => {
  const cwd = await temporaryTree({
    ...tool('below', 'echo working; mkdir -p "$dest/usr"; cp "$source/input" "$dest/usr/below"'),
    ...tool('above', 'mkdir -p "$dest/usr"; echo above >"$dest/usr/above"', 'needs: [below]\n'),
    ...tool('broken', 'echo "error: it does not work" >&2; exit 3'),
    ...tool('skipped', 'true', 'needs: [broken]\n'),
  });
  const state = join(await temporaryTree(), 'state');
  const build = (...names: string[]) =>
    stubforgeJson(['build', ...names, '-j', '1', '--offline'], { cwd, state });
  const runs = [
    ['a build', await build('above')],
    ['a build with nothing to do', await build('above')],
    ['a failure', await build('skipped')],
    ['words that make no sense', await build('abvoe')],
  ] as const;
  const text = runs
    .map(([title, { events }]) => `# ${title}\n${byUnit(events).join('\n')}\n`)
    .join('\n');
  const steady = sameEverywhere(text, { cwd, state })
    .replace(/"(seconds|date|started|ended)":[0-9.]+/g, '"$1":0')
    .replace(/"bytes":\d+/g, '"bytes":0');
  await expect(steady).toMatchFileSnapshot(resolve('test/golden/events.txt'));
});
