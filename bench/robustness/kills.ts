// Builds that are killed at random moments, each followed by one that has to finish.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  build,
  ofType,
  outputsOf,
  type Result,
  start,
  type Task,
  verify,
  writeProject,
} from './project.js';

/** `losses` names what went wrong, if anything did. */
export async function killBuilds({ folder, count, random, progress }: Task): Promise<Result> {
  const project = join(folder, 'kill-project');
  const reference = join(folder, 'kill-reference');
  const state = join(folder, 'kill-state');
  const losses: object[] = [];
  const figures = { kills: 0, killedWhileRunning: 0, keptUnits: 0, damagedStores: 0 };
  const expected = new Map<number, Record<string, string> | undefined>();
  let milliseconds = 0;
  mkdirSync(project, { recursive: true });
  for (let round = 0; round < count; round++) {
    // A few variants, so that outputs of earlier rounds are in the store, too.
    const variant = round % 7;
    writeProject(project, { base: variant % 3, left: variant });
    if (!expected.has(variant)) {
      rmSync(reference, { recursive: true, force: true });
      const started = performance.now();
      expected.set(variant, outputsOf(await build(project, reference)));
      milliseconds = Math.max(milliseconds, performance.now() - started);
    }
    // From nothing every other time; else everything above a random unit is stale.
    if (round % 2 === 0) rmSync(state, { recursive: true, force: true });
    const victim = start(project, state, ['build', 'top']);
    await setTimeout(random() * milliseconds * 1.1);
    victim.kill();
    const killed = await victim.ended;
    figures.kills++;
    if (killed.signal === 'SIGKILL') figures.killedWhileRunning++;
    const finished = ofType(killed, 'unit-done').map((event) => event.unit);

    const report = await verify(state);
    if (!report.sound) {
      figures.damagedStores++;
      losses.push({ round, damaged: report });
    }
    const after = await build(project, state);
    const outputs = outputsOf(after);
    if (after.code !== 0 || JSON.stringify(outputs) !== JSON.stringify(expected.get(variant))) {
      losses.push({ round, code: after.code, outputs, stderr: after.stderr });
    }
    const again = ofType(after, 'unit-start').map((event) => event.unit);
    const lost = finished.filter((unit) => again.includes(unit));
    if (lost.length > 0) losses.push({ round, builtTwice: lost });
    figures.keptUnits += finished.length;
    progress('kill', round + 1, count, losses);
  }
  return { figures, losses };
}
