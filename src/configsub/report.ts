import type { CheckedFile } from './check-tree.js';
import type { PatchedFile } from './patch-tree.js';
import type { TestedFile } from './self-test.js';

/** `config.sub (2022-01-03, kernel)`: what a copy is; the report on it follows. */
function head(file: CheckedFile | PatchedFile): string {
  const what = file.wraps ? `wrapper of ${file.wraps}` : file.structure;
  const facts = [file.timestamp ?? 'no date', what].filter(Boolean).join(', ');
  const links = file.links.length > 0 ? `, also ${file.links.join(', ')}` : '';
  return file.kind === 'unrecognised' ? file.path : `${file.path} (${facts}${links})`;
}

/** One line per copy, for people and for a unit's log. */
export function describePatched(files: readonly PatchedFile[]): string[] {
  return files.map((file) => `${head(file)}: ${whatWasDone(file)}`);
}

function whatWasDone(file: PatchedFile): string {
  const added = [...(file.patch?.machines ?? []), ...(file.patch?.systems ?? [])].join(', ');
  switch (file.action) {
    case 'accepted':
      return 'needs nothing';
    case 'patched':
      return `patched: adds ${added}`;
    case 'replaced': {
      const by = `${file.by!.file} of ${file.by!.timestamp}`;
      return `replaced by ${by}${added ? `, patched: adds ${added}` : ''}`;
    }
    case 'unsafe':
      return `left alone, ${file.reason}`;
    default:
      return file.action satisfies never;
  }
}

/** One line per copy: what it accepts and rejects. */
export function describeChecked(files: readonly CheckedFile[]): string[] {
  return files.map((file) => {
    if (file.kind === 'config.guess') return `${head(file)}: needs nothing`;
    if (file.kind === 'unrecognised') return `${head(file)}: ${file.reason}`;
    const list = (accepted: boolean) =>
      file.answers.filter((each) => each.accepted === accepted).map((each) => each.given);
    const parts = [
      list(true).length > 0 ? `accepts ${list(true).join(', ')}` : '',
      list(false).length > 0 ? `rejects ${list(false).join(', ')}` : '',
    ];
    return `${head(file)}: ${parts.filter(Boolean).join('; ')}`;
  });
}

/** One line per copy, and one more for each answer that is wrong. */
export function describeTested(files: readonly TestedFile[]): string[] {
  return files.flatMap((file) => {
    const { compared, accepted, differences } = file.referenceTriples;
    const lines = [`${file.passed ? 'passed' : 'FAILED'}  ${head(file)}: ${whatWasDone(file)}`];
    if (compared > 0) {
      const right = file.ours.filter((each) => each.right).length;
      lines.push(
        `        ${right} of ${file.ours.length} triples right; ${compared - differences.length} of ` +
          `${compared} reference triples unchanged (${accepted} known to it)`,
      );
    }
    for (const each of file.ours.filter((one) => !one.right)) {
      lines.push(`        ${each.given} gives: ${each.after.output}`);
    }
    for (const { name, before, after } of differences) {
      lines.push(`        ${name} gave: ${before.output}; gives: ${after.output}`);
    }
    if (!file.stable)
      lines.push('        patching it a second time changed it, or patching changed its mode');
    return lines;
  });
}
