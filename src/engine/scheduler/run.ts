import type { UnitName } from '../../events/event.js';
import type { Plan, PlanWorld } from '../../plan/make-plan.js';
import type { Engine } from '../engine.js';
import type { TokenPool } from '../jobserver/token-pool.js';
import type { MemoryBudget } from './memory-budget.js';
import type { UnitSeconds } from './priorities.js';
import type { Fetching } from './unit-inputs.js';

export interface ScheduleOptions {
  /** Jobs at once, over all units; one for each processor when absent. */
  jobs?: number;
  /** Start nothing new after the first failure. */
  failFast: boolean;
  /** Leave workspaces of units that succeeded. */
  keep: boolean;
}

export interface BuildSummary {
  built: UnitName[];
  fresh: UnitName[];
  failed: UnitName[];
  skipped: UnitName[];
  /** Output (content hash) of every unit that has one. */
  outputs: Map<UnitName, string>;
}

/** What the units of one run of a plan share. */
export interface Run {
  engine: Engine;
  plan: Plan;
  world: PlanWorld;
  options: ScheduleOptions;
  summary: BuildSummary;
  pool: TokenPool;
  memory: MemoryBudget;
  fetching: Fetching;
  /** How long the run will take at least from each stage of a unit on, in seconds. */
  pathOf(name: UnitName): UnitSeconds;
  /** Builds a unit again whose output was lost after the plan was made. */
  rebuild(name: UnitName): Promise<void>;
  /** What units still do after they have finished; the run waits for it. */
  closing: Promise<void>[];
  /** The first unit that failed; set a little earlier than in `summary`. */
  failed?: UnitName;
}
