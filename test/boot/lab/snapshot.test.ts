/** A booted dom0 is kept, and runs go on from there. */
import { readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ScenarioResult } from '../../../src/lab/xl/run-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { stubforgeJson, testState } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

/** A size of memory that no other scenario has, so that the snapshot is this test's own. */
const scenario = `summary: dom0 alone
memory: 1011MiB
domains: {}
steps:
  - { run: date +%s }
  - { run: xl list, expect: ^Domain-0 }
`;

async function run(file: string, ...words: string[]) {
  const ran = await stubforgeJson<ScenarioResult>(['lab', 'xl', '--config', file, ...words]);
  expect(ran.value, ran.stdout + ran.stderr).toMatchObject({ outcome: 'passed' });
  const steps = ran.events.flatMap((event) => (event.type === 'step-start' ? [event.step] : []));
  const lines = (from: string) =>
    ran.events.flatMap((event) =>
      event.type === 'console' && event.from === from ? [event.line] : [],
    );
  const warnings = ran.events.flatMap((event) => (event.type === 'warning' ? [event] : []));
  return { steps, lines, warnings };
}

async function newestSnapshot(): Promise<string> {
  const folder = join(testState, 'dom0');
  const found = (await readdir(folder)).filter((name) => name.endsWith('-started'));
  const times = await Promise.all(
    found.map(async (name) => [(await stat(join(folder, name))).mtimeMs, name] as const),
  );
  return join(folder, times.sort(([a], [b]) => b - a)[0]![1]);
}

describe.skipIf(lacks('qemu-system-x86', 'xz-utils', theNetwork))('a snapshot of dom0', () => {
  test('serves run after run, shows what the boot has shown, and is done without when it is damaged', async () => {
    const file = join(await temporaryTree(), 'scenario.yaml');
    await writeFile(file, scenario);
    const fromSnapshot = 'start Xen and dom0 from a snapshot';
    const first = await run(file);
    expect(first.steps).toContain(fromSnapshot);

    const second = await run(file, '-v');
    expect(second.steps[0]).toBe(fromSnapshot);
    expect(second.lines('dom0')).toContain('mapping kernel into physical memory');
    // The clock has not stood still.
    expect(Math.abs(Number(second.lines('xl')[0]) - Date.now() / 1000)).toBeLessThan(30);

    const anew = await run(file, '--no-snapshot');
    expect(anew.steps[0]).toBe('boot Xen and dom0');

    await truncate(join(await newestSnapshot(), 'state'), 1000);
    const damaged = await run(file);
    expect(damaged.steps.slice(0, 2)).toEqual([fromSnapshot, 'boot Xen and dom0']);
    expect(damaged.warnings[0]?.diagnostic.message).toMatch(
      /^the snapshot of dom0 is of no use, so dom0 is booted: /,
    );
  });
});
