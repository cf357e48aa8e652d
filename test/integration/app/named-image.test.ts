import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveImage } from '../../../src/app/named-image.js';
import { Session } from '../../../src/app/session.js';
import { findProject } from '../../../src/project/project.js';
import { fill, overwrite } from '../../support/filled-store.js';
import { temporaryTree } from '../../support/temporary.js';

async function session() {
  const stateDir = join(await temporaryTree(), 'state');
  return new Session({ project: findProject({ stateDir }), emit: () => {} });
}

const files = { 'boot/hello.elf': 'an image', 'boot/hello.gz': 'the same, packed' };

test('an image that was never built is told from one that is damaged or gone', async () => {
  const never = await session();
  await expect(resolveImage(never, 'hello')).rejects.toThrow(
    'hello was not built for stubdom-amd64',
  );
  for (const harm of [
    (folder: string) => overwrite(join(folder, 'boot/hello.gz'), 'something else'),
    (folder: string) => rm(folder, { recursive: true }),
  ]) {
    const built = await session();
    const { output } = await fill(built.store, 'hello:stubdom-amd64', 'a', files);
    await harm(built.store.outputDirectory(output));
    // The first look puts it aside; what is said must not depend on which look it is.
    for (const _look of [1, 2]) {
      await expect(resolveImage(built, 'hello')).rejects.toMatchObject({
        message:
          'the output of hello for stubdom-amd64 was damaged or removed: it is not in the store any more',
        diagnostics: [{ help: 'build it again: stubforge build hello --arch stubdom-amd64' }],
      });
    }
  }
});

test('an output without an image is not called one that was not built', async () => {
  const built = await session();
  await fill(built.store, 'hello:stubdom-amd64', 'a', { 'usr/bin/hello': 'a program' });
  await expect(resolveImage(built, 'hello')).rejects.toThrow('is no image');
});
