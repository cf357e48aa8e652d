/**
 * The archives that the build machine's apt knows, from `sources.list` and `sources.list.d` in both
 * formats (sources.list(5)). Each is rendered again, for a private apt state, with its options kept.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseStanza, splitStanzas } from '../deb822.js';
import { type AptSettings, aptPath, type Distro } from './apt-config.js';

/** One base URI and one suite of an entry: what one signed Release file covers. */
export interface Archive {
  /** Without a slash at its end. */
  uri: string;
  suite: string;
  components: readonly string[];
  /** Options, named as in deb822 files in lower case; values as they were written. */
  options: readonly (readonly [string, string])[];
}

/** What a private apt state is made to index. */
export type IndexKind = { type: 'source' } | { type: 'binary'; architecture: string };

/**
 * Options that would let apt accept unsigned indexes, and those that say what to index, which is decided
 * here.
 */
const droppedOptions = new Set([
  'trusted',
  'allow-insecure',
  'allow-weak',
  'allow-downgrade-to-insecure',
  'architectures',
  'languages',
  'targets',
]);

/** Names that differ between the one-line format and deb822. */
const longNames: Record<string, string> = {
  arch: 'architectures',
  lang: 'languages',
  target: 'targets',
};

/** Reads all enabled entries of the machine, in apt's order, without repetitions. */
export async function readArchives(settings: AptSettings): Promise<Archive[]> {
  const parts = aptPath(settings, 'Dir::Etc::sourceparts');
  const names = await readdir(parts).catch(() => [] as string[]);
  const files = [
    aptPath(settings, 'Dir::Etc::sourcelist'),
    ...names
      .filter((name) => /^[A-Za-z0-9_.-]+\.(list|sources)$/.test(name))
      .sort()
      .map((name) => join(parts, name)),
  ];
  const archives = new Map<string, Archive>();
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const found = file.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text);
    for (const archive of found) {
      // `deb` and `deb-src` lines of the same archive are one: both kinds are indexed anyway.
      const id = JSON.stringify([archive.uri, archive.suite]);
      const known = archives.get(id);
      const components = [...new Set([...(known?.components ?? []), ...archive.components])];
      archives.set(id, { ...(known ?? archive), components });
    }
  }
  return [...archives.values()];
}

/** Parses `.list` files: `deb [option=value …] uri suite component…`. */
export function parseOneLine(text: string): Archive[] {
  const archives: Archive[] = [];
  for (const line of text.split('\n')) {
    const entry = line.replace(/#.*$/, '').trim();
    const match = /^deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?((?:cdrom:\[[^\]]*\])?\S+)\s+(.*)$/.exec(
      entry,
    );
    if (!match) continue;
    const options = [...(match[1] ?? '').matchAll(/([A-Za-z-]+)[+-]?=(\S+)/g)].map(
      ([, name, value]) => {
        const short = name!.toLowerCase();
        return [longNames[short] ?? short, value!] as const;
      },
    );
    const [suite, ...components] = match[3]!.split(/\s+/);
    archives.push({ uri: match[2]!.replace(/\/+$/, ''), suite: suite!, components, options });
  }
  return archives;
}

/** Parses `.sources` files. */
export function parseDeb822(text: string): Archive[] {
  const archives: Archive[] = [];
  // A line that starts with # is a comment, also in the middle of a field.
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  for (const stanza of splitStanzas(lines.join('\n'))) {
    const fields = parseStanza(stanza);
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (/^(no|false|off|0|without|disable)$/i.test(fields.get('enabled')?.trim() ?? '')) continue;
    if (!words('types').some((type) => type === 'deb' || type === 'deb-src')) continue;
    const own = new Set(['types', 'uris', 'suites', 'components', 'enabled']);
    const options = [...fields].filter(([name]) => !own.has(name) && !name.startsWith('x-'));
    for (const uri of words('uris')) {
      for (const suite of words('suites')) {
        archives.push({
          uri: uri.replace(/\/+$/, ''),
          suite,
          components: words('components'),
          options,
        });
      }
    }
  }
  return archives;
}

/** A `.sources` file with which apt indexes only this kind, and insists on signatures. */
export function renderArchive(archive: Archive, kind: IndexKind): string {
  const lines = [
    `Types: ${kind.type === 'source' ? 'deb-src' : 'deb'}`,
    `URIs: ${archive.uri}`,
    `Suites: ${archive.suite}`,
    ...(archive.components.length > 0 ? [`Components: ${archive.components.join(' ')}`] : []),
    `Targets: ${kind.type === 'source' ? 'Sources' : 'Packages'}`,
    ...(kind.type === 'binary' ? [`Architectures: ${kind.architecture}`] : []),
  ];
  for (const [name, value] of archive.options) {
    if (!droppedOptions.has(name)) lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Whether the archive can be the distro's, by the name of its suite. The Origin of its Release file
 * decides; this only avoids reading archives that cannot be the distro's.
 */
export function maybeDistro(archive: Archive, distro: Distro): boolean {
  const suite = archive.suite.replace(/\/.*$/, '');
  if (distro.codename && suite.startsWith(distro.codename)) return true;
  return (
    /^[a-z]+(-(security|updates|proposed|proposed-updates|backports|backports-sloppy))?$/.test(
      suite,
    ) && archive.components.some((component) => /^(main|universe|restricted)$/.test(component))
  );
}
