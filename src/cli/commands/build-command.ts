import { statSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { checkAgain } from '../../app/check-again.js';
import {
  imageFiles,
  type Planned,
  planRecipes,
  requireBuildMachine,
  sandboxOption,
} from '../../app/planning.js';
import { noteUnchanged } from '../../app/unchanged-note.js';
import { storeOf } from '../../engine/engine.js';
import { type BuildSummary, runPlan } from '../../engine/scheduler/run-plan.js';
import type { Event } from '../../events/event.js';
import { subgraph } from '../../plan/unit-graph.js';
import { daysLater } from '../../repro/variations.js';
import { whileUsing } from '../../store/store-lock.js';
import type { Context, Define } from '../context.js';

interface Options {
  arch?: string;
  jobs?: number;
  failFast?: boolean;
  force?: boolean;
  check?: boolean;
  keep?: boolean;
  output?: string;
  sandbox?: string;
}

const define: Define = (command, run) => {
  const given = (...options: string[]) =>
    options.some((name) => command.getOptionValueSourceWithGlobals(name) === 'cli');
  command
    .argument('[recipe...]', 'what to build (default: all recipes)')
    .option(
      '--arch <list>',
      "architectures, separated by commas, or 'all' (default: stubdom-amd64)",
    )
    .option('-j, --jobs <n>', 'jobs at once (default: one for each processor)', parseJobs)
    .option('--fail-fast', 'start nothing new after the first failure')
    .option('--force', 'build the named recipes even if they are fresh')
    .option(...sandboxOption)
    .option('--check', 'build the named recipes once more in other surroundings, and compare')
    .option('--keep', 'leave the build trees of units that succeed')
    .option(
      '--trace <file>',
      'write a timeline of units and phases, for Perfetto or chrome://tracing',
    )
    .option(
      '-o, --output <dir>',
      'also copy the outputs of the named recipes to DIR/<arch>/<recipe>',
    )
    .addHelpText(
      'after',
      `
What a unit installed lies in the store under the hash of its content; a unit whose
key has an output there is not built again (stubforge plan tells why or why not).

Builds are enclosed by bubblewrap, without a network; --sandbox=none builds without it, under
keys of its own. What a build may take is limited (memory 8GiB, 2h, ...: recipes/README.md).

--check builds each named recipe a second time, in other folders, ${daysLater} days later by its
clock, with the files of all folders in another order, as another user, with another host
name, locale, time zone and number of jobs. It shows by file, member and section where the
outputs differ, with diffoscope's words where that is installed, and a table of all that it
compared. The second build's tree is left under check/ in the state folder where it differs.

Exit code 0: all is built; 1: a unit failed, or came out otherwise; 130: stopped by Ctrl-C.

Examples:
  stubforge build zlib
  stubforge build zlib-selftest --arch all -o out
  stubforge build --arch stubdom-i386 -j 4
  stubforge build --check --arch all             # every recipe there is`,
    )
    .action(
      run<Options>(async (context, options, args) => {
        const seen: Event[] = [];
        let noting = !options.output && !given('directory', 'state', 'trace', 'check');
        const watched: Context = {
          ...context,
          emit: (event) => {
            // With work to do there is no end of events, and nothing to note.
            if (event.type === 'plan' && event.build.length > 0) noting = false;
            if (noting) seen.push(event);
            context.emit(event);
          },
        };
        const work = async () => {
          const planned = await planRecipes(watched, args, {
            ...options,
            // What is copied away or compared is a use; what is only named is not.
            depth: options.output || options.check ? 'contents' : 'metadata',
          });
          const summary = await build(planned, options);
          if (options.output) await copyOutputs(planned, summary, resolve(options.output));
          const result = report(watched, planned, summary);
          if (noting) {
            const outputs = planned.wanted.map((unit) => summary.outputs.get(unit.name)!);
            await noteUnchanged(
              planned,
              outputs.map((output) => planned.engine.store.outputDirectory(output)),
              {
                words: process.argv.slice(2),
                options: { json: context.json, quiet: context.quiet, verbose: given('verbose') },
                events: seen,
                result,
              },
            );
          }
          const different = options.check
            ? await checkAgain(context, planned, summary, options.jobs)
            : 0;
          return summary.failed.length > 0 ? 1 : different;
        };
        // From the plan to the last look at an output, nothing is removed from the store.
        const onWait = (message: string) => context.emit({ type: 'note', message });
        const store = storeOf(context.project, context.emit);
        return whileUsing(store, { signal: context.signal, onWait }, work);
      }),
    );
};

export function parseJobs(text: string): number {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1) throw new InvalidArgumentError('a number from 1 on');
  return jobs;
}

/** Runs a plan, after a look whether this machine has what its units use. */
export async function build(
  { engine, plan, graph, world }: Planned,
  options: { jobs?: number; failFast?: boolean; keep?: boolean },
): Promise<BuildSummary> {
  await requireBuildMachine(engine, subgraph(graph, plan.build));
  return runPlan(engine, plan, world, {
    jobs: options.jobs,
    failFast: options.failFast ?? false,
    keep: options.keep ?? false,
  });
}

/** Tells of the outputs; gives the command's result as it was printed. */
function report(context: Context, { engine, wanted }: Planned, summary: BuildSummary) {
  const outputs: Record<string, { output: string; elf?: string; gz?: string }> = {};
  const lines: string[] = [];
  for (const unit of wanted) {
    const output = summary.outputs.get(unit.name);
    if (output === undefined) continue;
    const image = imageFiles(engine.store, output, unit.recipe.name);
    outputs[unit.name] = { output: engine.store.outputDirectory(output), ...image };
    if (image) {
      context.emit({
        type: 'image-done',
        unit: unit.name,
        ...image,
        bytes: statSync(image.elf).size,
        gzBytes: statSync(image.gz).size,
      });
    }
    lines.push(`${unit.name} ${image?.gz ?? engine.store.outputDirectory(output)}`);
  }
  const value = { outputs, failed: summary.failed, skipped: summary.skipped };
  const text = lines.join('\n');
  context.result('build', value, text);
  return { value, text };
}

async function copyOutputs({ engine, wanted }: Planned, summary: BuildSummary, directory: string) {
  for (const unit of wanted) {
    const output = summary.outputs.get(unit.name);
    if (output === undefined) continue;
    const target = join(directory, unit.architecture, unit.recipe.name);
    await mkdir(target, { recursive: true });
    await cp(engine.store.outputDirectory(output), target, { recursive: true, force: true });
  }
}

export default define;
