import { spawnSync } from 'node:child_process';

/** Whether flock(1) would get the lock now: for itself alone, or shared with others. */
export function isFree(file: string, shared = false): boolean {
  return spawnSync('flock', ['-n', shared ? '-s' : '-x', file, 'true']).status === 0;
}
