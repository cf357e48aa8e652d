import { resolve } from 'node:path';
import { lockNamed } from '../../app/lock-named.js';
import { fetchNeeded, sourcesOf } from '../../app/sources.js';
import { listSources } from '../../source/list-sources.js';
import { readLock } from '../../source/lock-file.js';
import { mirrorSources } from '../../source/mirror-sources.js';
import { alignColumns, formatBytes } from '../../util/format.js';
import type { Define } from '../context.js';

const define: Define = (command, run) => {
  command
    .command('lock')
    .summary('choose versions and write them to stubforge.lock')
    .description(
      'Looks up the sources in the archives that apt is configured for, downloads them, and writes\n' +
        'versions and hashes to stubforge.lock. Sources that are locked already stay as they are.',
    )
    .argument('[recipe...]', 'whose sources to lock (default: all recipes)')
    .option('--update', 'also look for newer versions of what is locked')
    .addHelpText(
      'after',
      '\nExamples:\n  stubforge source lock\n  stubforge source lock --update zlib',
    )
    .action(
      run<{ update?: boolean }>(async (context, options, names) => {
        const locked = await lockNamed(context.session, names, { update: options.update });
        const lines = locked.changes.map(({ id, version, before: old }) =>
          old ? `${id} ${old} -> ${version}` : `${id} ${version}`,
        );
        const text = lines.length > 0 ? lines.join('\n') : 'all sources are locked already';
        context.result('source lock', locked, text);
        return 0;
      }),
    );

  command
    .command('fetch')
    .summary('download what the lock names')
    .description('Downloads the sources of recipes and of all that they need, checked by hash.')
    .argument('[recipe...]', 'what is to be built (default: all recipes)')
    .addHelpText(
      'after',
      '\nAfterwards build --offline works. With a mirror folder (see: stubforge source mirror --help)\n' +
        'nothing is downloaded that the folder has.\n\nExamples:\n  stubforge source fetch\n' +
        '  STUBFORGE_MIRROR=/media/usb/sources stubforge source fetch --offline',
    )
    .action(
      run(async (context, _options, names) => {
        const { specs, lock } = await fetchNeeded(context.session, names);
        const rows = await listSources(context.session.project, specs, lock);
        const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
        const text = `${rows.length} sources are here, ${formatBytes(bytes)}`;
        context.result('source fetch', { sources: rows }, text);
        return 0;
      }),
    );

  command
    .command('mirror')
    .summary('copy sources into a folder for machines without a network')
    .description(
      'Copies the sources of recipes and of all that they need into a plain folder: files of the\n' +
        "distro by their paths in the archive's pool, others below url/ and git/.",
    )
    .argument('<dir>', 'the folder; what is in it already is kept')
    .argument('[recipe...]', 'what is to be built (default: all recipes)')
    .addHelpText(
      'after',
      '\nAnother machine with the same recipes and stubforge.lock builds from it when\n' +
        'STUBFORGE_MIRROR names the folder; every file is checked by hash.\n\nExamples:\n' +
        '  stubforge source mirror /media/usb/sources\n' +
        '  STUBFORGE_MIRROR=/media/usb/sources stubforge build --offline hello',
    )
    .action(
      run(async (context, _options, [dir, ...names]) => {
        const { specs, lock } = await fetchNeeded(context.session, names);
        const folder = resolve(dir!);
        const { files, commits, bytes } = await mirrorSources(
          context.session.project,
          lock,
          specs,
          folder,
        );
        const text = `${folder} holds ${files} files (${formatBytes(bytes)}) and ${commits} git commits`;
        context.result('source mirror', { folder, files, commits, bytes }, text);
        return 0;
      }),
    );

  command
    .command('list')
    .summary('show what is locked and what is downloaded')
    .description('Lists the sources of all recipes with version, size and state.')
    .argument('[recipe...]', 'whose sources to list (default: all recipes)')
    .addHelpText('after', '\nExamples:\n  stubforge source list\n  stubforge source list --json')
    .action(
      run(async (context, _options, names) => {
        const specs = await sourcesOf(context.session, names, 'named');
        const rows = await listSources(
          context.session.project,
          specs,
          await readLock(context.session.project),
        );
        const lines = alignColumns(
          rows.map((row) => [
            row.id,
            row.version,
            row.bytes ? formatBytes(row.bytes) : '',
            row.state,
          ]),
        );
        context.result('source list', { sources: rows }, lines.join('\n'));
        return 0;
      }),
    );
};

export default define;
