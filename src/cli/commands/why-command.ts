import { explainUnit } from '../../app/explain-unit.js';
import { unitArgument } from '../../app/unit-argument.js';
import { describeExplanation } from '../../plan/explain.js';
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
        const explanations = await explainUnit(context.session, unitArgument(args[0]!));
        const text = explanations.flatMap(describeExplanation).join('\n');
        context.result('why', explanations, text);
        return 0;
      }),
    );
};

export default define;
