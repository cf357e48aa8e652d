import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import type { Exporter } from './exporter.js';
import { shellExporter } from './shell/shell-script.js';

/** The first is the one that is taken where none is named. */
export const exporters: readonly Exporter[] = [shellExporter];

/** Throws UserError with a suggestion for an unknown name. */
export function exporterNamed(name: string): Exporter {
  const found = exporters.find((each) => each.name === name);
  if (found) return found;
  const names = exporters.map((each) => each.name);
  throw new UserError(
    {
      id: 'cli.unknown-format',
      message: `there is no export format '${name}'`,
      help: suggestion(name, names, 'formats'),
    },
    2,
  );
}
