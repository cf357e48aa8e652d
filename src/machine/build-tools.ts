import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import type { Emit } from '../events/event.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { searchPath } from './find-program.js';

/** Something that the build machine must have: how to check for it, and the package that has it. */
export interface BuildTool {
  name: string;
  /** The Debian package; some have another name on machines of another processor. */
  package: string | ((machine: string) => string);
  /** Checks whether it is installed; absent for a command, which has to be on PATH by its name. */
  present?: () => Promise<boolean>;
  /** The commands that a build which declares it may run; the one of its name when absent. */
  commands?: readonly string[];
}

/** GCC's driver looks for the assembler and the linker by these names. */
export const driverCommands = ['as', 'ld', 'ld.bfd'];

const compilerCommands = (prefix: string) =>
  [
    ...['gcc', 'cc', 'cpp', 'gcc-ar', 'gcc-nm', 'gcc-ranlib'],
    ...['addr2line', 'ar', 'as', 'c++filt', 'ld', 'nm', 'objcopy', 'objdump', 'ranlib', 'readelf'],
    ...['size', 'strings', 'strip'],
  ].map((name) => `${prefix}${name}`);

/** Debian's names of the packages for cross-compiling to amd64 have a suffix on other processors. */
const cross = (native: string, foreign: string) => (machine: string) =>
  machine === 'amd64' ? native : foreign;

/** Where the compiler finds its library for a width; empty where there is no compiler. */
async function libgccFor(width: '-m32' | '-m64'): Promise<string> {
  const words = [width, '-print-file-name=libgcc.a'];
  const { stdout } = await execa('x86_64-linux-gnu-gcc', words, { reject: false });
  return typeof stdout === 'string' ? stdout : '';
}

/**
 * Whether the library for 32 bits is installed, by the compiler's answers for 32 and for 64 bits: where it
 * is missing, the compiler names the other width's, or the file without a folder.
 */
export const hasLibgcc32 = (answer32: string, answer64: string) =>
  answer32.startsWith('/') && resolve(answer32) !== resolve(answer64);

const tools: readonly BuildTool[] = [
  {
    name: 'x86_64-linux-gnu-gcc',
    package: cross('gcc', 'gcc-x86-64-linux-gnu'),
    commands: [...compilerCommands('x86_64-linux-gnu-'), ...driverCommands],
  },
  {
    name: 'x86_64-linux-gnu-ld',
    package: cross('binutils', 'binutils-x86-64-linux-gnu'),
  },
  {
    name: 'libgcc for 32 bits',
    package: cross('lib32gcc-12-dev', 'lib32gcc-12-dev-amd64-cross'),
    present: async () => hasLibgcc32(await libgccFor('-m32'), await libgccFor('-m64')),
  },
  { name: 'gcc', package: 'gcc', commands: [...compilerCommands(''), ...driverCommands] },
  {
    name: 'g++',
    package: 'g++',
    commands: ['g++', 'c++', ...compilerCommands(''), ...driverCommands],
  },
  {
    name: 'libc6-dev',
    package: 'libc6-dev',
    commands: [],
    present: async () => existsSync('/usr/include/stdio.h'),
  },
  { name: 'make', package: 'make' },
  { name: 'meson', package: 'meson' },
  { name: 'ninja', package: 'ninja-build' },
  { name: 'cmake', package: 'cmake' },
  // Both pass their output through m4.
  { name: 'bison', package: 'bison', commands: ['bison', 'yacc', 'm4'] },
  { name: 'flex', package: 'flex', commands: ['flex', 'lex', 'm4'] },
  { name: 'perl', package: 'perl' },
  { name: 'python3', package: 'python3' },
  {
    name: 'autoconf',
    package: 'autoconf',
    commands: [
      ...['autoconf', 'autoheader', 'autom4te', 'autoreconf', 'autoscan', 'autoupdate', 'ifnames'],
      ...['m4', 'perl'],
    ],
  },
  {
    name: 'automake',
    package: 'automake',
    commands: ['automake', 'aclocal', 'automake-1.16', 'aclocal-1.16', 'perl'],
  },
  {
    name: 'libtool',
    package: 'libtool',
    commands: ['libtoolize'],
    present: async () => onPath('libtoolize'),
  },
  { name: 'patch', package: 'patch' },
  { name: 'dpkg-source', package: 'dpkg-dev' },
  { name: 'xz', package: 'xz-utils' },
  { name: 'bzip2', package: 'bzip2' },
  { name: 'zstd', package: 'zstd', commands: ['zstd', 'unzstd', 'zstdcat'] },
  { name: 'git', package: 'git' },
  { name: 'pkg-config', package: 'pkg-config' },
  { name: 'qemu-system-x86_64', package: 'qemu-system-x86' },
  { name: 'bwrap', package: 'bubblewrap' },
];

/** What every build needs, whatever the recipe and the toolchain. */
export const buildTools = ['make', 'dpkg-source', 'patch', 'xz', 'bzip2', 'pkg-config'];
/** What sandboxes builds, unless they run without a sandbox. */
export const sandboxTools = ['bwrap'];
/** What booting in the lab needs. */
export const labTools = ['qemu-system-x86_64'];

/** The folders in which builds look for commands: the system's own, not the user's. */
export const systemPath = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

const onPath = (command: string) =>
  [...systemPath, ...searchPath()].some((dir) => existsSync(join(dir, command)));

