/** What dpkg knows about the packages of the build machine. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Changes whenever a package does. */
export const packageStatus = '/var/lib/dpkg/status';

/** The installed packages, each thing read once; empty on systems without dpkg. */
export class PackageDatabase {
  readonly #found = new Map<string, string | undefined>();
  #text?: string;
  #dependencies?: Map<string, string[]>;
  #lists?: Map<string, string[]>;

  constructor(
    private readonly status = packageStatus,
    private readonly info = '/var/lib/dpkg/info',
  ) {}

  /** Whether this system has such a database. */
  get known(): boolean {
    return existsSync(this.status);
  }

  /** The version of an installed package; undefined when it is not installed. */
  version(name: string): string | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#look(name));
    return this.#found.get(name);
  }

  #look(name: string): string | undefined {
    this.#text ??= this.known ? `\n${readFileSync(this.status, 'latin1')}` : '';
    const text = this.#text;
    // With several architectures a package has several entries.
    const line = `\nPackage: ${name}\n`;
    for (let at = text.indexOf(line); at >= 0; at = text.indexOf(line, at + 1)) {
      const end = text.indexOf('\n\n', at);
      const entry = text.slice(at, end < 0 ? undefined : end);
      if (!/\nStatus: .* installed(\n|$)/.test(entry)) continue;
      const version = /\nVersion: (.*)/.exec(entry)?.[1];
      if (version !== undefined) return version;
    }
    return undefined;
  }

  /** These packages and all that they depend on. */
  withDependencies(names: Iterable<string>): Set<string> {
    this.#dependencies ??= readDependencies(this.known ? readFileSync(this.status, 'utf8') : '');
    const all = new Set(names);
    for (const name of all) {
      for (const other of this.#dependencies.get(name) ?? []) all.add(other);
    }
    return all;
  }

  /** The files and folders that a package has installed. */
  files(name: string): string[] {
    this.#lists ??= readLists(this.info);
    return (this.#lists.get(name) ?? []).flatMap((list) => readFileSync(list, 'utf8').split('\n'));
  }
}

/** Packages by name, with the names of those that each depends on. */
function readDependencies(status: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const entry of status.split('\n\n')) {
    const name = /^Package: (.*)$/m.exec(entry)?.[1];
    if (name === undefined) continue;
    // All alternatives count: those that are not installed have no files.
    const names = [...entry.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)].flatMap(([, text]) =>
      text!.split(/[,|]/).map((word) => word.trim().replace(/[ :(].*/, '')),
    );
    found.set(name, [...(found.get(name) ?? []), ...names]);
  }
  return found;
}

/** Packages by name, with the files that list what each has installed. */
function readLists(info: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(info)) {
    // A package that may be installed for several architectures has one of its names in the file's.
    const name = /^([^:]+)(?::.*)?\.list$/.exec(file)?.[1];
    if (name === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), join(info, file)]);
  }
  return found;
}
