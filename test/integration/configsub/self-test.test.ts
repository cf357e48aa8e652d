import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask } from '../../../src/configsub/ask.js';
import { checkTree, isRejecting } from '../../../src/configsub/check-tree.js';
import { referenceNames } from '../../../src/configsub/reference-triples.js';
import { describeChecked, describeTested } from '../../../src/configsub/report.js';
import { selfTestTree } from '../../../src/configsub/self-test.js';
import {
  dashed,
  guess,
  kernel,
  stubdoms,
  treeOf,
  wrapper,
} from '../../support/config-sub-scripts.js';
import { isRunning } from '../../support/processes.js';
import { until } from '../../support/until.js';

describe('tryTree', () => {
  test('passes where only our triples are new, and leaves the tree alone', async () => {
    const tree = await treeOf({
      'config.sub': wrapper,
      'configfsf.sub': kernel,
      'config.guess': guess('2022-01-03'),
    });
    const files = await selfTestTree(tree, stubdoms);
    expect(files.map((file) => [file.path, file.passed])).toEqual([
      ['config.sub', true],
      ['configfsf.sub', true],
    ]);
    expect(files[0]!.ours.map((each) => each.before.status)).toEqual([1, 1]);
    expect(files[0]!.referenceTriples.compared).toBe(referenceNames.length);
    expect(await readFile(join(tree, 'configfsf.sub'), 'utf8')).toBe(kernel);
  });

  test('fails where a reference triple gets another answer', async () => {
    // This one counts its own arms for an answer, so that any patch shows.
    const script = kernel.replace(
      'kernel=\n',
      'kernel=\n[ $vendor = pc ] && vendor=`grep -c ";;" $0`\n',
    );
    const [file] = await selfTestTree(await treeOf({ 'config.sub': script }), stubdoms);
    expect(file?.ours.every((each) => each.right)).toBe(true);
    expect(file?.passed).toBe(false);
    expect(file?.referenceTriples.differences.map((each) => each.name)).toContain(
      'i386-pc-solaris2.10',
    );
  }, 20_000);

  test('fails for what knows no reference triple at all, and for what cannot be patched', async () => {
    const files = await selfTestTree(
      await treeOf({
        'a/config.sub': dashed(undefined, 'pdp11').replace(/\n\s+x?-linux/g, ''),
        'b/config.sub': kernel.replaceAll('hpux*', 'hp*'),
        'c/config.sub': 'garbage',
      }),
      stubdoms,
    );
    expect(files.map((file) => [file.action, file.passed])).toEqual([
      ['patched', false],
      ['unsafe', false],
      ['unsafe', false],
    ]);
  }, 20_000);

  test('a copy that learns the processor may say more about the pair, but not accept nonsense', async () => {
    const old = dashed(undefined, 'i[3-7]86 | vax');
    const [file] = await selfTestTree(await treeOf({ 'config.sub': old }), stubdoms);
    expect(file?.patch?.machines).toEqual(['x86_64-xen']);
    expect(file?.passed).toBe(true);
    expect(describeTested([file!])[0]).toMatch(
      /^passed {2}config\.sub \(no date, dashed\): patched: adds/,
    );
  }, 20_000);
});

describe('checkTree', () => {
  test('tells what is accepted and what is rejected', async () => {
    const tree = await treeOf({ 'config.sub': kernel, 'd/config.guess': guess('2022-01-03') });
    const systems = [
      ...stubdoms,
      { os: 'elf', triples: [{ given: 'x86_64-xen-elf', canonical: 'x86_64-xen-elf' }] },
    ];
    const files = await checkTree(tree, systems);
    expect(files.map(isRejecting)).toEqual([true, false]);
    expect(describeChecked(files)).toEqual([
      'config.sub (2022-01-03, kernel): accepts x86_64-xen-elf; rejects i686-xen-stubdom, x86_64-xen-stubdom',
      'd/config.guess (2022-01-03): needs nothing',
    ]);
  });
});

describe('ask', () => {
  test('answers come in the order of the names, with status and both streams', async () => {
    const tree = await treeOf({ 'a b.sub': 'echo "<$1>"; echo "$#" >&2; [ "$1" = ok ]' });
    const names = ['ok', 'a b', '*', '-x', "it's", ...referenceNames];
    const answers = await ask(join(tree, 'a b.sub'), names);
    expect(answers.map((answer) => answer.output)).toEqual(names.map((name) => `<${name}>\n1`));
    expect(answers.map((answer) => answer.status)).toEqual(names.map((n) => (n === 'ok' ? 0 : 1)));
  });

  test('a script that waits is ended together with what it started', async () => {
    const tree = await treeOf({
      'config.sub': `sh -c 'echo $$ >started; mv started child; exec sleep 600'; sleep 600`,
    });
    const child = join(tree, 'child');
    const controller = new AbortController();
    const asked = ask(join(tree, 'config.sub'), ['x'], { signal: controller.signal });
    const refused = expect(asked).rejects.toThrow();
    await until(() => existsSync(child));
    controller.abort();
    await refused;
    const pid = (await readFile(child, 'utf8')).trim();
    await until(() => !isRunning(pid));
  });
});
