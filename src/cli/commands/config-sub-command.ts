import type { Command } from 'commander';
import { checkTrees, patchTrees, testTrees } from '../../app/patch-config-sub.js';
import { describeChecked, describePatched, describeTested } from '../../configsub/report.js';
import type { Define } from '../context.js';

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
      const { files, shown, rejecting } = await checkTrees(context.session, trees, chosen(options));
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
        const { replace, dryRun, diff } = options;
        const { files, shown, unsafe } = await patchTrees(context.session, trees, {
          ...chosen(options),
          replace,
          dryRun,
          diff,
        });
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
      const { files, shown, failed } = await testTrees(context.session, trees, chosen(options));
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

/** The triples that the options name. */
const chosen = ({ toolchain, triple }: SystemOptions) => ({
  toolchains: toolchain,
  triples: triple,
});

function append(word: string, before: string[] | undefined): string[] {
  return [...(before ?? []), word];
}

function count(files: number, bad: number, one: string, many: string): string {
  if (files === 0) return 'no config.sub found';
  return `${files} ${files === 1 ? 'file' : 'files'}, ${bad} ${bad === 1 ? one : many}`;
}

export default define;
