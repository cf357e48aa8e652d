import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';
import { anything, theNetwork } from './missing.js';
import { testState } from './stubforge.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Debian packages, and more, that the machine lacks and that could not be installed. */
    missing: string[];
  }
}

/** What only tests use: images of others, keys for an archive of their own, the native zlib. */
const testPackages = ['grub-xen-bin', 'grub-common', 'gpg', 'zlib1g-dev', 'autotools-dev'];

interface Lacking {
  packages: string[];
  network: boolean;
  sources: boolean;
}

/** The same for all kinds of tests of a run, each of which is set up by itself. */
const found = 'STUBFORGE_TEST_LACKING';

export default async function setup({ name, provide }: TestProject) {
  process.env[found] ??= JSON.stringify(await look());
  const { packages, network, sources } = JSON.parse(process.env[found]) as Lacking;
  if (name === 'integration') return provide('missing', packages);
  // All others build with the distro's sources.
  const more = [network && theNetwork, network && sources && anything].filter((each) => !!each);
  provide('missing', [...packages, ...more] as string[]);
}

/** Compiles stubforge, installs the tools where it may, and finds out what is missing. */
async function look(): Promise<Lacking> {
  const packages = await missingPackages();
  const network = !(await hasNetwork());
  const sources = network && !(await hasSources());
  if (network) {
    const skipped = sources ? 'builds and boots are skipped' : 'tests that need it are skipped';
    console.log(`The distro's archive cannot be reached: ${skipped}.`);
  }
  return { packages, network, sources };
}

async function missingPackages(): Promise<string[]> {
  // The first call of the launcher also compiles the TypeScript that tests run as a program.
  const words = ['setup', ...testPackages];
  const installed = await execa('./stubforge', words, { reject: false, stdio: 'inherit' });
  if (installed.exitCode === 0) return [];
  const value = await resultOf<{ missing: string[] }>([...words, '--check']);
  return value?.missing ?? [anything];
}

/** Whether a file of the distro's archive can be downloaded, the way apt does it. */
async function hasNetwork(): Promise<boolean> {
  const options = { reject: false, timeout: 60_000 } as const;
  const update = await execa('apt-get', ['update', '--print-uris'], options);
  const uri = /^'([^']+\/InRelease)'/m.exec(update.stdout)?.[1];
  if (!uri) return false;
  const folder = await mkdtemp(join(tmpdir(), 'stubforge-network-'));
  const words = ['download-file', uri, join(folder, 'InRelease')];
  const ran = await execa('/usr/lib/apt/apt-helper', words, { ...options, cwd: folder });
  await rm(folder, { recursive: true });
  return ran.exitCode === 0;
}

/** Whether everything that the recipes are built from has been downloaded before. */
async function hasSources(): Promise<boolean> {
  const value = await resultOf<{ sources: { state: string }[] }>(['source', 'list']);
  return value?.sources.every(({ state }) => state === 'downloaded') ?? false;
}

async function resultOf<Value>(words: readonly string[]): Promise<Value | undefined> {
  const { stdout } = await execa('./stubforge', [...words, '--json'], {
    reject: false,
    env: { STUBFORGE_HOME: testState },
  });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { type: string; value?: Value })
    .find((event) => event.type === 'result')?.value;
}
