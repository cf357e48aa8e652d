import { planRecipes } from '../../app/planning.js';
import type { Define } from '../context.js';
import { architecturesOption, sandboxOption } from '../options.js';

const define: Define = (command, run) => {
  command
    .argument('[recipe...]', 'what would be built (default: all recipes)')
    .option(...architecturesOption)
    .option('--force', 'plan as for build --force')
    .option(...sandboxOption)
    .addHelpText(
      'after',
      `
Lists units in the order in which they could be built, each with the reason why it is stale
or fresh. Nothing is built.

Examples:
  stubforge plan zlib-selftest
  stubforge plan --arch all --json`,
    )
    .action(
      run<{ arch?: string; force?: boolean; sandbox?: string }>(async (context, options, args) => {
        await using held = await context.session.holdStoreIfAny();
        const { plan } = await planRecipes(context.session, held, args, options);
        const rows = [...plan.graph.keys()].map((unit) => {
          const verdict = plan.staleness.get(unit)!;
          return verdict.state === 'fresh'
            ? { unit, state: 'fresh', reason: verdict.reason, output: verdict.output }
            : {
                unit,
                state: 'build',
                reason: verdict.detail,
                code: verdict.reason,
                lastSeconds: verdict.lastSeconds,
              };
        });
        const width = Math.max(0, ...rows.map((row) => row.unit.length));
        const text = rows.map(
          (row) => `${row.state.padEnd(6)}${row.unit.padEnd(width + 2)}${row.reason}`,
        );
        text.push(`${plan.build.length} to build, ${plan.fresh.length} fresh`);
        context.result('plan', rows, text.join('\n'));
        return 0;
      }),
    );
};

export default define;
