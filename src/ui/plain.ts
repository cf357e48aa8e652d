import type { Event } from '../events/event.js';
import { type Diagnostic, type RenderOptions, renderDiagnostic } from '../util/diagnostic.js';
import { formatBytes, formatSeconds } from '../util/format.js';
import type { Listener } from './listener.js';
import type { Output } from './output.js';

export interface PlainOptions {
  /** How much is printed: diagnostics only; also what happens; also every line that tools print. */
  level: 'diagnostics' | 'normal' | 'everything';
  /** Also how long each phase took. */
  debug?: boolean;
}

/** Lines on standard error, for logs and pipes; nothing is ever drawn over. */
export function plainListener({ level, debug }: PlainOptions, output: Output): Listener {
  const everything = level === 'everything';
  return {
    handle(event) {
      const text =
        plainDiagnostic(event, { id: everything || debug }) ??
        (level === 'diagnostics' ? undefined : plainLine(event, { everything, debug }));
      if (text !== undefined) output.say(`${text}\n`);
    },
    print: (text) => output.write(wholeLines(text)),
    close: async () => {},
  };
}

/** A command's result as it goes on standard output. */
export const wholeLines = (text: string) =>
  text.endsWith('\n') || text === '' ? text : `${text}\n`;

/** The text of an event that carries diagnostics; undefined for all others. */
export function plainDiagnostic(event: Event, options: RenderOptions = {}): string | undefined {
  const render = (diagnostics: Diagnostic[]) =>
    diagnostics.map((each) => renderDiagnostic(each, options)).join('\n');
  switch (event.type) {
    case 'warning':
      return renderDiagnostic(event.diagnostic, { ...options, severity: 'warning' });
    case 'step-failed':
      return render(event.diagnostics);
    case 'unit-failed':
      return `${event.unit}: failed in phase ${event.phase} after ${formatSeconds(event.seconds)}\n${render(event.diagnostics)}\n  log: ${event.log}`;
    case 'error':
      return event.diagnostics.map((each) => renderDiagnostic(each, options)).join('\n\n');
    default:
      return undefined;
  }
}

/** One line for an event, or undefined where a person needs none. */
export function plainLine(
  event: Event,
  { everything, debug }: { everything?: boolean; debug?: boolean } = {},
): string | undefined {
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
    case 'phase-done': {
      if (!debug) return undefined;
      const { unit, phase, seconds, cpuSeconds } = event;
      const processor = cpuSeconds === undefined ? '' : `, processors ${formatSeconds(cpuSeconds)}`;
      return `${unit}: ${phase} took ${formatSeconds(seconds)}${processor}`;
    }
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
      return `  ${event.from === undefined ? '' : `${event.from} `}| ${event.line}`;
    case 'boot-start':
      return `boot: ${event.image} under ${event.under} (${event.accelerator})`;
    case 'boot-done':
      return `boot: ${event.outcome} in ${formatSeconds(event.seconds)}: ${event.detail}`;
    default:
      return undefined;
  }
}
