import { type CheckValue, isSame } from '../app/check-again.js';
import type { UnitName } from '../events/unit-id.js';
import type { CheckResult } from '../repro/build-again.js';
import { alignColumns, formatSeconds } from '../util/format.js';

/** More of diffoscope's report is for a file, not for a terminal. */
const diffoscopeLines = 200;

/** The differences, then a table of all units in this order, and what was varied. */
export function renderCheck(
  { results, failed, notBuilt, varied, notVaried }: CheckValue,
  order: readonly UnitName[],
): string[] {
  const rows = new Map<UnitName, string>();
  for (const unit of failed) rows.set(unit, 'failed the second time');
  for (const unit of notBuilt) rows.set(unit, 'has no first build');
  for (const result of results) rows.set(result.unit, renderRow(result));
  const differing = results.filter((each) => !isSame(each));
  const counts = [
    `${results.length - differing.length} the same`,
    `${differing.length} different`,
    `${failed.length} failed the second time`,
    ...(notBuilt.length > 0 ? [`${notBuilt.length} not checked`] : []),
  ];
  return [
    ...differing.flatMap(renderDifferences),
    ...alignColumns(order.map((unit) => [unit, rows.get(unit) ?? ''])),
    `check: ${counts.join(', ')}`,
    `varied: ${varied.join(', ')}`,
    'not varied:',
    ...notVaried.map((each) => `  ${each}`),
  ];
}

/** How one unit came out. */
export function renderRow(result: CheckResult): string {
  const { entries, differences, seconds } = result;
  const what = isSame(result)
    ? `the same, ${entries} entries`
    : `differs in ${differences.length} of ${entries} entries`;
  return `${what}, ${formatSeconds(seconds)}`;
}

function renderDifferences({ unit, differences, diffoscope }: CheckResult): string[] {
  return [
    `${unit}: two builds differ`,
    ...differences.flatMap(({ path, lines }) => [
      `  ${path}`,
      ...lines.map((line) => `    ${line}`),
    ]),
    ...(diffoscope?.slice(0, diffoscopeLines) ?? []),
  ];
}
