/** How a shell in the environment of a build ends. */
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import { launcher, testState } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

describe.skipIf(lacks('gcc', 'binutils', 'make', 'bubblewrap'))('a shell', () => {
  test('ends when stubforge is told to end, whatever runs in it', async () => {
    const cwd = await temporaryTree({
      'recipes/tool.yaml':
        'name: tool\nkind: tool\nsummary: a test\nsource: { local: text }\nbuild: script\nscript: "true"\n',
      'recipes/text/a': 'a\n',
    });
    const script = 'trap "" TERM; echo ready; while :; do sleep 1; done';
    const shell = execa(launcher, ['shell', 'tool:native', '-c', script], {
      cwd,
      env: { STUBFORGE_HOME: testState },
      reject: false,
      stdin: 'ignore',
    });
    shell.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready')) shell.kill('SIGTERM');
    });
    const { exitCode, stderr } = await shell;
    expect(exitCode, stderr).toBe(143);
    expect(stderr).toContain('stopped by SIGTERM');
  });
});
