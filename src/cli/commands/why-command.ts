import { planRecipes } from '../../app/planning.js';
import { architectureOption, findUnit, unitArgument } from '../../app/unit-argument.js';
import { describeExplanation, explain } from '../../plan/explain.js';
import type { Define } from '../context.js';

const define: Define = (command, run) => {
  command
    .argument('<unit>', "a unit, e.g. zlib:stubdom-i386, or a recipe's name for stubdom-amd64")
    .addHelpText(
      'after',
      `
Names each part of the unit's key that has changed since its last build, with its old and
new value. Where the unit only waits for others, these are explained too, down to what was
changed. Nothing is built. A part is a field of the recipe, a phase of its build
system, the source, a patch, the compiler, a program of this machine, or the content of an
output that the unit can see.

Examples:
  stubforge why zlib
  stubforge why qemu-dm:stubdom-i386 --json`,
    )
    .action(
      run(async (context, _options, args) => {
        const id = unitArgument(args[0]!);
        await using held = await context.session.holdStoreIfAny();
        const { graph, plan, world } = await planRecipes(context.session, held, [id.recipe], {
          arch: architectureOption(id),
        });
        const explanations = await explain(plan, world, [findUnit(graph, id).name]);
        const text = explanations.flatMap(describeExplanation).join('\n');
        context.result('why', explanations, text);
        return 0;
      }),
    );
};

export default define;
