/** Descriptions of toolchains that were read before are taken from memory while their files are the same. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';
import { loadToolchains } from '../../../src/toolchain/load-toolchains.js';
import { keptToolchains } from '../../../src/toolchain/read-description.js';
import type { UserError } from '../../../src/util/diagnostic.js';
import { Memo } from '../../../src/util/memo.js';
import * as yaml from '../../../src/yaml/yaml-document.js';
import { temporaryTree } from '../../support/temporary.js';

vi.mock(import('../../../src/yaml/yaml-document.js'), { spy: true });

const text = `name: mine
summary: a test
kind: adopted
operating-systems: [linux]
architectures:
  linux-mine: { triple: x86_64-linux-mine, cpu-family: x86_64, bits: 64 }
`;

async function project() {
  const root = await temporaryTree({ 'toolchains/mine/toolchain.yaml': text });
  const file = join(root, 'toolchains/mine/toolchain.yaml');
  // A file that has only just changed is not trusted to stay: a minute goes by for the program.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  const folders = { toolchainDirs: [join(root, 'toolchains')], recipeDirs: [] };
  const kept = () => keptToolchains(new Memo(join(root, 'cache')));
  const load = async () => {
    const table = kept();
    const loaded = loadToolchains(folders, table).map((each) => each.description);
    await table.save();
    return loaded;
  };
  return { root, file, folders, kept, load };
}

test('a description is parsed once, and is the same when it is kept', async () => {
  const { folders, kept, load } = await project();
  const first = await load();
  vi.mocked(yaml.parseText).mockClear();
  expect(await load()).toEqual(first);
  expect((await loadRecipes(folders, { toolchains: kept() })).architectures).toEqual(
    first[0]!.architectures.map(({ name }) => name).sort(),
  );
  expect(yaml.parseText).not.toHaveBeenCalled();
});

test('one that has changed is read again, and mistakes are found where they stand', async () => {
  const { file, load } = await project();
  await load();
  await writeFile(file, text.replace(/^summary:.*$/m, 'summary: another'));
  expect((await load())[0]!.summary).toBe('another');
  await writeFile(file, text.replace(/^name:.*$/m, 'name: other'));
  for (const _round of [1, 2]) {
    const error = await load().catch((each: unknown) => each);
    expect((error as UserError).diagnostics[0]).toMatchObject({
      id: 'toolchain.name-mismatch',
      span: { file, field: 'name', lineText: 'name: other' },
    });
  }
});
