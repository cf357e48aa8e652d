import { fetchLimit, fetchSources } from '../../source/fetch-sources.js';
import { type SourceSpec, sourceId } from '../../source/source-spec.js';
import type { Engine } from '../engine.js';

/** Fetches the sources of a run in the background, each once, in the order in which they are named. */
export class Fetching {
  readonly #sources = new Map<string, Promise<void>>();
  readonly #limit = fetchLimit();

  constructor(
    private readonly engine: Engine,
    specs: readonly SourceSpec[],
  ) {
    // Told to the unit that waits for it; until one does, it is nobody's failure.
    for (const spec of specs) this.fetched(spec).catch(() => {});
  }

  /** Resolves when a source is here. Rejects with UserError when it could not be had. */
  fetched(spec: SourceSpec): Promise<void> {
    const { engine } = this;
    const id = sourceId(spec);
    let fetched = this.#sources.get(id);
    if (!fetched) {
      const options = { ...engine, limit: this.#limit };
      fetched = fetchSources(engine.project, [spec], engine.lock, options);
      this.#sources.set(id, fetched);
    }
    return fetched;
  }
}
