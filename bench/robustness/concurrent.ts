// Several processes that build the same at the same time in one state folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  build,
  ofType,
  outputsOf,
  type Result,
  type Task,
  units,
  verify,
  writeProject,
} from './project.js';

export async function buildTogether(task: Task & { processes: number }): Promise<Result> {
  const { folder, count, processes, progress } = task;
  const project = join(folder, 'concurrent-project');
  const reference = join(folder, 'concurrent-reference');
  const state = join(folder, 'concurrent-state');
  const losses: object[] = [];
  const figures = { rounds: 0, processes, builds: 0, taken: 0, waitsTold: 0 };
  mkdirSync(project, { recursive: true });
  for (let round = 0; round < count; round++) {
    writeProject(project, { base: round });
    const expected = outputsOf(await build(project, reference));
    const runs = await Promise.all(Array.from({ length: processes }, () => build(project, state)));
    figures.rounds++;
    for (const ran of runs) {
      if (ran.code !== 0 || JSON.stringify(outputsOf(ran)) !== JSON.stringify(expected)) {
        losses.push({ round, code: ran.code, stderr: ran.stderr });
      }
      figures.waitsTold += ofType(ran, 'note').filter((event) =>
        event.message.includes('waiting for another stubforge'),
      ).length;
    }
    for (const unit of units) {
      const builds = runs.flatMap((ran) =>
        ofType(ran, 'unit-start').filter((event) => event.unit === unit),
      ).length;
      figures.builds += builds;
      figures.taken += processes - builds;
      if (builds !== 1) losses.push({ round, unit, builds });
    }
    progress('together', round + 1, count, losses);
  }
  const report = await verify(state);
  if (!report.sound) losses.push({ damaged: report });
  return { figures, losses };
}
