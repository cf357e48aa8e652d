/**
 * The vocabulary of what happens while stubforge works. Producers emit; the listeners in `ui/`
 * decide what a person, a log or a program gets to see. Nothing here prints.
 *
 * With `--json` each event is one line of JSON of exactly this shape.
 */
import type { Diagnostic } from '../util/diagnostic.js';
import type { UnitName } from './unit-id.js';

export type { UnitName } from './unit-id.js';

/** Why a unit has to be built. */
export type StaleReason =
  /** No output is recorded for any key of this unit. */
  | 'never-built'
  /** An output exists for another key; `detail` names the parts that changed. */
  | 'changed'
  /** It was asked for with --force. */
  | 'forced'
  /** The recorded output is missing from the store. */
  | 'output-missing'
  /** A unit that it needs has to be built first, so its own key is not known yet. */
  | 'dependency-stale';

export type Event =
  /** The plan is known: which units will run, in dependency order, and which are fresh. */
  | { type: 'plan'; build: UnitName[]; fresh: UnitName[] }
  /** A unit's output is in the store already. */
  | { type: 'unit-fresh'; unit: UnitName; reason: string }
  | { type: 'unit-start'; unit: UnitName; reason: StaleReason; detail?: string; log: string }
  /** A unit's source may be unpacked before the unit itself starts. */
  | { type: 'phase-start'; unit: UnitName; phase: string }
  /**
   * A phase ended, well or not. `cpuSeconds`: processor time of its processes, where that is known.
   * `parallel`: it runs several jobs at once where it gets the tokens.
   */
  | {
      type: 'phase-done';
      unit: UnitName;
      phase: string;
      seconds: number;
      cpuSeconds?: number;
      parallel?: boolean;
    }
  /** A line of a phase's output, as the tool printed it. */
  | { type: 'phase-output'; unit: UnitName; phase: string; line: string }
  | { type: 'unit-done'; unit: UnitName; seconds: number; output: string }
  | {
      type: 'unit-failed';
      unit: UnitName;
      phase: string;
      seconds: number;
      diagnostic: Diagnostic;
      log: string;
    }
  /** Not tried, because `because` failed or the run was stopped. */
  | { type: 'unit-skipped'; unit: UnitName; because: string }
  | {
      type: 'build-done';
      built: number;
      fresh: number;
      failed: number;
      skipped: number;
      seconds: number;
    }
  /** `total` is in bytes and absent where the server does not tell. */
  | { type: 'download-start'; file: string; total?: number }
  | { type: 'download-progress'; file: string; received: number; total?: number }
  | { type: 'download-done'; file: string; bytes: number }
  /** A step of longer work outside of units: setting up, updating an index, linking, verifying. */
  | { type: 'step-start'; step: string }
  | { type: 'step-done'; step: string; seconds: number; detail?: string }
  | { type: 'step-failed'; step: string; diagnostic: Diagnostic }
  /** Something the user should know that stops nothing. */
  | { type: 'note'; message: string }
  | { type: 'warning'; diagnostic: Diagnostic }
  | { type: 'image-done'; unit: UnitName; elf: string; gz: string; bytes: number; gzBytes: number }
  /** A line of the guest's console, without its line end. */
  | { type: 'console'; line: string }
  | {
      type: 'boot-start';
      image: string;
      under: 'xen' | 'pvh';
      accelerator: 'kvm' | 'tcg';
      command: string[];
    }
  | {
      type: 'boot-done';
      /** `passed`: the guest's verdict is 0 (and --expect matched); the others tell failures apart. */
      outcome: 'passed' | 'failed' | 'crashed' | 'hung' | 'no-verdict' | 'unmatched';
      /** The N of `nub: exit status N`, where the guest got that far. */
      status?: number;
      seconds: number;
      detail: string;
    }
  /** The result of a command, for programs; people get it as text on standard output. */
  | { type: 'result'; command: string; value: unknown };

export type Emit = (event: Event) => void;
