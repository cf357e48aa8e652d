import { basename } from 'node:path';

/** The command that a script names behind `#!`, also through env; undefined for other files. */
export function interpreterIn(start: string): string | undefined {
  const line = start.split('\n', 1)[0]!;
  const match = /^#!\s*(\S+)(?:\s+(?:-S\s+)?(\S+))?/.exec(line);
  if (!match) return undefined;
  const name = basename(match[1]!);
  return name === 'env' ? match[2] : name;
}
