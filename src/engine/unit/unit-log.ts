import { createWriteStream, type WriteStream } from 'node:fs';
import type { UnitName } from '../../events/event.js';
import { UserError } from '../../util/diagnostic.js';
import { diagnoseDiskError } from '../../util/disk-errors.js';
import type { Engine } from '../engine.js';

/** Opens a unit's log. One that cannot be written, say on a full disk, is told of and not waited for. */
export function openLog(engine: Engine, unit: UnitName, file: string): WriteStream {
  const log = createWriteStream(file);
  log.on('error', async (error) => {
    const diagnostic = await diagnoseDiskError(error, file);
    if (!(diagnostic instanceof UserError)) return;
    const message = `the log of ${unit} is incomplete`;
    const details = diagnostic.diagnostics.flatMap((each) => [
      each.message,
      ...(each.details ?? []),
    ]);
    engine.emit({ type: 'warning', diagnostic: { message, details, span: { file } } });
  });
  return log;
}

export async function closeLog(log: WriteStream): Promise<void> {
  await new Promise<void>((resolve) => log.end(() => resolve()));
}
