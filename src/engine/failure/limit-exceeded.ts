import { makeRoom } from '../../project/disk-diagnostics.js';
import type { Recipe } from '../../recipe/recipe.js';
import type { Exceeded } from '../../sandbox/limit-watch.js';
import type { Diagnostic } from '../../util/diagnostic.js';
import { formatBytes, formatSeconds } from '../../util/format.js';

/** How each limit is described: what the unit did, and an amount in the limit's unit. */
const sentences: Record<Exceeded['limit'], [text: string, amount: (value: number) => string]> = {
  memory: ['its processes took more memory than', formatBytes],
  processes: ['it started more processes and threads than', String],
  time: ['it took longer than', formatSeconds],
  silence: ['it printed nothing for longer than', formatSeconds],
  disk: ['its files take more disk space than', formatBytes],
  output: ['it printed more than', formatBytes],
  'free space': ['it leaves less disk space free than', formatBytes],
};

/** The report on a unit that was ended because it exceeded a limit. */
export function limitExceeded(recipe: Recipe, phase: string, what: Exceeded): Diagnostic {
  const [text, amount] = sentences[what.limit];
  const had = what.limit === 'free space' ? 'there were left' : 'it had';
  const details = [`${had} ${amount(what.used)}; all of its processes were ended`];
  if (what.limit === 'free space') {
    return {
      id: 'limit.free-space',
      message: `phase ${phase} was ended: ${text} ${amount(what.allowed)}`,
      details: [...details, 'of all units that were running, it had taken the most'],
      help: makeRoom,
    };
  }
  return {
    id: `limit.${what.limit}`,
    message: `phase ${phase} was ended: ${text} its limit of ${amount(what.allowed)}`,
    span: { file: recipe.file, field: 'limits' },
    details,
    help: `if it is sound and needs that much, raise the limit: \`limits: { ${what.limit}: … }\``,
  };
}
