import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../../src/configsub/patch.js';
import { dashed, kernel, plain } from '../../support/config-sub-scripts.js';

const stubdom = { systems: ['stubdom'], machines: [] };

/** The lines that a patch adds, after asserting that it changes no other. */
function added(before: string, patch: Parameters<typeof applyPatch>[1]): string[] {
  const result = applyPatch(before, patch);
  if ('reason' in result) throw new Error(result.reason);
  const lines = result.text.split('\n');
  const old = before.split('\n');
  let position = 0;
  const additions = lines.filter((line) => {
    if (line !== old[position]) return true;
    position++;
    return false;
  });
  expect(position).toBe(old.length);
  return additions;
}

describe('applyPatch', () => {
  test('patterns have the dash of the structure', () => {
    expect(added(dashed(), stubdom)).toContain('\t-stubdom | -stubdom[0-9]*)');
    expect(added(plain, stubdom)).toContain('\tstubdom | stubdom[0-9]*)');
    expect(added(kernel, stubdom)).toContain('\tstubdom | stubdom[0-9]*)');
  });

  test('a processor is added with its vendor, into the list of machines', () => {
    expect(added(dashed(), { systems: [], machines: ['x86_64-xen'] })).toContain('\tx86_64-xen)');
  });

  test('the first arm of the list that decides gets it', () => {
    const result = applyPatch(kernel, stubdom);
    expect('text' in result && result.text).toMatch(
      /case \$os in\n\t#[^\n]*\n\tstubdom \| stubdom\[0-9\]\*\)\n\t\t;;\n\tmusl\*/,
    );
  });

  test('a script with two lists that could be meant is refused', () => {
    const list = kernel.slice(
      kernel.indexOf('case $os in\n\tmusl'),
      kernel.indexOf('case $kernel'),
    );
    expect(applyPatch(kernel.replace(list, list + list), stubdom)).toEqual({
      reason: expect.stringContaining('was not found'),
    });
  });

  test('a script without a list is refused', () => {
    expect(applyPatch('#! /bin/sh\nexit 1\n', stubdom)).toHaveProperty('reason');
  });

  test('bytes outside of ASCII survive', () => {
    const text = `${kernel}# \xe4\xff\n`;
    const result = applyPatch(text, stubdom);
    expect('text' in result && result.text.endsWith('# \xe4\xff\n')).toBe(true);
  });
});
