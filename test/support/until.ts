import { statSync, writeFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';

/** Waits until something is the case; the test's own timeout is the only bound. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(10);
}

/** Whether a promise still waits after everything that is due at once has been done. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  return !settled;
}

/** Waits until a file that is written now gets a later time than this one has. */
export async function untilLaterThan(file: string): Promise<void> {
  const { ctimeMs } = statSync(file);
  const probe = `${file}.time`;
  await until(() => {
    writeFileSync(probe, '');
    return statSync(probe).ctimeMs > ctimeMs;
  });
}
