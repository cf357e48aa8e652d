import type { Diagnostic } from '../../util/diagnostic.js';

/** A unit's build failed: in which phase, and all that is known about it. */
export class UnitFailure extends Error {
  readonly diagnostics: Diagnostic[];

  constructor(
    readonly phase: string,
    diagnostic: Diagnostic | Diagnostic[],
    options?: ErrorOptions,
  ) {
    const diagnostics = Array.isArray(diagnostic) ? diagnostic : [diagnostic];
    super(diagnostics.map((each) => each.message).join('; '), options);
    this.diagnostics = diagnostics;
  }
}
