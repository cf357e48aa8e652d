import { resolve } from 'node:path';
import { keepUnchangedAnswer } from '../../app/build-memo.js';
import { allSame, checkAgain } from '../../app/check-again.js';
import { planRecipes } from '../../app/planning.js';
import { copyOutputs, runBuild, type WantedOutput, wantedOutputs } from '../../app/run-build.js';
import type { BuildSummary } from '../../engine/scheduler/run.js';
import type { Event } from '../../events/event.js';
import { daysLater } from '../../repro/variations.js';
import { renderCheck, renderRow } from '../check-report.js';
import type { Define } from '../context.js';
import { architecturesOption, parseJobs, sandboxOption } from '../options.js';

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
    .option(...architecturesOption)
    .option('-j, --jobs <n>', 'jobs at once (default: one for each processor)', parseJobs)
    .option('--fail-fast', 'start nothing new after the first failure')
    .option('--force', 'build the named recipes even if they are fresh')
    .option(...sandboxOption)
    .option('--check', 'build the named recipes again in another build environment, and compare')
    .option('--keep', 'keep the build trees of units that succeed')
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
key has an output there is not built again (stubforge plan shows why, or why not).

Builds are enclosed by bubblewrap, without a network; --sandbox=none builds without it, under
keys of its own. What a build may use is limited (8 GiB of memory, 2 hours …; recipes/README.md).

--check builds each named recipe a second time, in other folders, ${daysLater} days later by its
clock, with the files of all folders in another order, as another user, with another host
name, locale, time zone and number of jobs. It shows by file, archive member and section
where the outputs differ, with diffoscope's report where that is installed, and a table of all
that it compared. The second build's tree is left under check/ in the state folder where it differs.

Exit code 0: all is built; 1: a unit failed, or differs; 130: stopped by Ctrl-C.

Examples:
  stubforge build zlib
  stubforge build zlib-selftest --arch all -o out
  stubforge build --arch stubdom-i386 -j 4
  stubforge build --check --arch all             # every recipe there is`,
    )
    .action(
      run<Options>(async (context, options, args) => {
        const { session } = context;
        const seen: Event[] = [];
        let noting = !options.output && !given('directory', 'state', 'trace', 'check', 'debug');
        const watched = session.withEmit((event) => {
          // With work to do there is no end of events, and nothing to note.
          if (event.type === 'plan' && event.build.length > 0) noting = false;
          if (noting) seen.push(event);
          session.emit(event);
        });
        await using held = await watched.holdStore('shared');
        const planned = await planRecipes(watched, held, args, {
          ...options,
          // What is copied away or compared is a use; what is only named is not.
          depth: options.output || options.check ? 'contents' : 'metadata',
        });
        const summary = await runBuild(planned, options);
        const outputs = wantedOutputs(planned, summary);
        if (options.output) await copyOutputs(outputs, resolve(options.output));
        const result = describeResult(outputs, summary);
        context.result('build', result.value, result.text);
        if (noting) {
          await keepUnchangedAnswer(
            planned,
            outputs.map((each) => each.output),
            {
              words: process.argv.slice(2),
              options: { json: context.json, quiet: context.quiet, verbose: given('verbose') },
              events: seen,
              result,
            },
          );
        }
        if (!options.check) return summary.failed.length > 0 ? 1 : 0;
        // The table comes at the end, which may be an hour away, or never reached.
        const value = await checkAgain(
          planned,
          summary,
          (each) => session.note(`${each.unit}: ${renderRow(each)}`),
          options.jobs,
        );
        const order = planned.wanted.map((unit) => unit.name);
        context.result('check', value, renderCheck(value, order).join('\n'));
        return summary.failed.length === 0 && allSame(value) ? 0 : 1;
      }),
    );
};

/** The command's result for programs and for people. */
function describeResult(outputs: readonly WantedOutput[], { failed, skipped }: BuildSummary) {
  const value = {
    outputs: Object.fromEntries(
      outputs.map(({ unit, output, files }) => [unit, { output, ...files?.formats }]),
    ),
    failed,
    skipped,
  };
  const text = outputs
    .map(({ unit, output, files }) => `${unit} ${files?.main ?? output}`)
    .join('\n');
  return { value, text };
}

export default define;
