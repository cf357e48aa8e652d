import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type Planned, planRecipes } from '../../app/planning.js';
import { defaultArchitecture } from '../../app/unit-argument.js';
import { artifactFiles } from '../../artifacts/kinds.js';
import { toolsForGraph } from '../../engine/environment/unit-tools.js';
import { exporterNamed, exporters } from '../../export/all-exporters.js';
import { commandsOf, hasCommand } from '../../machine/build-tools.js';
import type { Unit } from '../../plan/unit.js';
import { UserError } from '../../util/diagnostic.js';
import { sha256File } from '../../util/hash.js';
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
programs that the recipes declare; all other files are in it. Nothing is built.

Examples:
  stubforge export --format sh zlib-selftest -o build.sh
  stubforge source mirror sources && sh build.sh --sources sources`,
    )
    .action(
      run<Options>(async (context, options, args) => {
        const recipe = args[0]!;
        const exporter = exporterNamed(chosenFormat(options));
        await using held = await context.session.holdStore('shared');
        const planned = await planRecipes(context.session, held, [recipe], { arch: options.arch });
        const [wanted, other] = planned.wanted;
        if (!wanted || other) {
          throw new UserError({
            id: 'cli.several-architectures',
            message: 'export takes one architecture at a time',
            help: 'name one: --arch NAME',
          });
        }
        const file = resolve(options.output ?? exporter.fileName(recipe));
        const request = {
          graph: planned.graph,
          wanted,
          expected: await knownFiles(planned, wanted),
          // A package may bring more commands than this machine has; none of those is used.
          commands: commandsOf(toolsForGraph(planned.graph)).filter(hasCommand),
        };
        await exporter.write(planned.engine, request, file);
        context.result('export', { file, bytes: (await stat(file)).size }, file);
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

/** The hashes of an artifact's files where it is in the store, to compare with. */
async function knownFiles({ engine, plan }: Planned, { name, recipe }: Unit) {
  const verdict = plan.staleness.get(name)!;
  if (verdict.state !== 'fresh') return {};
  const output = engine.store.outputDirectory(verdict.output);
  const paths = Object.values(artifactFiles(recipe, output)?.formats ?? {});
  const hashed = paths.map(async (path) => [relative(output, path), await sha256File(path)]);
  return Object.fromEntries(await Promise.all(hashed));
}

export default define;
