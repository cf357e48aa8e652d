import type { WriteStream } from 'node:fs';
import type { Unit } from '../plan/unit.js';
import { enclose } from '../sandbox/sandbox.js';
import type { Engine } from './engine.js';
import { explainFailure, UnitFailure } from './failure.js';
import { runCommand } from './process.js';
import type { UnitSurroundings } from './surroundings.js';

/** Runs one phase in its surroundings; throws UnitFailure when it ends in anything but success. */
export async function runPhase(
  engine: Engine,
  unit: Unit,
  surroundings: UnitSurroundings,
  phase: { name: string; script: string },
  log: WriteStream,
): Promise<void> {
  const lines: string[] = [];
  log.write(`${phase.script.trimEnd().replace(/^/gm, '$ ')}\n`);
  const started = enclose({ ...surroundings, command: ['/bin/sh', '-euc', phase.script] });
  const outcome = await runCommand(started.words, {
    cwd: started.directory,
    environment: started.environment,
    log,
    onLine: (line) => {
      // The report needs the first error and the last lines, not a gigabyte of them.
      if (lines.length < 50_000) lines.push(line);
      engine.emit({ type: 'phase-output', unit: unit.name, phase: phase.name, line });
    },
    signal: engine.signal,
  });
  if (outcome.ended === 'exit' && outcome.code === 0) return;
  if (outcome.ended === 'aborted') throw engine.signal.reason;
  const ending = outcome.ended === 'exit' ? `exit code ${outcome.code}` : `signal ${outcome.name}`;
  throw new UnitFailure(phase.name, explainFailure({ phase: phase.name, ending, lines }));
}
