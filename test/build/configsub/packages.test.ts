/**
 * Patches the config.sub of real source packages, from 1999 to 2022: each structure, an odd name, a
 * wrapper, and one from before there was an x86_64.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCopies } from '../../../src/configsub/find-copies.js';
import { patchTree } from '../../../src/configsub/patch-tree.js';
import type { TestedFile } from '../../../src/configsub/self-test.js';
import { systemsOfTriples } from '../../../src/configsub/target-system.js';
import { findProject } from '../../../src/project/project.js';
import { lockSources } from '../../../src/source/lock-sources.js';
import type { SourceSpec } from '../../../src/source/source-spec.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { stubforge, stubforgeJson, testState } from '../../support/stubforge.js';

const packages = [
  'cdparanoia',
  'dosfstools',
  'dropbear',
  'expect',
  'gdbm',
  'gmp',
  'libcdaudio',
  'libmad',
  'libmikmod',
  'lzo2',
  'mawk',
  'psmisc',
  'recode',
];

/** In the order of their systems, which is that of the answers. */
const triples = [
  'x86_64-xen-minios',
  'x86_64-rumprun-netbsd',
  'i686-xen-stubdom',
  'x86_64-xen-stubdom',
];
const asOptions = triples.flatMap((triple) => ['--triple', triple]);

let folder: string;
const tree = (name: string) => join(folder, name);

/** Runs a package's configure as far as the host's name, without any compiler. */
async function hostTypeOf(name: string, host: string): Promise<string> {
  const { all } = await execa('./configure', [`--host=${host}`, '--build=x86_64-linux-gnu'], {
    cwd: tree(name),
    env: { CC: 'false' },
    all: true,
    reject: false,
  });
  return /checking host system type\.\.\. ?(.*)/.exec(all)?.[1] ?? '';
}

describe.skipIf(lacks(theNetwork))('real source packages', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stubforge-config-sub-e2e-'));
    const project = findProject({ directory: folder, stateDir: testState });
    const specs: SourceSpec[] = packages.map((name) => ({ type: 'debian', package: name }));
    const lock = await lockSources(project, specs, { offline: false, emit: () => {} });
    for (const [index, spec] of specs.entries()) {
      await unpackSource(project, spec, lock, tree(packages[index]!));
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('all of them have copies, of every structure', async () => {
    const structures = new Set<string | undefined>();
    for (const name of packages) {
      const copies = await findCopies(tree(name));
      const subs = copies.filter((copy) => copy.kind === 'config.sub');
      expect(subs.length, name).toBeGreaterThan(0);
      for (const copy of subs) structures.add(copy.wraps ? 'wrapper' : copy.structure);
      expect(copies.filter((copy) => copy.kind === 'unrecognised')).toEqual([]);
    }
    expect([...structures].sort()).toEqual(['dashed', 'kernel', 'plain', 'wrapper']);
  });

  test('config-sub test passes for all', async () => {
    const { exitCode, value } = await stubforgeJson<{ files: TestedFile[]; failed: number }>([
      'config-sub',
      'test',
      ...asOptions,
      ...packages.map(tree),
    ]);
    expect(value.files.filter((file) => !file.passed)).toEqual([]);
    expect(value.files.length).toBeGreaterThan(packages.length);
    for (const file of value.files) {
      expect(file.ours.map((each) => each.after.output)).toEqual(triples);
      // No copy is so odd that it would know less than half of what it is asked.
      expect(file.referenceTriples.accepted).toBeGreaterThan(90);
      expect(file.ours.some((each) => each.before.status !== 0)).toBe(true);
    }
    expect(exitCode).toBe(0);
  });

  test('a package that refuses the triple is configured for it after patching', async () => {
    const before = await stubforge(['config-sub', 'check', ...asOptions, tree('lzo2')]);
    expect(before.exitCode).toBe(1);
    expect(before.stdout).toContain('rejects x86_64-xen-minios, i686-xen-stubdom, x86_64-xen-stub');
    expect(await hostTypeOf('lzo2', 'x86_64-xen-stubdom')).not.toBe('x86_64-xen-stubdom');

    const patch = await stubforge(['config-sub', 'patch', ...asOptions, tree('lzo2')]);
    expect(patch.stdout).toContain('patched: adds minios, stubdom');
    expect(patch.exitCode).toBe(0);
    expect(await hostTypeOf('lzo2', 'x86_64-xen-stubdom')).toBe('x86_64-xen-stubdom');
    expect((await stubforge(['config-sub', 'check', ...asOptions, tree('lzo2')])).exitCode).toBe(0);
  });

  test('patching twice changes nothing more, also behind a wrapper', async () => {
    const systems = systemsOfTriples(triples);
    for (const name of ['gmp', 'recode', 'mawk']) {
      const first = await patchTree(tree(name), systems);
      const contents = await Promise.all(first.map((file) => readFile(file.file)));
      expect(first.filter((file) => file.action === 'patched')).toHaveLength(1);
      const second = await patchTree(tree(name), systems);
      expect(second.every((file) => file.action === 'accepted')).toBe(true);
      expect(await Promise.all(second.map((file) => readFile(file.file)))).toEqual(contents);
    }
  });

  test('questions that make no sense are answered in one sentence', async () => {
    const missing = await stubforge(['config-sub', 'patch', ...asOptions, '/nonexistent/tree']);
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain("there is no source tree '/nonexistent/tree'");
    const triple = await stubforge(['config-sub', 'check', '--triple', 'x86_64', folder]);
    expect(triple.exitCode).toBe(2);
    expect(triple.stderr).toContain('<cpu>-<vendor>-<os>');
  });
});
