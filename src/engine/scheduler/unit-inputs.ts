/** What a unit takes in: its source, and the outputs of other units. */
import type { UnitName } from '../../events/event.js';
import { dependencies, type Unit, visibleUnits } from '../../plan/unit.js';
import { fetchLimit, fetchSources } from '../../source/fetch-sources.js';
import type { SourceSpec } from '../../source/source-spec.js';
import { canonicalJson } from '../../util/hash.js';
import type { Engine } from '../engine.js';

/** Fetches the sources of a run in the background, each once, in the order in which they are named. */
export class Fetching {
  readonly #sources = new Map<string, Promise<void>>();
  readonly #limit = fetchLimit();

  constructor(
    private readonly engine: Engine,
    specs: readonly SourceSpec[],
  ) {
    // A failure is reported to the unit that waits for the source; until then it is nobody's.
    for (const spec of specs) this.fetched(spec).catch(() => {});
  }

  /** Resolves when a source is here. Rejects with UserError when it could not be had. */
  fetched(spec: SourceSpec): Promise<void> {
    const { engine } = this;
    // Two commits of a repository are two sources, although their `sourceId` is the same.
    const id = canonicalJson(spec);
    let fetched = this.#sources.get(id);
    if (!fetched) {
      const options = { ...engine, limit: this.#limit };
      fetched = fetchSources(engine.project, [spec], engine.lock, options);
      this.#sources.set(id, fetched);
    }
    return fetched;
  }
}

/**
 * Makes sure that all outputs which a unit takes in are here and intact. One that cannot be had is built
 * again by `rebuild`, which puts the new output into `outputs`. Returns the unit that could not be
 * rebuilt, if there is one.
 */
export async function fetchOutputs(
  engine: Engine,
  unit: Unit,
  outputs: ReadonlyMap<UnitName, string>,
  rebuild: (unit: UnitName) => Promise<void>,
): Promise<UnitName | undefined> {
  for (const name of new Set([...dependencies(unit), ...visibleUnits(unit)])) {
    const output = outputs.get(name);
    if (output && (await engine.cache.fetch(output, engine))) continue;
    await rebuild(name);
    if (!outputs.has(name)) return name;
  }
  return undefined;
}
