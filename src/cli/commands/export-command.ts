import { chmod } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type Planned, planRecipes } from '../../app/planning.js';
import { defaultArchitecture } from '../../app/unit-argument.js';
import { artifactFiles } from '../../artifacts/kinds.js';
import { toolsForGraph } from '../../engine/environment/unit-tools.js';
import { exportScript } from '../../export/shell/shell-script.js';
import { commandsOf, hasCommand } from '../../machine/build-tools.js';
import type { Unit } from '../../plan/unit.js';
import { UserError } from '../../util/diagnostic.js';
import { writeFileAtomic } from '../../util/files.js';
import { sha256File } from '../../util/hash.js';
import type { Define } from '../context.js';

interface Options {
  sh?: boolean;
  arch?: string;
  output?: string;
}

const define: Define = (command, run) => {
  command
    .argument('<recipe>', 'what the script is to build')
    .option('--sh', 'as a shell script, the only form there is')
    .option('--arch <name>', 'the architecture', defaultArchitecture)
    .option('-o, --output <file>', 'where to write it (default: RECIPE.sh)')
    .addHelpText(
      'after',
      `
Writes the plan as one POSIX shell script that builds the same bytes with neither Node nor
stubforge: same sources, patches, flags and commands, one unit after another. It needs the
sources (stubforge source mirror DIR), the compiler that it was made for, and the programs
that the recipes declare; all files of ours are in it. Nothing is built to write it.

Examples:
  stubforge export --sh zlib-selftest -o build.sh
  stubforge source mirror sources && sh build.sh --sources sources`,
    )
    .action(
      run<Options>(async (context, options, args) => {
        const recipe = args[0]!;
        const planned = await planRecipes(context.session, [recipe], { arch: options.arch });
        const [wanted, other] = planned.wanted;
        if (!wanted || other) {
          throw new UserError({
            message: 'a script is for one architecture',
            help: '--arch NAME',
          });
        }
        const script = await exportScript(planned.engine, {
          graph: planned.graph,
          wanted,
          expected: await knownFiles(planned, wanted),
          // A package may bring more commands than this machine has; none of those is used.
          commands: commandsOf(toolsForGraph(planned.graph)).filter(hasCommand),
        });
        const file = resolve(options.output ?? `${recipe}.sh`);
        await writeFileAtomic(file, script);
        await chmod(file, 0o755);
        context.result('export', { file, bytes: Buffer.byteLength(script) }, file);
        return 0;
      }),
    );
};

/** The hashes of an artifact's files where it is in the store, for the script to compare with. */
async function knownFiles({ engine, plan }: Planned, { name, recipe }: Unit) {
  const verdict = plan.staleness.get(name)!;
  if (verdict.state !== 'fresh') return {};
  const output = engine.store.outputDirectory(verdict.output);
  const paths = Object.values(artifactFiles(recipe, output)?.formats ?? {});
  const hashed = paths.map(async (path) => [relative(output, path), await sha256File(path)]);
  return Object.fromEntries(await Promise.all(hashed));
}

export default define;
