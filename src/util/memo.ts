import { readFileSync } from 'node:fs';
import { writeFileAtomic } from './files.js';
import { type Stamps, stampsHold, stampsSince } from './stamps.js';

/**
 * The value that `compute` gave when it last ran, while none of `paths`, which are all that it reads,
 * has changed since; kept in `file`. `version` is raised when the value's meaning changes.
 */
export async function rememberedWhile<Value>(
  file: string,
  version: number,
  compute: () => Promise<{ value: Value; paths: readonly string[] }>,
): Promise<Value> {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept<Value>;
    if (kept.version === version && stampsHold(kept.stamps)) return kept.value;
  } catch {
    // None is kept yet, or a damaged one, which is as good as none.
  }
  const started = Date.now();
  const { value, paths } = await compute();
  const stamps = stampsSince(paths, started);
  if (stamps) {
    const kept: Kept<Value> = { version, stamps, value };
    // What cannot be kept is computed again; that is no reason to stop.
    await writeFileAtomic(file, JSON.stringify(kept)).catch(() => undefined);
  }
  return value;
}

interface Kept<Value> {
  version: number;
  stamps: Stamps;
  value: Value;
}