/** The tool of that name; a name without an entry is a command or package of the same name. */
function toolNamed(name: string): BuildTool {
  const known = tools.find((tool) => tool.name === name || tool.package === name);
  if (known) return known;
  const present = async () => onPath(name) || (await isInstalled(name));
  return crossTool(name) ?? { name, package: name, present };
}

/** Debian's packages of a compiler for another machine are named after what it compiles for. */
function crossTool(name: string): BuildTool | undefined {
  const [, prefix, command] = /^([a-z0-9_]+(?:-[a-z0-9_]+)+-)(gcc|ld)$/.exec(name) ?? [];
  if (prefix === undefined) return undefined;
  const machine = prefix.replaceAll('_', '-').slice(0, -1);
  return {
    name,
    package: `${command === 'gcc' ? 'gcc' : 'binutils'}-${machine}`,
    commands: command === 'gcc' ? [...compilerCommands(prefix), ...driverCommands] : [name],
  };
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout } = await execa('dpkg-query', ['-W', '-f=${Status}', name], { reject: false });
  return typeof stdout === 'string' && stdout.endsWith(' installed');
}

/** The commands that a build may run which declares these tools. */
export function commandsOf(names: Iterable<string>): string[] {
  return [...names].flatMap((name) => toolNamed(name).commands ?? [name]);
}

/** The tool that a build has to declare in order to run a command. */
export function toolWithCommand(command: string): string {
  return tools.find((tool) => (tool.commands ?? [tool.name]).includes(command))?.name ?? command;
}

/** Whether the machine has a command where builds without a sandbox would look for it. */
export const hasCommand = (command: string) =>
  systemPath.some((dir) => existsSync(join(dir, command)));

/** The named tools that are not installed. */
export async function missingTools(names: Iterable<string>): Promise<BuildTool[]> {
  const missing: BuildTool[] = [];
  for (const name of new Set(names)) {
    const tool = toolNamed(name);
    const present = tool.present ? await tool.present() : onPath(tool.name);
    if (!present) missing.push(tool);
  }
  return missing;
}

/** The Debian packages of the tools with these names. */
export const packageNames = (names: Iterable<string>): Promise<string[]> =>
  packagesFor([...names].map(toolNamed));

/** The names of the Debian packages that contain the tools, sorted. */
export async function packagesFor(missing: readonly BuildTool[]): Promise<string[]> {
  const { stdout } = await execa('dpkg', ['--print-architecture'], { reject: false });
  const machine = typeof stdout === 'string' ? stdout.trim() : 'amd64';
  const names = missing.map((tool) =>
    typeof tool.package === 'string' ? tool.package : tool.package(machine),
  );
  return [...new Set(names)].sort();
}

const aptLine = (packages: readonly string[]) =>
  `apt-get install --no-install-recommends ${packages.join(' ')}`;

const missingDiagnostic = (missing: readonly BuildTool[], help: string): Diagnostic => ({
  id: 'machine.missing-tools',
  message: `missing from this machine: ${missing.map((tool) => tool.name).join(', ')}`,
  help,
});

/** Throws UserError with the exact apt line when one of the named tools is missing. */
export async function requireTools(names: Iterable<string>): Promise<void> {
  const missing = await missingTools(names);
  if (missing.length === 0) return;
  const packages = aptLine(await packagesFor(missing));
  throw new UserError(
    missingDiagnostic(missing, `run stubforge setup, or install them by hand: ${packages}`),
  );
}

/**
 * Installs the named tools that are missing: with apt-get as root, or through sudo where that asks for
 * no password; otherwise throws UserError with the command to run. Resolves to the installed packages.
 */
export async function installTools(
  names: Iterable<string>,
  options: { emit: Emit; offline: boolean; signal: AbortSignal },
): Promise<string[]> {
  const missing = await missingTools(names);
  if (missing.length === 0) return [];
  const packages = await packagesFor(missing);
  const asRoot = process.getuid?.() === 0;
  const maySudo =
    !asRoot && (await execa('sudo', ['-n', 'true'], { reject: false })).exitCode === 0;
  if (options.offline || (!asRoot && !maySudo)) {
    const line = `${asRoot ? '' : 'sudo '}${aptLine(packages)}`;
    throw new UserError(missingDiagnostic(missing, `run: ${line}`));
  }
  const step = `installing ${packages.join(', ')}`;
  const started = Date.now();
  options.emit({ type: 'step-start', step });
  const { signal } = options;
  const apt = async (...words: string[]) => {
    const command = [
      ...(asRoot ? [] : ['sudo', '-n']),
      'apt-get',
      '-o',
      'DPkg::Lock::Timeout=300',
      '-q',
      '-y',
      ...words,
    ];
    const result = await execa(command[0]!, command.slice(1), {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      all: true,
      reject: false,
      cancelSignal: signal,
    });
    signal.throwIfAborted();
    return result;
  };
  const install = () => apt('install', '--no-install-recommends', ...packages);
  let result = await install();
  if (result.failed) {
    // A fresh machine has no package lists, and old lists name files that no longer exist.
    await apt('update');
    result = await install();
  }
  if (result.failed) {
    throw new UserError({
      id: 'machine.install-failed',
      message: `apt-get could not install ${packages.join(', ')}`,
      details: result.all?.split('\n').slice(-12),
      help: `fix what apt-get reports, then run: ${asRoot ? '' : 'sudo '}${aptLine(packages)}`,
    });
  }
  options.emit({ type: 'step-done', step, seconds: (Date.now() - started) / 1000 });
  return packages;
}
