import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { planRecipes, requireBuildMachine, sandboxOption } from '../../app/planning.js';
import { runPlan } from '../../engine/scheduler/run-plan.js';
import { openUnit } from '../../engine/unit/open-unit.js';
import { subgraph } from '../../plan/unit-graph.js';
import { enclose } from '../../sandbox/sandbox.js';
import { whileUsing } from '../../store/store-lock.js';
import { UserError } from '../../util/diagnostic.js';
import type { Define } from '../context.js';
import { parseUnitName } from './log-command.js';

const define: Define = (command, run) => {
  command
    .argument('<unit>', "a unit, e.g. zlib:stubdom-i386, or a recipe's name for stubdom-amd64")
    .option('-c, --command <text>', 'run this instead of an interactive shell')
    .option(...sandboxOption)
    .option('--fresh', 'unpack the source anew even if a failed build left its tree')
    .addHelpText(
      'after',
      `
Opens a shell in the exact environment of a unit's build: same sandbox, variables, PATH,
sysroot and folders. A failed build's tree is taken as it was left; otherwise the source is
unpacked first. The phases lie as scripts in $STUBFORGE_PHASES: sh -eu $STUBFORGE_PHASES/configure

Examples:
  stubforge shell zlib
  stubforge shell pcre2:stubdom-i386 -c 'env | sort'`,
    )
    .action(
      run<{ command?: string; fresh?: boolean; sandbox?: string }>(
        async (context, options, args) => {
          const name = parseUnitName(args[0]!);
          const [recipe, architecture] = name.split(':') as [string, string];
          const planned = await planRecipes(context, [recipe], {
            arch: architecture === 'native' ? undefined : architecture,
            sandbox: options.sandbox,
          });
          const unit = planned.wanted[0]!;
          if (!unit.recipe.source) {
            throw new UserError({
              message: `${recipe} is an image: stubforge packs it itself, without a shell`,
              help: `open its program: stubforge shell ${unit.recipe.image?.program.recipe}`,
            });
          }
          // What the unit needs must be there; the unit itself need not build.
          const needed = planned.plan.build.filter((each) => each !== unit.name);
          await requireBuildMachine(
            planned.engine,
            subgraph(planned.graph, [...needed, unit.name]),
          );
          const summary = await runPlan(
            planned.engine,
            { ...planned.plan, build: needed },
            planned.world,
            { jobs: availableParallelism(), failFast: true, keep: false },
          );
          if (summary.failed.length > 0) return 1;
          const buildEnvironment = await openUnit(planned.engine, unit, {
            fresh: options.fresh ?? false,
            jobs: availableParallelism(),
            outputOf: (each) => summary.outputs.get(each)!,
          });
          const shell = existsSync('/bin/bash')
            ? ['/bin/bash', '--norc', '--noprofile']
            : ['/bin/sh'];
          const words =
            options.command === undefined ? [...shell, '-i'] : ['/bin/sh', '-c', options.command];
          const started = enclose({
            ...buildEnvironment,
            command: words,
            environment: {
              ...buildEnvironment.environment,
              TERM: process.env.TERM ?? 'dumb',
              PS1: `[${unit.name}] \\w $ `,
            },
            interactive: options.command === undefined,
          });
          const open = () =>
            new Promise<number>((resolve, reject) => {
              const child = spawn(started.words[0]!, started.words.slice(1), {
                cwd: started.directory,
                env: started.environment,
                stdio: 'inherit',
              });
              child.on('error', reject);
              child.on('close', (code) => resolve(code ?? 1));
            });
          // Nothing is tidied away under a person who works in it.
          const onWait = (message: string) => context.emit({ type: 'note', message });
          return whileUsing(planned.engine.store, { signal: context.signal, onWait }, open);
        },
      ),
    );
};

export default define;
