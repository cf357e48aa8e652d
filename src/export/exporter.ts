import type { Engine } from '../engine/engine.js';
import type { Unit } from '../plan/unit.js';
import type { UnitGraph } from '../plan/unit-graph.js';

/** A form in which a plan leaves stubforge, to be built by something else. */
export interface Exporter {
  /** What `--format` says. */
  readonly name: string;
  /** One line: what it writes. */
  readonly summary: string;
  /** What to call the file for a recipe. */
  fileName(recipe: string): string;
  /** Whether it has written a file that begins like this. */
  isOwn(beginning: string): boolean;
  /** Writes the file, and replaces one that is there. Throws UserError for what cannot be exported. */
  write(engine: Engine, request: ExportRequest, file: string): Promise<void>;
}

export interface ExportRequest {
  /** All units, each behind those that it depends on; of one architecture and tools. */
  graph: UnitGraph;
  /** The unit whose output is to be built. */
  wanted: Unit;
  /** SHA-256 of files of the wanted output by path, where they are known, to compare with. */
  expected: Readonly<Record<string, string>>;
  /** Commands that the machine has to have. */
  commands: readonly string[];
}
