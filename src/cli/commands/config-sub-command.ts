import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CheckedFile, checkTree, isRejecting } from '../../configsub/check-tree.js';
import { type PatchedFile, patchTree } from '../../configsub/patch-tree.js';
import { describeChecked, describePatched, describeTested } from '../../configsub/report.js';
import { selfTestTree } from '../../configsub/self-test.js';
import { type System, systemsOf, systemsOfTriples } from '../../configsub/target-system.js';
import { toolchainNamed } from '../../toolchain/find-toolchain.js';
import { loadToolchains } from '../../toolchain/load-toolchains.js';
import { UserError } from '../../util/diagnostic.js';
import type { Context, Define } from '../context.js';

interface SystemOptions {
  toolchain?: string[];
  triple?: string[];
}

interface PatchOptions extends SystemOptions {
  diff?: boolean;
  dryRun?: boolean;
  replace?: boolean;
}

const define: Define = (command, run) => {
  command.addHelpText('after', examples);

  subcommand(
    command,
    'check',
    'show which triples each config.sub accepts; exit code 1 if one rejects some',
  ).action(
    run<SystemOptions>(async (context, options, trees) => {
      const systems = systemsFor(context, options);
      const { files, shown } = await inEach(trees, (tree) =>
        checkTree(tree, systems, context.session.signal),
      );
      const rejecting = files.filter(isRejecting).length;
      const lines = describeChecked(shown);
      lines.push(count(files.length, rejecting, 'rejects a triple', 'reject a triple'));
      context.result('config-sub check', { files, rejecting }, lines.join('\n'));
      return rejecting > 0 ? 1 : 0;
    }),
  );

  subcommand(
    command,
    'patch',
    'make each config.sub accept the triples; exit code 1 if one cannot be patched',
  )
    .option('--diff', 'show what changes')
    .option('-n, --dry-run', 'change nothing; only show what would change')
    .option('--replace', "replace copies that cannot be patched with this machine's newest")
    .action(
      run<PatchOptions>(async (context, options, trees) => {
        const systems = systemsFor(context, options);
        const { replace, dryRun, diff } = options;
        const { files, shown } = await inEach(trees, (tree) =>
          patchTree(tree, systems, { replace, dryRun, diff, signal: context.session.signal }),
        );
        const unsafe = files.filter((file) => file.action === 'unsafe').length;
        const lines = describePatched(shown);
        lines.push(count(files.length, unsafe, 'left alone', 'left alone'));
        if (dryRun && files.length > 0) lines.push('dry run: nothing was changed');
        if (unsafe > 0 && !replace) {
          lines.push("help: replace them with this machine's newest copy: --replace");
        }
        for (const file of files) if (file.diff) lines.push(file.diff);
        context.result('config-sub patch', { files, unsafe, dryRun }, lines.join('\n'));
        return unsafe > 0 ? 1 : 0;
      }),
    );

  subcommand(
    command,
    'test',
    'prove on copies that patching adds the triples and changes no other answer',
  ).action(
    run<SystemOptions>(async (context, options, trees) => {
      const systems = systemsFor(context, options);
      const { files, shown } = await inEach(trees, (tree) =>
        selfTestTree(tree, systems, context.session.signal),
      );
      const failed = files.filter((file) => !file.passed).length;
      const lines = describeTested(shown);
      lines.push(count(files.length, failed, 'failed', 'failed'));
      context.result('config-sub test', { files, failed }, lines.join('\n'));
      return failed > 0 ? 1 : 0;
    }),
  );
};

const examples = `
Finds config.sub at any depth and under any name. Without --toolchain or --triple, all toolchains'
triples are meant.

Examples:
  stubforge config-sub check .
  stubforge config-sub patch --dry-run --diff ~/src/gmp-6.2.1
  stubforge config-sub patch . && ./configure --host=x86_64-xen-stubdom
  stubforge config-sub test --triple x86_64-xen-stubdom src/*/`;

function subcommand(parent: Command, name: string, summary: string): Command {
  return parent
    .command(name)
    .description(summary)
    .argument('<tree...>', 'unpacked sources, or single files')
    .option('--toolchain <name>', 'only the triples of this toolchain; can be repeated', append)
    .option('--triple <triple>', 'this triple; can be repeated', append)
    .addHelpText('after', examples);
}

function append(word: string, before: string[] | undefined): string[] {
  return [...(before ?? []), word];
}

/** What the copies are asked for; anything but a triple would be added to them as it stands. */
function systemsFor(context: Context, options: SystemOptions): System[] {
  const triples = options.triple ?? [];
  for (const triple of triples) {
    if (!/^[a-z0-9_]+-[a-z0-9_]+-[a-z][a-z0-9_]*$/.test(triple)) {
      throw new UserError(
        {
          id: 'cli.invalid-option',
          message: `'${triple}' is not a triple`,
          help: 'write <cpu>-<vendor>-<os>, e.g. x86_64-xen-stubdom',
        },
        2,
      );
    }
  }
  if (triples.length > 0 && !options.toolchain) return systemsOfTriples(triples);
  const toolchains = loadToolchains(context.session.project);
  const chosen = options.toolchain?.map((name) => toolchainNamed(toolchains, name)) ?? toolchains;
  return systemsOfTriples([
    ...triples,
    ...systemsOf(chosen.map((each) => each.description)).flatMap((system) =>
      system.triples.map((name) => name.given),
    ),
  ]);
}

/** Does the trees one after another; people see paths as they would write them themselves. */
async function inEach<File extends CheckedFile | PatchedFile>(
  trees: readonly string[],
  work: (tree: string) => Promise<File[]>,
): Promise<{ files: (File & { tree: string })[]; shown: File[] }> {
  const files: (File & { tree: string })[] = [];
  const shown: File[] = [];
  for (const tree of trees) {
    const folder = resolve(tree);
    const found = await work(folder);
    const base = (await stat(folder)).isFile() ? dirname(tree) : tree;
    files.push(...found.map((file) => ({ ...file, tree })));
    shown.push(...found.map((file) => ({ ...file, path: join(base, file.path) })));
  }
  return { files, shown };
}

function count(files: number, bad: number, one: string, many: string): string {
  if (files === 0) return 'no config.sub found';
  return `${files} ${files === 1 ? 'file' : 'files'}, ${bad} ${bad === 1 ? one : many}`;
}

export default define;
