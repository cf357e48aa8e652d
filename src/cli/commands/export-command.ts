import { exportBuild } from '../../app/export-build.js';
import { defaultArchitecture } from '../../app/unit-argument.js';
import { exporters } from '../../export/all-exporters.js';
import { UserError } from '../../util/diagnostic.js';
import type { Define } from '../context.js';

interface Options {
  format?: string;
  sh?: boolean;
  arch?: string;
  output?: string;
}

const define: Define = (command, run) => {
  command
    .argument('<recipe>', 'what is to be built')
    .option(
      '--format <name>',
      `${exporters.map(({ name, summary }) => `${name}: ${summary}`).join('; ')} (default: ${exporters[0]!.name})`,
    )
    .option('--sh', 'the same as --format sh')
    .option('--arch <name>', 'the architecture', defaultArchitecture)
    .option('-o, --output <file>', 'where to write it (default: named after the recipe, here)')
    .addHelpText(
      'after',
      `
Writes the plan in a form that builds the same bytes with neither Node nor stubforge. The
shell script has the same sources, patches, flags and commands, one unit after another. It
needs the sources (stubforge source mirror DIR), the compiler that it was made for, and the
programs that the recipes declare; all other files are in it. Nothing is built. A file that
is there is replaced only where stubforge has exported it.

Examples:
  stubforge export --format sh zlib-selftest -o build.sh
  stubforge source mirror sources && sh build.sh --sources sources`,
    )
    .action(
      run<Options>(async (context, options, args) => {
        const exported = await exportBuild(context.session, args[0]!, {
          format: chosenFormat(options),
          arch: options.arch,
          output: options.output,
        });
        context.result('export', exported, exported.file);
        return 0;
      }),
    );
};

function chosenFormat({ format, sh }: Options): string {
  if (sh && format !== undefined && format !== 'sh') {
    throw new UserError(
      {
        id: 'cli.conflicting-options',
        message: `--sh and --format ${format} name two formats`,
        help: 'give one of them',
      },
      2,
    );
  }
  return format ?? (sh ? 'sh' : exporters[0]!.name);
}

export default define;
