import { resolve } from 'node:path';
import { lintFiles, lintProject } from '../../app/lint-project.js';
import { renderDiagnostic } from '../../util/diagnostic.js';
import type { Define } from '../context.js';

const examples = `
Checks the named files, or all recipes, build systems and toolchains of the project. The exit code
is 1 when something is wrong. Nothing is downloaded or built.

Examples:
  $ stubforge lint                        check everything
  $ stubforge lint recipes/zlib.yaml      check one recipe
  $ stubforge lint --json                 the same as JSON, with file, line and column`;

const count = (number: number, noun: string) =>
  `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`;

const define: Define = (command, run) => {
  command
    .argument('[file...]', 'recipes, build systems and toolchain.yaml files')
    .addHelpText('after', examples)
    .action(
      run(async (context, options: { verbose?: boolean; debug?: boolean }, args) => {
        const files = args.map((file) => resolve(file));
        const id = options.verbose || options.debug;
        const { checked, diagnostics } =
          files.length > 0
            ? await lintFiles(context.session.project, files)
            : await lintProject(context.session.project);
        const checkedText = [
          count(checked.recipes, 'recipe'),
          count(checked.buildSystems, 'build system'),
          count(checked.toolchains, 'toolchain'),
        ].join(', ');
        const text = [
          ...diagnostics.map((diagnostic) => `${renderDiagnostic(diagnostic, { id })}\n`),
          `${checkedText}: ${count(diagnostics.length, 'problem')}`,
        ].join('\n');
        context.result('lint', { checked, diagnostics }, text);
        return diagnostics.length === 0 ? 0 : 1;
      }),
    );
};

export default define;
