import { resolve } from 'node:path';
import {
  checkStore,
  cleanStore,
  exportOutputs,
  importOutputs,
  measureStore,
  repairOutputs,
} from '../../app/maintain-store.js';
import { unitArgument } from '../../app/unit-argument.js';
import { formatUnit } from '../../events/unit-id.js';
import { describeFaults } from '../../store/store.js';
import { UserError } from '../../util/diagnostic.js';
import { alignColumns, formatBytes } from '../../util/format.js';
import { parseQuantity } from '../../util/quantity.js';
import type { Define } from '../context.js';
import { wholeNumber } from '../options.js';

const define: Define = (command, run) => {
  command.addHelpText(
    'after',
    `
The store keeps what units installed, each output under the hash of its content and every
file once, read-only. Damage is noticed before it is used: a build reads all files that it
takes, and builds what is damaged again. What is only named, such as the image of a build
that has nothing to do, is checked by sizes, modes and times; damage that changes none of
these is found by: stubforge store verify`,
  );

  command
    .command('stat')
    .summary('show what is in the store')
    .description('Counts outputs, files, and what sharing them saves; then a line for each unit.')
    .addHelpText('after', '\nExamples:\n  stubforge store stat\n  stubforge store stat --json')
    .action(
      run(async (context) => {
        const statistics = await measureStore(context.session);
        const { units, files, bytes, storedFiles, storedBytes, savedBytes, asideBytes } =
          statistics;
        const lines = alignColumns(
          units.map(({ unit, output, present, ...each }) => [
            unit,
            output.slice(0, 12),
            present
              ? `${each.files} files, ${formatBytes(each.bytes)}`
              : 'gone; the next build makes it again',
          ]),
        );
        lines.push(
          `${statistics.outputs} outputs of ${units.length} units, ${statistics.records} records`,
          `${files} files of ${formatBytes(bytes)}, kept as ${storedFiles} of ${formatBytes(storedBytes)}: sharing saves ${formatBytes(savedBytes)}`,
        );
        if (asideBytes > 0) lines.push(`${formatBytes(asideBytes)} put aside; gc removes it`);
        context.result('store stat', statistics, lines.join('\n'));
        return 0;
      }),
    );

  command
    .command('verify')
    .summary('read everything in the store and name what is damaged')
    .description(
      'Reads every file, list and record, and names what is not as it was written, with the unit\n' +
        'and the path. Changes nothing. Exit code 1 when something is damaged.',
    )
    .addHelpText('after', '\nExamples:\n  stubforge store verify\n  stubforge store verify --json')
    .action(
      run(async (context) => {
        const report = await checkStore(context.session);
        const lines = report.damaged.flatMap(({ output, units, faults }) =>
          describeFaults(faults).map((line) => `${named(units, output)}: ${line}`),
        );
        lines.push(...report.damagedFiles.map((path) => `shared file: ${path}`));
        lines.push(...report.damagedRecords.map((path) => `record: ${path}`));
        lines.push(...report.missing.map((unit) => `${unit}: gone; the next build makes it again`));
        const { outputs, files, bytes, records, sound } = report;
        if (report.earlierRecords > 0) {
          lines.push(`${report.earlierRecords} records of an earlier format; gc removes them`);
        }
        lines.push(
          `${outputs} outputs, ${files} files (${formatBytes(bytes)}) and ${records} records were read`,
        );
        lines.push(sound ? 'nothing is damaged' : 'damaged; repair it: stubforge store repair');
        context.result('store verify', report, lines.join('\n'));
        return sound ? 0 : 1;
      }),
    );

  command
    .command('repair')
    .summary('restore what is damaged, or remove it so that it is built again')
    .description(
      'Restores damaged outputs from other copies of the same files, and puts aside those that\n' +
        'cannot be restored, so that the next build of their units makes them again. Waits until no\n' +
        'other stubforge builds.',
    )
    .addHelpText('after', '\nExamples:\n  stubforge store repair')
    .action(
      run(async (context) => {
        const repairs = await repairOutputs(context.session);
        const lines = [
          ...repairs.restored.map(({ units, output }) => `${named(units, output)}: restored`),
          ...repairs.lost.map(
            ({ units, output, aside }) =>
              `${named(units, output)}: lost${aside ? `, put aside in ${aside}` : ''}`,
          ),
          ...repairs.restoredRecords.map((file) => `restored: ${file}`),
          ...repairs.removedRecords.map((file) => `removed: ${file}`),
          ...repairs.rebuild.map((unit) => `to be built again: ${unit}`),
        ];
        if (lines.length === 0) lines.push('nothing was damaged');
        context.result('store repair', repairs, lines.join('\n'));
        return 0;
      }),
    );

  command
    .command('gc')
    .summary('remove what is not the newest output of a unit')
    .description(
      'Removes outputs that are neither the newest of their unit nor kept by an option, and what\n' +
        'crashes and --keep left behind. Trees of failed builds stay. Waits until no other stubforge\n' +
        'builds.',
    )
    .option(
      '--keep <n>',
      'keep this many of the newest outputs of each unit',
      wholeNumber('--keep'),
      1,
    )
    .option(
      '--keep-recent <time>',
      'keep what was built or used within this time, e.g. 12h or 7d',
      recentTime,
      0,
    )
    .option('--dry-run', 'only show what would be removed')
    .addHelpText(
      'after',
      '\nExamples:\n  stubforge store gc --dry-run\n  stubforge store gc --keep-recent 30d --keep 2',
    )
    .action(
      run<{ keep: number; keepRecent: number; dryRun?: boolean }>(async (context, options) => {
        const { keep, keepRecent, dryRun = false } = options;
        const cleaned = await cleanStore(context.session, { keep, keepRecent, dryRun });
        const text =
          `${dryRun ? 'would remove' : 'removed'} ${cleaned.outputs} outputs, ` +
          `${cleaned.records} records, ${cleaned.files} files, ${cleaned.workspaces} build trees, ` +
          `${cleaned.prefixes} toolchain prefixes, ${cleaned.sandboxes} sandbox folders and ` +
          `${cleaned.leftovers + cleaned.temporaries} leftovers: ${formatBytes(cleaned.bytes)}`;
        context.result('store gc', cleaned, text);
        return 0;
      }),
    );

  command
    .command('export')
    .summary('write outputs and their records to an archive for another machine')
    .description(
      "Writes the newest outputs of units with their records. A build that wants a unit's output\n" +
        'looks for those of all that it needs first, so name these too, or none for all units.\n' +
        'A file that is there is replaced only where stubforge has exported it.',
    )
    .argument('<file>', '.tar, .tar.gz or .tar.zst')
    .argument('[unit...]', 'e.g. zlib:stubdom-i386 (default: all units of the store)')
    .addHelpText(
      'after',
      '\nExamples:\n  stubforge store export outputs.tar.zst\n  stubforge store export zlib.tar.gz zlib',
    )
    .action(
      run(async (context, _options, [file, ...units]) => {
        const path = resolve(file!);
        const names = units.map((unit) => formatUnit(unitArgument(unit)));
        const exported = await exportOutputs(context.session, path, names);
        const lines = [
          `${path} holds ${exported.outputs} outputs of ${exported.units.length} units: ${exported.files} files, ${formatBytes(exported.bytes)}`,
          ...exported.leftOut.map(
            (unit) => `${unit}: left out, gone; the next build makes it again`,
          ),
        ];
        context.result('store export', { file: path, ...exported }, lines.join('\n'));
        return 0;
      }),
    );

  command
    .command('import')
    .summary('take outputs from an exported archive')
    .description(
      'Takes outputs and records that `store export` wrote. All hashes are checked first; from an\n' +
        'archive that is damaged or made by something else, nothing is taken. Import only what you\n' +
        'would also run: tools in it are run by later builds.',
    )
    .argument('<file>', 'an archive that `store export` wrote')
    .addHelpText('after', '\nExamples:\n  stubforge store import outputs.tar.zst')
    .action(
      run(async (context, _options, [file]) => {
        const path = resolve(file!);
        const imported = await importOutputs(context.session, path);
        const { outputs, known, units } = imported;
        const text = `${outputs} outputs of ${units.length} units; ${known} were there already`;
        context.result('store import', { file: path, ...imported }, text);
        return 0;
      }),
    );
};

/** What `--keep-recent` says: `90s`, `30m`, `12h`, `7d` or `4w`, in seconds. Throws UserError. */
function recentTime(text: string): number {
  const seconds = parseQuantity(text, { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 });
  if (seconds !== undefined) return seconds;
  throw new UserError(
    {
      id: 'cli.invalid-option',
      message: `'${text}' is not a time`,
      help: 'write a number with s, m, h, d or w, e.g. 7d',
    },
    2,
  );
}

/** An output by the units that have it, or by its hash where no record names any. */
function named(units: readonly string[], output: string): string {
  return units.join(', ') || output.slice(0, 12);
}

export default define;
