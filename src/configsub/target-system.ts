import type { ToolchainDescription } from '../toolchain/toolchain-description.js';

/** A name that is given to `--host`, and what config.sub has to print for it. */
export interface Name {
  given: string;
  canonical: string;
}

/** An operating system (the third part of a triple) and the names by which toolchains use it. */
export interface System {
  os: string;
  triples: readonly Name[];
}

/** The third part of `<cpu>-<vendor>-<os>`. */
function osOf(triple: string): string {
  return triple.split('-').slice(2).join('-');
}

/** Groups triples, each of which is canonical already, by operating system; both in sorted order. */
export function systemsOfTriples(triples: readonly string[]): System[] {
  const all = [...new Set(triples)].sort();
  return [...new Set(all.map(osOf))].sort().map((os) => ({
    os,
    triples: all
      .filter((triple) => osOf(triple) === os)
      .map((given) => ({ given, canonical: given })),
  }));
}

/**
 * What the toolchains need from config.sub. Triples whose operating system every copy knows (netbsd) are
 * included: they are checked like the others and turn out to need nothing.
 */
export function systemsOf(
  toolchains: readonly Pick<ToolchainDescription, 'architectures'>[],
): System[] {
  return systemsOfTriples(
    toolchains.flatMap((each) => each.architectures.map((architecture) => architecture.triple)),
  );
}
