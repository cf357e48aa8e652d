import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { defaultArchitecture } from '../../app/planning.js';
import { workspaceOf } from '../../engine/unit/workspace.js';
import { formatUnit } from '../../events/unit-id.js';
import { UserError } from '../../util/diagnostic.js';
import { suggestion } from '../../util/suggest.js';
import type { Define } from '../context.js';

const define: Define = (command, run) => {
  command
    .argument('<unit>', "a unit, e.g. zlib:stubdom-i386, or a recipe's name for stubdom-amd64")
    .option('--path', 'print where the log is')
    .option('-n, --tail <lines>', 'only the last lines')
    .addHelpText(
      'after',
      `
The log of a unit's newest build, failed or not, phase by phase.

Examples:
  stubforge log zlib
  stubforge log pcre2:stubdom-i386 -n 40`,
    )
    .action(
      run<{ path?: boolean; tail?: string }>(async (context, options, args) => {
        const unit = parseUnitName(args[0]!);
        const { log } = workspaceOf(context.project, unit);
        if (!existsSync(log)) {
          const logs = await readdir(dirname(log)).catch(() => []);
          const units = logs.map((name) => name.replace('_', ':').replace(/\.log$/, ''));
          throw new UserError({
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
          text = lines.slice(-Math.max(1, Number(options.tail) || 1)).join('\n');
        }
        context.result('log', { unit, path: log, text }, text);
        return 0;
      }),
    );
};

/** `recipe:architecture` as it is; a bare recipe name stands for the default architecture. */
export function parseUnitName(text: string): string {
  return text.includes(':')
    ? text
    : formatUnit({ recipe: text, architecture: defaultArchitecture });
}

export default define;
