/**
 * The test programs of others, and ours, as guests: each is packed as an image with the data that
 * it reads, booted, and its ending held against guest-suites.yaml.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { beforeAll, describe, expect, test } from 'vitest';
import { collectFiles } from '../../src/artifacts/image/collect-files.js';
import { type PackedFile, S_IFREG } from '../../src/artifacts/image/files-segment.js';
import { packImage } from '../../src/artifacts/image/pack-image.js';
import { type BootResult, bootImage } from '../../src/lab/boot-image.js';
import { writeFileAtomic } from '../../src/util/files.js';
import {
  argumentsOf,
  countEndings,
  differenceFrom,
  endingOf,
  expectedEnding,
  fileOf,
  type Program,
  programsOf,
  readSuites,
  type Suite,
  stalePatterns,
} from '../support/guest-suites.js';
import { lacks, qemuPackages } from '../support/lacks.js';
import { isExhaustive, sample } from '../support/sample.js';
import { stubforge, stubforgeJson } from '../support/stubforge.js';

const noLab = lacks(...qemuPackages, 'bison', 'flex');
const architectures = ['stubdom-amd64', 'stubdom-i386'] as const;
const suites = readSuites().filter(({ exhaustive }) => isExhaustive || !exhaustive);
/** In a sample the programs of others are built for one architecture. */
const architecturesOf = ({ recipe }: Suite) =>
  isExhaustive || recipe === 'libc-selftest' ? architectures : architectures.slice(0, 1);
const labs = ['pvh', 'xen'] as const;
const labsOf = ({ programs }: Suite) =>
  labs.filter((under) => under === 'pvh' || Object.values(programs).some(({ xen }) => xen));
const MiB = 1024 * 1024;

interface Ran {
  result: BootResult;
  lines: string[];
}

describe.skipIf(noLab)('test programs as guests', () => {
  let outputs: Record<string, { output: string }>;

  beforeAll(async () => {
    outputs = {};
    for (const architecture of architectures) {
      const recipes = suites
        .filter((suite) => architecturesOf(suite).includes(architecture))
        .map(({ recipe }) => recipe);
      const words = ['build', ...recipes, 'xen-hypervisor', 'xen-hypervisor-pv32'];
      const built = await stubforgeJson<{ outputs: typeof outputs }>([
        ...words,
        ...['--arch', architecture],
      ]);
      expect(built.exitCode, built.stderr).toBe(0);
      Object.assign(outputs, built.value.outputs);
    }
  });

  const folderOf = (suite: Suite, architecture: string) =>
    join(outputs[`${suite.recipe}:${architecture}`]!.output, suite.folder);

  const hypervisorOf = (architecture: string) =>
    architecture === 'stubdom-i386'
      ? join(outputs['xen-hypervisor-pv32:native']!.output, 'usr/lib/xen/boot/xen-pv32.gz')
      : join(outputs['xen-hypervisor:native']!.output, 'usr/lib/xen/boot/xen.gz');

  test('a program of a recipe boots by its name', async () => {
    const words = ['boot', 'libc-selftest', '--under', 'pvh', '--program'];
    const ran = await stubforge([...words, 'strtod']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/^ *\| \d+ checks, 0 failed$/m);
    const misspelt = await stubforge([...words, 'strtodd']);
    expect(misspelt.exitCode).toBe(1);
    expect(misspelt.stderr).toContain("did you mean 'strtod'?");
    const unnamed = await stubforge(words.slice(0, 2));
    expect(unnamed.stderr).toContain('stubforge boot libc-selftest --program NAME');
  });

  describe.each(suites.map((suite) => [suite.recipe, suite] as const))('%s', (_recipe, suite) => {
    test('lists every program that the recipe installs', async () => {
      for (const architecture of architecturesOf(suite)) {
        const folder = folderOf(suite, architecture);
        const { programs } = await contentOf(folder);
        const names = await namesOf(suite, folder);
        const rows = programsOf(suite, names);
        const files = Object.entries(rows).map(([name, program]) => fileOf(name, program));
        expect(programs).toEqual([...new Set(files)].sort());
        expect(stalePatterns(suite, names)).toEqual([]);
        if (suite.list) expect(countEndings(rows)).toEqual(suite.list.counts);
      }
    });

    for (const under of labsOf(suite)) {
      test.each(architecturesOf(suite))(
        `ends as expected under ${under}, for %s`,
        async (architecture) => {
          const folder = folderOf(suite, architecture);
          const programs = programsOf(suite, await namesOf(suite, folder));
          const all = Object.entries(programs).filter(([, program]) => {
            const chosen =
              under === 'xen' ? program.xen : architecture === architectures[0] || !program.slow;
            return chosen && expectedEnding(program) && (isExhaustive || !program.slow);
          });
          const chosen = sample(all, suite.sample);
          expect(chosen.length).toBeGreaterThan(0);
          const hypervisor = under === 'xen' ? hypervisorOf(architecture) : undefined;
          const files = await dataOf(suite, folder);
          const limit = pLimit(2);
          const surprises = await Promise.all(
            chosen.map(([name, program]) =>
              limit(async () => {
                const what = { suite, name, program, folder };
                return surprise(what, await bootProgram({ ...what, files, under, hypervisor }));
              }),
            ),
          );
          expect(surprises.filter(Boolean).join('\n\n')).toBe('');
        },
      );
    }
  });
});

