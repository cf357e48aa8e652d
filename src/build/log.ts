import { createWriteStream, type WriteStream } from 'node:fs';
import type { UnitName } from '../events.js';
import { asDiskProblem } from '../util/disk.js';
import { UserError } from '../util/problem.js';
import type { Engine } from './engine.js';

/** Opens a unit's log. One that cannot be written, say on a full disk, is told of and not waited for. */
export function openLog(engine: Engine, unit: UnitName, file: string): WriteStream {
  const log = createWriteStream(file);
  log.on('error', async (error) => {
    const problem = await asDiskProblem(error, file);
    if (!(problem instanceof UserError)) return;
    const message = `the log of ${unit} is incomplete`;
    const details = problem.problems.flatMap((each) => [each.message, ...(each.details ?? [])]);
    engine.emit({ type: 'warning', problem: { message, details, place: { file } } });
  });
  return log;
}

export async function closeLog(log: WriteStream): Promise<void> {
  await new Promise<void>((resolve) => log.end(() => resolve()));
}
