/** What the build machine's apt configuration says: settings, archives, and which distro this is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../../util/diagnostic.js';

/** apt's settings by their lower-case names; lists have one value per item. */
export type AptSettings = ReadonlyMap<string, readonly string[]>;

/** An environment in which apt's tools print English, because their messages are parsed. */
export const aptEnvironment = { LC_ALL: 'C.UTF-8', LANGUAGE: '' };

/** Reads `apt-config dump`. Throws UserError when apt is missing or its configuration is broken. */
export async function readAptSettings(): Promise<AptSettings> {
  const result = await execa('apt-config', ['dump'], { reject: false, env: aptEnvironment });
  if (result.exitCode !== 0) {
    throw new UserError(
      result.code === 'ENOENT'
        ? {
            id: 'source.no-apt',
            message: 'apt-config not found: sources of the distro need apt',
            help: 'use Debian or a derivative of it, or give sources by url or git',
          }
        : {
            id: 'source.bad-apt-configuration',
            message: 'cannot read the apt configuration of this machine',
            details: result.stderr.split('\n').slice(0, 5),
          },
    );
  }
  const settings = new Map<string, string[]>();
  for (const line of result.stdout.split('\n')) {
    const match = /^(\S+?)(?:::)? "(.*)";$/.exec(line);
    if (!match) continue;
    const name = match[1]!.toLowerCase();
    const values = settings.get(name) ?? [];
    if (match[2] !== '') values.push(match[2]!);
    settings.set(name, values);
  }
  return settings;
}

/**
 * A path that apt's settings give by parts, e.g. `Dir::Etc::sourceparts`: each part is relative to
 * the one above it.
 */
export function aptPath(settings: AptSettings, name: string): string {
  const parts = name.toLowerCase().split('::');
  let path = '';
  for (let length = parts.length; length > 0; length--) {
    const value = settings.get(parts.slice(0, length).join('::'))?.[0];
    if (value) path = join(value, path);
    if (value?.startsWith('/')) break;
  }
  return path || '/';
}

/** What `/etc/os-release` says, as far as it matters here. */
export interface Distro {
  /** `ID` and `ID_LIKE` in lower case: how the distro and those that it derives from are named. */
  names: string[];
  /** `VERSION_CODENAME`, where the distro has one. */
  codename?: string;
}

export async function readDistro(file = '/etc/os-release'): Promise<Distro> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line);
    if (match) fields.set(match[1]!, match[2]!);
  }
  const names = `${fields.get('ID') ?? 'debian'} ${fields.get('ID_LIKE') ?? ''}`;
  return {
    names: names.toLowerCase().split(/\s+/).filter(Boolean),
    codename: fields.get('VERSION_CODENAME') || undefined,
  };
}

/** Whether an archive with this Origin belongs to the distro (`Debian`, `Debian Backports`, …). */
export function isDistroOrigin(origin: string | undefined, distro: Distro): boolean {
  return distro.names.includes((origin ?? '').toLowerCase().split(/\s+/)[0]!);
}
