// Builds on file systems of all sizes that are too small; then the disk grows, and they go on.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  build,
  ofType,
  outputsOf,
  type Result,
  type Task,
  verify,
  writeProject,
} from './project.js';

/** In KiB, as a file system in memory counts. */
const used = (path: string) =>
  Number(execFileSync('du', ['-sk', path], { encoding: 'utf8' }).split('\t')[0]);

/**
 * Takes `count` sizes: a few for which not even what the sandbox needs has room, and the rest for
 * the build itself, from nothing to all but enough.
 */
export async function fillDisk({ folder, count, progress }: Task): Promise<Result> {
  if (process.getuid?.() !== 0) return { figures: { skipped: 'only root may mount' }, losses: [] };
  const project = join(folder, 'full-project');
  const state = join(folder, 'full-state');
  const losses: object[] = [];
  const phases: Record<string, number> = {};
  const figures = { sizes: 0, failed: 0, phases, keptUnits: 0 };
  writeProject(project);
  const reference = join(folder, 'full-reference');
  const expected = outputsOf(await build(project, reference));
  const [all, sandbox] = [used(reference), used(join(reference, 'sandbox'))];
  mkdirSync(state, { recursive: true });
  const early = Math.min(4, Math.ceil(count / 5));
  for (let index = 0; index < count; index++) {
    const size =
      index < early
        ? Math.ceil((sandbox * (index + 0.5)) / early)
        : sandbox + Math.ceil(((all - sandbox) * (index - early)) / (count - early)) + 4;
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'stubforge-full', state]);
    try {
      figures.sizes++;
      const small = await build(project, state);
      const finished = ofType(small, 'unit-done').map((event) => event.unit);
      const diagnostics = [...ofType(small, 'error'), ...ofType(small, 'unit-failed')];
      if (small.code !== 0) {
        figures.failed++;
        for (const event of diagnostics) {
          const phase = event.type === 'error' ? 'outside of units' : event.phase;
          phases[phase] = (phases[phase] ?? 0) + 1;
        }
        const told = diagnostics.some((event) =>
          /disk is full|No space left/.test(JSON.stringify(event.diagnostics)),
        );
        if (small.code !== 1 || !told || /\n {4}at /.test(small.stderr)) {
          losses.push({ size, code: small.code, diagnostics, stderr: small.stderr });
        }
      }
      execFileSync('mount', ['-o', 'remount,size=64m', state]);
      const report = await verify(state);
      if (!report.sound) losses.push({ size, damaged: report });
      const large = await build(project, state);
      if (large.code !== 0 || JSON.stringify(outputsOf(large)) !== JSON.stringify(expected)) {
        losses.push({ size, code: large.code, stderr: large.stderr });
      }
      const again = ofType(large, 'unit-start').map((event) => event.unit);
      const lost = finished.filter((unit) => again.includes(unit));
      if (lost.length > 0) losses.push({ size, builtTwice: lost });
      figures.keptUnits += finished.length;
    } finally {
      execFileSync('umount', ['-l', state]);
    }
    progress('full disk', index + 1, count, losses);
  }
  rmSync(state, { recursive: true, force: true });
  return { figures, losses };
}
