import type { Toolchain } from '../toolchain/toolchain.js';

/** An operating system that config.sub has to learn, with triples that prove that it did. */
export interface TaughtSystem {
  os: string;
  triples: readonly { given: string; canonical: string }[];
}

/** The systems that a toolchain declares, as the patcher of config.sub takes them. */
export function taughtSystems(toolchain: Toolchain): TaughtSystem[] {
  return toolchain.operatingSystems.map((os) => ({
    os,
    triples: toolchain.architectures
      .map((each) => each.triple)
      .filter((triple) => triple.endsWith(`-${os}`))
      .map((triple) => ({ given: triple, canonical: triple })),
  }));
}
