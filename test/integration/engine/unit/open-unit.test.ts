/** What a shell finds when the source of its unit could not be made ready. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planRecipes } from '../../../../src/app/planning.js';
import { Session } from '../../../../src/app/session.js';
import { openUnit } from '../../../../src/engine/unit/open-unit.js';
import { lockWorkspace } from '../../../../src/engine/unit/workspace.js';
import { isBuiltUnit } from '../../../../src/plan/unit.js';
import { findProject } from '../../../../src/project/project.js';
import { UserError } from '../../../../src/util/diagnostic.js';
import { lacks } from '../../../support/lacks.js';
import { temporaryTree } from '../../../support/temporary.js';
import { isPending } from '../../../support/until.js';

/** A tool whose patch is for another text than it has. */
async function start() {
  const directory = await temporaryTree({
    'recipes/a.yaml':
      'name: a\nkind: tool\nsummary: a test\nsource: { local: a }\nbuild: script\n' +
      'patches: [{ file: a/a.patch, reason: a test }]\nscript: |\n  true\n',
    'recipes/a/text': 'as it is\n',
    'recipes/a/a.patch': '--- a/text\n+++ b/text\n@@ -1 +1 @@\n-as it was\n+as it will be\n',
  });
  const project = findProject({ directory, stateDir: join(await temporaryTree(), 'state') });
  const session = new Session({ project, emit: () => {}, offline: true });
  const held = await session.holdStore('shared');
  onTestFinished(() => held[Symbol.asyncDispose]());
  const { engine, wanted } = await planRecipes(session, held, ['a'], { sandbox: 'none' });
  const unit = wanted[0]!;
  if (!isBuiltUnit(unit)) throw new Error('a tool is built');
  const options = { fresh: false, jobs: 1, outputOf: () => '' };
  return { engine, unit, open: () => openUnit(engine, unit, options), state: project.state };
}

test.skipIf(lacks('gcc', 'patch'))(
  'a patch that does not fit is named, and its tree can be opened',
  async () => {
    const { open, state, unit } = await start();
    const log = state.log(unit.name);
    await mkdir(dirname(log), { recursive: true });
    await writeFile(log, 'of the newest build\n');

    const error = await open().catch((thrown: unknown) => thrown);
    if (!(error instanceof UserError)) throw error;
    expect(error.diagnostics).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^phase patch ended with exit code 1: .*FAILED/),
        span: { file: expect.stringMatching(/recipes\/a\/a\.patch$/) },
      }),
    ]);
    expect(await readFile(log, 'utf8')).toBe('of the newest build\n');

    const { paths } = await open();
    expect(await readFile(join(paths.source, 'text'), 'utf8')).toBe('as it is\n');
  },
);

test.skipIf(lacks('gcc', 'patch'))('a tree that was cut off is made anew', async () => {
  const { open, state, unit } = await start();
  await expect(open()).rejects.toThrow(UserError);
  const root = state.build(unit.name);
  await rm(join(root, 'source-date'));
  await writeFile(join(root, 'source/left'), '');
  await expect(open()).rejects.toThrow(UserError);
  expect(existsSync(join(root, 'source/left'))).toBe(false);
});

test.skipIf(lacks('gcc'))('a workspace has one user at a time', async () => {
  const { engine, unit } = await start();
  const first = await lockWorkspace(engine, unit.name);
  const second = lockWorkspace(engine, unit.name);
  expect(await isPending(second)).toBe(true);
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
});
