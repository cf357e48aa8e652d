import { listPlan } from '../../app/list-plan.js';
import { alignColumns } from '../../util/format.js';
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
        const { arch, force, sandbox } = options;
        const rows = await listPlan(context.session, args, { arch, force, sandbox });
        const text = alignColumns(rows.map(({ state, unit, reason }) => [state, unit, reason]));
        const fresh = rows.filter((row) => row.state === 'fresh').length;
        text.push(`${rows.length - fresh} to build, ${fresh} fresh`);
        context.result('plan', rows, text.join('\n'));
        return 0;
      }),
    );
};

export default define;
