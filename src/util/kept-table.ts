import { fileURLToPath } from 'node:url';
import { canonicalJson, sha256 } from './hash.js';
import type { Memo, MemoTable } from './memo.js';
import { stampOf } from './stamps.js';

/**
 * A table of values that depend on a file, on the program, and on `on`. `module` is the URL of the module
 * that computes them: a new version of the program replaces it together with all that it uses.
 */
export function keptTable<Value>(
  memo: Memo,
  what: string,
  module: string,
  on: unknown = null,
): MemoTable<Value> {
  const name = sha256(canonicalJson({ program: stampOf(fileURLToPath(module)), on }));
  return memo.table(`${what}-${name.slice(0, 16)}`);
}

/** What was kept of a file, or else the result of `compute`, which is then kept. */
export function fromTable<Value>(
  table: MemoTable<Value> | undefined,
  file: string,
  compute: () => Value,
): Value {
  const kept = table?.get(file);
  if (kept !== undefined) return kept;
  const started = Date.now();
  const value = compute();
  table?.set(file, value, started);
  return value;
}
