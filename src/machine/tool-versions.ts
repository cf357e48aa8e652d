/** Which versions of the build machine's programs a build runs, according to the distro's packages. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sha256 } from '../util/hash.js';
import { systemPath } from './build-tools.js';
import type { PackageDatabase } from './package-database.js';

/**
 * Of the commands that every build may use without declaring them, one for each package whose version
 * can show in an output. Others, such as hostname and which, leave no trace there.
 */
export const shellTools: readonly string[] = [
  ...['sh', 'bash', 'ls', 'sed', 'grep', 'awk', 'find', 'diff', 'patch'],
  ...['tar', 'gzip', 'xz', 'bzip2'],
];

/**
 * Commands whose file is in a package of a different name. That need not be the one to install for it, which
 * `build-tools.ts` names: perl's file is in perl-base. The names are parts of keys.
 */
const packageOfCommand: Readonly<Record<string, string>> = {
  sh: 'dash',
  ls: 'coreutils',
  find: 'findutils',
  diff: 'diffutils',
  ninja: 'ninja-build',
  'dpkg-source': 'dpkg-dev',
  'dpkg-deb': 'dpkg',
  xz: 'xz-utils',
  perl: 'perl-base',
  'pkg-config': 'pkgconf-bin',
  flock: 'util-linux',
};

/** Where a compiler's parts are, besides the driver's own package. */
const behindCompiler = (version: string) => [
  `cpp-${version}`,
  `libgcc-${version}-dev`,
  'binutils-x86-64-linux-gnu',
  'libc6-dev',
  'linux-libc-dev',
];

/** The versions of the build machine's programs; each is looked at once. */
export class ToolVersions {
  readonly #versions = new Map<string, string | undefined>();

  constructor(private readonly packages: PackageDatabase) {}

  /**
   * For each command or package name the packages behind it with their versions. What belongs to no
   * package, such as a program in /usr/local, is identified by the hash of its file; what is not
   * installed at all is left out: the build reports it.
   */
  versions(names: readonly string[]): Record<string, string> {
    const versions: Record<string, string> = {};
    for (const name of names) {
      if (!this.#versions.has(name)) this.#versions.set(name, versionOf(name, this.packages));
      const version = this.#versions.get(name);
      if (version !== undefined) versions[name] = version;
    }
    return versions;
  }
}

function versionOf(name: string, packages: PackageDatabase): string | undefined {
  const path = commandPath(name);
  if (path?.startsWith('/usr/local/')) return `SHA-256 ${sha256(readFileSync(path))}`;
  const behind = packagesBehind(name, path);
  const known = behind.map((each) => [each, packages.version(each)] as const);
  // The first is the command's own; some of the others may be missing.
  if (known[0]?.[1] !== undefined) {
    return known.flatMap(([each, version]) => (version ? [`${each} ${version}`] : [])).join(', ');
  }
  return path === undefined ? undefined : `SHA-256 ${sha256(readFileSync(path))}`;
}

/** The command's file, with links followed: `awk` may be mawk or gawk, `gcc` is of some version. */
function commandPath(name: string): string | undefined {
  for (const dir of systemPath) {
    const path = join(dir, name);
    if (existsSync(path)) return realpathSync(path);
  }
  return undefined;
}

function packagesBehind(name: string, path: string | undefined): string[] {
  const file = path === undefined ? name : basename(path);
  const compiler = /^(?:x86_64-linux-gnu-)?gcc-([0-9]+)$/.exec(file);
  if (compiler) return [`gcc-${compiler[1]}`, ...behindCompiler(compiler[1]!)];
  // Scripts run by an interpreter count with it.
  if (name === 'python3') return [file];
  if (name === 'meson') return ['meson', basename(commandPath('python3') ?? 'python3')];
  if (name === 'awk') return [file];
  return [packageOfCommand[name] ?? name];
}
