import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Session } from '../../../src/app/session.js';
import { sourcesOf } from '../../../src/app/sources.js';
import { findProject } from '../../../src/project/project.js';
import { temporaryTree } from '../../support/temporary.js';

const url = 'https://example.org/a.git';
const recipe = (name: string, commit: string) =>
  `name: ${name}\nkind: tool\nsummary: a test\nsource: { git: ${url}, commit: '${commit}' }\n` +
  'build: script\nscript: |\n  true\n';

test('two commits of a repository are two sources, and one commit is one', async () => {
  const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
  const directory = await temporaryTree({
    'recipes/a.yaml': recipe('a', two),
    'recipes/b.yaml': recipe('b', one),
    'recipes/c.yaml': recipe('c', two),
  });
  const project = findProject({ directory, stateDir: join(await temporaryTree(), 'state') });
  const session = new Session({ project, emit: () => {}, offline: true });
  expect(await sourcesOf(session, ['a', 'b', 'c'], 'named')).toEqual([
    { type: 'git', url, commit: one },
    { type: 'git', url, commit: two },
  ]);
});
