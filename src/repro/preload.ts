/** The library that shows the programs of a second build another date and another order of files. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { distroCommand } from '../machine/find-program.js';
import { type Project, packageRoot } from '../project/project.js';
import { UserError } from '../util/diagnostic.js';
import { temporaryBeside } from '../util/files.js';
import { canonicalJson, sha256 } from '../util/hash.js';
import { stampOf } from '../util/stamps.js';
import { daysLater, type Preload } from './variations.js';

const secondsLater = daysLater * 86_400;

const sources = join(packageRoot, 'share/check');

const help = 'install a compiler: apt-get install --no-install-recommends gcc libc6-dev';

/** What is asked in a try, and what encloses it must not change: the machine's own programs. */
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Compiles the library by the machine's own compiler, once for each of its versions, and sees that it
 * has its effect. Where that does not work, says why.
 */
export async function preloadLibrary(
  project: Project,
  { signal, compiler }: { signal: AbortSignal; compiler?: string },
): Promise<Preload> {
  try {
    const gcc = compiler ?? (await distroCommand('gcc'));
    if (!gcc)
      throw new UserError({ id: 'check.no-compiler', message: 'there is no compiler', help });
    const file = await compiled(project, gcc, signal);
    await requireEffect(file, signal);
    return { file };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    const lacking = error.diagnostics.map((each) => ({
      ...each,
      message: `the date and the order of files cannot be varied: ${each.message}`,
    }));
    return { lacking };
  }
}

async function compiled({ state }: Project, gcc: string, signal: AbortSignal): Promise<string> {
  const names = (await readdir(sources)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(sources, name), 'utf8')));
  const identity = sha256(canonicalJson({ names, texts, secondsLater, gcc: stampOf(gcc) }));
  const folder = state.preloads;
  const file = join(folder, `${identity.slice(0, 16)}.so`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const staging = temporaryBeside(file);
  try {
    const files = names.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
    const options = ['-shared', '-fPIC', '-O2', `-DSECONDS_LATER=${secondsLater}LL`];
    const { failed, stderr } = await execa(gcc, [...options, '-o', staging, ...files, '-ldl'], {
      env: environment,
      extendEnv: false,
      reject: false,
      cancelSignal: signal,
    });
    if (failed) {
      throw new UserError({
        id: 'check.compiler-fails',
        message: 'the compiler fails on a small library',
        details: firstLines(stderr),
        help,
      });
    }
    await rename(staging, file);
  } finally {
    await rm(staging, { force: true });
  }
  return file;
}

/** Throws UserError when the machine's own programs do not notice the library. */
async function requireEffect(file: string, signal: AbortSignal): Promise<void> {
  const ask = async (command: string, preload: boolean) => {
    const { stdout, stderr } = await execa('sh', ['-c', command], {
      env: { ...environment, ...(preload && { LD_PRELOAD: file }) },
      extendEnv: false,
      reject: false,
      cancelSignal: signal,
    });
    return { lines: stdout.split('\n'), stderr };
  };
  const command = `date +%s; ls -U ${sources}`;
  const [usual, other] = [await ask(command, false), await ask(command, true)];
  const ahead = Number(other.lines[0]) - Number(usual.lines[0]);
  const order = other.lines.slice(1).reverse();
  if (ahead >= secondsLater && order.join('\n') === usual.lines.slice(1).join('\n')) return;
  throw new UserError({
    id: 'check.preload-without-effect',
    message: 'the programs of this machine do not notice a preloaded library',
    details: firstLines(other.stderr),
  });
}

const firstLines = (text: string) => text.split('\n').filter(Boolean).slice(0, 6);
