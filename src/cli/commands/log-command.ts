import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { unitArgument } from '../../app/unit-argument.js';
import { formatUnit, unitOfFileName } from '../../events/unit-id.js';
import { UserError } from '../../util/diagnostic.js';
import { namesIn } from '../../util/files.js';
import { suggestion } from '../../util/suggest.js';
import type { Define } from '../context.js';
import { wholeNumber } from '../options.js';

const define: Define = (command, run) => {
  command
    .argument('<unit>', "a unit, e.g. zlib:stubdom-i386, or a recipe's name for stubdom-amd64")
    .option('--path', "print the log's path instead")
    .option('-n, --tail <lines>', 'print only the last lines', wholeNumber('--tail'))
    .addHelpText(
      'after',
      `
Prints the log of a unit's newest build, failed or not, phase by phase.

Examples:
  stubforge log zlib
  stubforge log pcre2:stubdom-i386 -n 40`,
    )
    .action(
      run<{ path?: boolean; tail?: number }>(async (context, options, args) => {
        const unit = formatUnit(unitArgument(args[0]!));
        const { state } = context.session.project;
        const log = state.log(unit);
        if (!existsSync(log)) {
          const names = namesIn(state.logs).map((name) => basename(name, '.log'));
          const units = names.flatMap((name) => unitOfFileName(name) ?? []);
          throw new UserError({
            id: 'unit.no-log',
            message: `there is no log of ${unit}: it was never built here`,
            help: suggestion(unit, units, 'logs'),
          });
        }
        if (options.path) {
          context.result('log', { unit, path: log }, log);
          return 0;
        }
        let text = await readFile(log, 'utf8');
        if (options.tail !== undefined) {
          const lines = text.trimEnd().split('\n');
          text = lines.slice(-options.tail).join('\n');
        }
        context.result('log', { unit, path: log, text }, text);
        return 0;
      }),
    );
};

export default define;
