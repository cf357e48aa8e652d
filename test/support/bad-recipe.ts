/** Builds of small recipes with one mistake, beside one that has to come out whatever happens. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { expect } from 'vitest';
import type { Event } from '../../src/events/event.js';
import { lacks } from './lacks.js';
import { stubforgeJson } from './stubforge.js';
import { temporaryTree } from './temporary.js';

export interface BuildValue {
  outputs: Record<string, { output: string }>;
  failed: string[];
}

export const cannot = lacks('gcc', 'binutils', 'make', 'lib32gcc-12-dev', 'dpkg-dev', 'bubblewrap');

/** A small disk of one's own takes root, and a machine that lets it mount. */
export const cannotMount =
  execaSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { reject: false }).failed ||
  cannot;

/** Changes with each run, so that nothing is fresh. */
const stamp = String(Date.now());

export const program = (name: string, script: string, more = '') => ({
  [`recipes/${name}.yaml`]: `name: ${name}\nkind: program\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n${more}script: |\n${script.replace(/^/gm, '  ')}\n`,
  [`recipes/${name}/stamp`]: stamp,
});

/** Another unit of the same run, which has to come out whatever the first one does. */
export const bystander = program(
  'bystander',
  'sleep 1; mkdir -p "$dest/etc"; echo fine > "$dest/etc/fine"',
);

/** Builds a bad recipe beside a good one; gives the report on the bad one and all events. */
export async function failing(name: string, script: string, more = '') {
  const cwd = await temporaryTree({ ...program(name, script, more), ...bystander });
  const words = ['build', name, 'bystander', '-j', '2', '--force'];
  const ran = await stubforgeJson<BuildValue>(words, { cwd });
  const failed = ran.events.find((event) => event.type === 'unit-failed');
  expect(failed, ran.stderr).toMatchObject({ unit: `${name}:stubdom-amd64`, phase: 'script' });
  expect(ran.exitCode).toBe(1);
  const fine = ran.value.outputs['bystander:stubdom-amd64']!.output;
  expect(await readFile(join(fine, 'etc/fine'), 'utf8')).toBe('fine\n');
  const report = failed as Extract<Event, { type: 'unit-failed' }>;
  return {
    ...report.diagnostics[0]!,
    log: report.log,
    seconds: report.seconds,
    events: ran.events,
  };
}
