import { canonicalJson, sha256 } from '../util/hash.js';
import { machineChoice, structureOf, systemChoice } from './script.js';
import type { System } from './target-system.js';

/** What a copy of config.sub does not know yet. */
export interface ConfigSubPatch {
  /** Operating systems, e.g. `stubdom`; each is also valid with a version number after it. */
  systems: readonly string[];
  /**
   * `<cpu>-<vendor>` pairs, e.g. `x86_64-xen`, for copies that are older than the processor. Only
   * the pair is added, so that the answers for other vendors stay what they were.
   */
  machines: readonly string[];
}

/** Raised whenever the same patch gives a different text than before, so that units are rebuilt. */
const rulesVersion = 1;

/**
 * Adds the patch to a config.sub's text.
 *
 * The new patterns become the first arm of the list that already decides: nothing before it can
 * capture them, and as they name our systems exactly they capture nothing that others mean. An arm
 * of its own also leaves every existing line as it was, whatever the layout of its list.
 */
export function applyPatch(
  text: string,
  patch: ConfigSubPatch,
): { text: string } | { reason: string } {
  const lines = text.split('\n');
  const additions: { after: number; lines: string[] }[] = [];
  if (patch.systems.length > 0) {
    const choice = systemChoice(lines);
    if (!choice) return { reason: 'its list of operating systems was not found' };
    const dash = structureOf(text) === 'dashed' ? '-' : '';
    const patterns = patch.systems.flatMap((os) => [`${dash}${os}`, `${dash}${os}[0-9]*`]);
    additions.push({ after: choice.start, lines: arm('Operating systems', patterns) });
  }
  if (patch.machines.length > 0) {
    const choice = machineChoice(lines);
    if (!choice) return { reason: 'its list of processors was not found' };
    additions.push({ after: choice.start, lines: arm('Machines', [...patch.machines]) });
  }
  // From the end, so that line numbers before it stay true.
  for (const addition of additions.sort((a, b) => b.after - a.after)) {
    lines.splice(addition.after + 1, 0, ...addition.lines);
  }
  return { text: lines.join('\n') };
}

function arm(what: string, patterns: readonly string[]): string[] {
  return [
    `\t# ${what} that stubforge's toolchains build for.`,
    `\t${patterns.join(' | ')})`,
    '\t\t;;',
  ];
}

/**
 * What patching can change about a tree, as a hash for the keys of the units that are built from
 * it: the systems, and the rules' own version.
 */
export function configSubIdentity(systems: readonly System[]): string {
  return sha256(canonicalJson({ rules: rulesVersion, systems }));
}
