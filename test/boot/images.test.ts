/** The repository's images, from the store to the verdict, on every architecture and lab. */
import { describe, expect, test } from 'vitest';
import type { BootResult } from '../../src/lab/boot-image.js';
import { lacks } from '../support/lacks.js';
import { stubforge, stubforgeJson } from '../support/stubforge.js';
import { watchCommand } from '../support/watched-command.js';

const noLab = lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'qemu-system-x86', 'bison', 'flex');

describe.skipIf(noLab)('images', () => {
  for (const architecture of ['stubdom-amd64', 'stubdom-i386']) {
    for (const under of ['xen', 'pvh']) {
      test(`zlib-selftest for ${architecture} gives zlib's checksum under ${under}`, async () => {
        const { value, events, exitCode } = await stubforgeJson<BootResult & { image: string }>([
          'demo',
          '--small',
          '--arch',
          architecture,
          '--under',
          under,
        ]);
        const lines = events.flatMap((event) => (event.type === 'console' ? [event.line] : []));
        expect(value, lines.join('\n')).toMatchObject({ outcome: 'passed', status: 0 });
        expect(exitCode).toBe(0);
        expect(lines.at(-1)).toBe('nub: exit status 0');
        expect(lines.at(-2)).toMatch(/^zlib-selftest: 50 round trips, checksum [0-9a-f]{8}$/);
        expect(lines[0]).toContain(under === 'xen' ? 'Xen PV initial domain' : 'PVH');
      });
    }
  }

  test('hello gets its arguments from the recipe, or from the command line', async () => {
    expect((await stubforge(['build', 'hello'])).exitCode).toBe(0);
    const packed = await stubforge(['boot', 'hello', '--under', 'pvh']);
    expect(packed.stderr).toContain('argv[0] = hello');
    expect(packed.stderr).toContain('argv[2] = two words');
    expect(packed.exitCode).toBe(0);
    const given = await stubforge([
      'boot',
      'hello',
      '--under',
      'pvh',
      '--cmdline',
      `"it's quoted" x\\ y`,
      '--expect',
      'packed into the image',
    ]);
    expect(given.stderr).toContain("argv[1] = it's quoted");
    expect(given.stderr).toContain('argv[2] = x y');
    expect(given.exitCode).toBe(0);
  });

  test('demo keeps the store from its plan to the verdict', async () => {
    const { exitCode, moments, heldAtEnd } = await watchCommand('demo', [
      'hello',
      '--under',
      'pvh',
    ]);
    expect(exitCode).toBe(0);
    const later = moments.slice(moments.findIndex((each) => each.what === 'plan'));
    expect(new Set(later.map((each) => each.what))).toEqual(
      new Set([
        'plan',
        'unit-fresh',
        'build-done',
        'note',
        'boot-start',
        'console',
        'boot-done',
        'result',
      ]),
    );
    // The verdict is printed after the last look at the image.
    const reading = later.filter((each) => each.what !== 'result');
    expect(reading.filter((each) => !each.held)).toEqual([]);
    expect(heldAtEnd).toBe(false);
  });

  test('an image that was not built is answered with the command that builds it', async () => {
    const ran = await stubforge(['boot', 'zlib']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('zlib is a library, and only images boot');
  });
});
