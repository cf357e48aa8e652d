import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { runPlan } from '../engine/scheduler/run-plan.js';
import { openUnit } from '../engine/unit/open-unit.js';
import { lockWorkspace } from '../engine/unit/workspace.js';
import { parseUnit, type UnitId } from '../events/unit-id.js';
import { isBuiltUnit } from '../plan/unit.js';
import { subgraph } from '../plan/unit-graph.js';
import { enclose } from '../sandbox/enclose.js';
import type { StartedCommand } from '../sandbox/sandbox.js';
import { UserError } from '../util/diagnostic.js';
import { planRecipes } from './planning.js';
import { requireBuildMachine } from './run-build.js';
import type { Session } from './session.js';
import { architectureOption, findUnit } from './unit-argument.js';

export interface ShellOptions {
  /** What is run instead of an interactive shell. */
  command?: string;
  /** Unpack the source anew even if a failed build left its tree. */
  fresh?: boolean;
  sandbox?: string;
}

/**
 * Opens a shell in the environment of a unit's build, on this process's terminal, after building what the
 * unit needs. Resolves to the shell's exit code, or to 1 when something that it needs failed.
 */
export async function openShell(
  session: Session,
  id: UnitId,
  options: ShellOptions,
): Promise<number> {
  // From the plan to the shell's end nothing is removed while somebody works in it.
  await using held = await session.holdStore('shared');
  const planned = await planRecipes(session, held, [id.recipe], {
    arch: architectureOption(id),
    sandbox: options.sandbox,
  });
  const unit = findUnit(planned.graph, id);
  if (!isBuiltUnit(unit)) {
    throw new UserError({
      id: 'shell.no-build-environment',
      message: `${id.recipe} is of the kind ${unit.recipe.kind}, which stubforge makes without a build environment`,
      help: `open that of the program in it: stubforge shell ${parseUnit(unit.needs[0]!).recipe}`,
    });
  }
  // What the unit needs must be there; the unit itself need not build.
  const needed = planned.plan.build.filter((each) => each !== unit.name);
  await requireBuildMachine(planned.engine, subgraph(planned.graph, [...needed, unit.name]));
  const jobs = availableParallelism();
  const summary = await runPlan(planned.engine, { ...planned.plan, build: needed }, planned.world, {
    jobs,
    failFast: true,
    keep: false,
  });
  if (summary.failed.length > 0) return 1;
  // Until the shell ends, no build removes the tree in which somebody works.
  await using _lock = await lockWorkspace(planned.engine, unit.name);
  const buildEnvironment = await openUnit(planned.engine, unit, {
    fresh: options.fresh ?? false,
    jobs,
    outputOf: (each) => summary.outputs.get(each)!,
  });
  const interactive = options.command === undefined;
  const started = enclose({
    ...buildEnvironment,
    command: interactive ? interactiveShell() : ['/bin/sh', '-c', options.command!],
    environment: {
      ...buildEnvironment.environment,
      TERM: process.env.TERM ?? 'dumb',
      PS1: `[${unit.name}] \\w $ `,
    },
    interactive,
  });
  return runOnTerminal(started, session.signal);
}

/**
 * Runs a command on this process's terminal; resolves to its exit code. Rejects with the signal's reason
 * once the signal has ended it.
 */
async function runOnTerminal(
  { words, directory, environment }: StartedCommand,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(words[0]!, words.slice(1), {
    cwd: directory,
    env: environment,
    stdio: 'inherit',
  });
  // An interactive shell does not end for SIGTERM, only for the signal of a closed terminal.
  const end = () => child.kill('SIGHUP');
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve(status ?? 1));
    });
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const interactiveShell = () =>
  existsSync('/bin/bash') ? ['/bin/bash', '--norc', '--noprofile', '-i'] : ['/bin/sh', '-i'];
