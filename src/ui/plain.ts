import type { Event } from '../events/event.js';
import { type Diagnostic, renderDiagnostic } from '../util/diagnostic.js';
import { formatBytes, formatSeconds } from '../util/format.js';
import type { Listener } from './listener.js';

export interface PlainOptions {
  /** How much is told: problems only; also what happens; also every line that tools print. */
  level: 'problems' | 'normal' | 'everything';
}

/** Lines on standard error, for logs and pipes; nothing is ever drawn over. */
export function plainListener(options: PlainOptions): Listener {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  return {
    handle(event) {
      const diagnostic = plainDiagnostic(event);
      if (diagnostic !== undefined) return say(diagnostic);
      if (options.level === 'problems') return;
      const text = plainLine(event, options.level === 'everything');
      if (text !== undefined) say(text);
    },
    print: (text) => process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`),
    close: async () => {},
  };
}

/** The text of an event that tells of a problem; undefined for all others. */
export function plainDiagnostic(event: Event): string | undefined {
  switch (event.type) {
    case 'warning':
      return renderDiagnostic(event.diagnostic, { severity: 'warning' });
    case 'step-failed':
      return renderAll(event.diagnostics);
    case 'unit-failed':
      return `${event.unit}: failed in phase ${event.phase} after ${formatSeconds(event.seconds)}\n${renderAll(event.diagnostics)}\n  log: ${event.log}`;
    default:
      return undefined;
  }
}

const renderAll = (diagnostics: Diagnostic[]) =>
  diagnostics.map((each) => renderDiagnostic(each)).join('\n');

/** One line for an event, or undefined where a person needs none. */
export function plainLine(event: Event, everything: boolean): string | undefined {
  switch (event.type) {
    case 'plan':
      return `plan: ${event.build.length} to build, ${event.fresh.length} fresh`;
    case 'unit-fresh':
      return `${event.unit}: fresh (${event.reason})`;
    case 'unit-start':
      return `${event.unit}: building (${event.detail ?? event.reason})`;
    case 'phase-start':
      return `${event.unit}: ${event.phase}`;
    case 'phase-output':
      return everything ? `${event.unit}| ${event.line}` : undefined;
    case 'unit-done':
      return `${event.unit}: done in ${formatSeconds(event.seconds)}`;
    case 'unit-skipped':
      return `${event.unit}: skipped (${event.because})`;
    case 'build-done':
      return `build: ${event.built} built, ${event.fresh} fresh, ${event.failed} failed, ${event.skipped} skipped in ${formatSeconds(event.seconds)}`;
    case 'download-done':
      return `downloaded ${event.file} (${formatBytes(event.bytes)})`;
    case 'step-start':
      return `${event.step} …`;
    case 'step-done':
      return `${event.step}: done in ${formatSeconds(event.seconds)}${event.detail ? ` (${event.detail})` : ''}`;
    case 'note':
      return `note: ${event.message}`;
    case 'image-done':
      return `${event.unit}: ${event.gz} (${formatBytes(event.gzBytes)}, ${formatBytes(event.bytes)} unpacked)`;
    case 'console':
      return `  | ${event.line}`;
    case 'boot-start':
      return `boot: ${event.image} under ${event.under} (${event.accelerator})`;
    case 'boot-done':
      return `boot: ${event.outcome} in ${formatSeconds(event.seconds)}: ${event.detail}`;
    default:
      return undefined;
  }
}