/** What is in a folder of test programs: the programs, by their ELF header, and all else. */
async function contentOf(folder: string): Promise<{ programs: string[]; others: string[] }> {
  const programs: string[] = [];
  const others: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const isElf =
      entry.isFile() && (await readFile(join(folder, entry.name))).subarray(1, 4).equals(ELF);
    (isElf ? programs : others).push(entry.name);
  }
  return { programs: programs.sort(), others: others.sort() };
}
const ELF = Buffer.from('ELF');

/** The names of the tests in the suite's list; none where it has no list. */
async function namesOf({ list }: Suite, folder: string): Promise<string[]> {
  if (!list) return [];
  return (await readFile(join(folder, list.file), 'utf8')).trimEnd().split('\n');
}

async function dataOf(suite: Suite, folder: string): Promise<PackedFile[]> {
  const { others } = await contentOf(folder);
  const copies = Object.entries(suite.copies).map(([guestPath, name]) => ({ guestPath, name }));
  const beside = await collectFiles(
    [...others.map((name) => ({ guestPath: `/${suite.folder}/${name}`, name })), ...copies].map(
      ({ guestPath, name }) => ({ sourcePath: join(folder, name), guestPath }),
    ),
  );
  const named = Object.entries(suite.files).map(([path, text]) => ({
    path,
    // Programs are looked for by their permissions, and so must what is none be told by them.
    mode: S_IFREG | (path.startsWith('/bin/') ? 0o755 : 0o644),
    content: Buffer.from(text),
  }));
  return [...beside, ...named];
}

interface Run {
  suite: Suite;
  name: string;
  program: Program;
  /** Where the recipe has put the programs. */
  folder: string;
}

async function bootProgram(
  run: Run & {
    files: PackedFile[];
    under: (typeof labs)[number];
    hypervisor?: string;
  },
): Promise<Ran> {
  const { suite, name, program } = run;
  const directory = await mkdtemp(join(tmpdir(), 'stubforge-guest-'));
  try {
    const image = join(directory, 'image');
    const elf = await readFile(join(run.folder, fileOf(name, program)));
    const words = argumentsOf(suite, name, program);
    await writeFileAtomic(image, packImage({ elf, files: run.files, arguments: words, date: 0 }));
    const lines: string[] = [];
    const result = await bootImage(
      {
        image,
        under: run.under,
        hypervisor: run.hypervisor,
        memory: (program.memory ?? suite.memory) * MiB,
        accelerator: 'tcg',
        timeout: 300,
      },
      {
        emit: (event) => {
          if (event.type === 'console') lines.push(event.line);
        },
        signal: new AbortController().signal,
      },
    );
    return { result, lines };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What is unexpected about an ending, or nothing. */
async function surprise(run: Run, { result, lines }: Ran): Promise<string | undefined> {
  const { suite, name, program } = run;
  const expected = expectedEnding(program);
  const seen = endingOf(result, lines, suite.list !== undefined);
  if (seen !== expected) {
    return [
      `${name}: ${seen} and not ${expected} (${result.detail})`,
      ...lines.slice(-12).map((line) => `  ${line}`),
    ].join('\n');
  }
  if (program.output === undefined) return undefined;
  const text = await readFile(join(run.folder, program.output), 'utf8');
  const difference = differenceFrom(text, lines);
  return difference && `${name}: ${difference}`;
}
