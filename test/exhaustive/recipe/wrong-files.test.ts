/**
 * Wrong recipes, build systems, toolchains and lock files, each field wrong in each way: there is always a
 * diagnostic that names the file, never an exception, and what lint finds in order can be planned.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchema } from '../../../src/app/json-schema.js';
import { Session } from '../../../src/app/session.js';
import { loadCatalogue } from '../../../src/engine/catalogue.js';
import { planWorld } from '../../../src/engine/plan-inputs.js';
import { isBuiltUnit } from '../../../src/plan/unit.js';
import { unitGraph } from '../../../src/plan/unit-graph.js';
import { unitKey } from '../../../src/plan/unit-key.js';
import { findProject, type Project, packageRoot } from '../../../src/project/project.js';
import { expandPhases } from '../../../src/recipe/build-system.js';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';
import { lockFileSchema, readLock } from '../../../src/source/lock-file.js';
import { loadToolchain } from '../../../src/toolchain/load-toolchains.js';
import { type Diagnostic, renderDiagnostic, UserError } from '../../../src/util/diagnostic.js';
import { parseYaml } from '../../../src/yaml/yaml-file.js';
import { sample } from '../../support/sample.js';
import { temporaryTree } from '../../support/temporary.js';
import {
  chooseMutations,
  type Known,
  type Mutation,
  rightDocuments,
  yamlOf,
} from '../../support/wrong-files.js';

const architectures = ['stubdom-amd64', 'stubdom-i386'];
const described = ({ path, what }: Mutation) => `${path.join('.') || 'the document'}: ${what}`;

/** What is wrong with a report itself; the empty list for a good one. */
function complaints(diagnostics: readonly Diagnostic[]): string[] {
  const text = diagnostics.map((each) => renderDiagnostic(each)).join('\n');
  return [
    ...(diagnostics.every(({ span }) => span?.file) ? [] : ['no file']),
    // What is missing stands on no line.
    ...(diagnostics.every(
      ({ span, message }) => span?.line || /missing|empty|is not locked/.test(message),
    )
      ? []
      : ['no line']),
    ...(diagnostics.every((each) => renderDiagnostic(each).length < 1500) ? [] : ['too long']),
    ...(/(?!\n|\t)\p{Cc}/u.test(text) ? ['control characters'] : []),
  ].map((each) => `${each}: ${text}`);
}

/** The document with the name that its file gives it, unless the mutation is of the name. */
const named = (document: unknown, name: string) =>
  typeof document === 'object' && document !== null && 'name' in document && document.name === 'a'
    ? { ...document, name }
    : document;

/** Tells of a mutation what must not be: an exception, or a diagnostic that says too little. */
async function outcome(mutation: Mutation, work: () => unknown): Promise<string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    const found =
      error instanceof UserError ? complaints(error.diagnostics) : [(error as Error).stack];
    return found.map((each) => `${described(mutation)}: ${each}`);
  }
}

async function projectIn(files: Record<string, string>): Promise<Project> {
  const directory = await temporaryTree({ 'recipes/extra/file': '', ...files });
  return findProject({ directory, stateDir: join(directory, 'state') });
}

/** Does with recipes all that planning does before anything is built, short of asking for tools. */
async function planner(project: Project) {
  const session = new Session({ project, emit: () => {}, offline: true });
  const catalogue = await loadCatalogue(project, session.memo);
  const { machine, cache, memo } = session;
  const lock = await readLock(project);
  const world = planWorld({ machine, cache, memo, lock, sandbox: 'none' });
  const { recipes } = catalogue;
  const plan = async (name: string) => {
    for (const architecture of architectures) {
      if (!recipes.supports(name, architecture)) continue;
      const unit = [...unitGraph(catalogue, [{ recipe: name, architecture }]).values()].at(-1)!;
      if (isBuiltUnit(unit)) expandPhases(unit.buildSystem, unit.recipe, {});
      unitKey(unit, { ...(await world.inputs(unit)), outputs: {} });
    }
  };
  /** Lints and, where that finds nothing, plans; true for a recipe that is in order. */
  const judge = async (name: string) => {
    const found = [...recipes.diagnosticsOf(name), ...recipes.cycles([name])];
    if (found.length > 0) throw new UserError(found);
    await plan(name);
  };
  return { recipes, judge };
}

const hash = '0'.repeat(64);
const lockedFile = { name: 'a.tar.gz', size: 1, sha256: hash, path: 'a/a.tar.gz' };
const locked = { version: '1', files: [lockedFile], index: { suite: 'a', release: hash } };
/** Entries for the sources that stand in the right recipes. */
const lockText = yamlOf({
  format: 1,
  sources: Object.fromEntries(
    ['debian:zlib', 'debian:zlib/a', 'debian-binary:zlib:a', 'debian-binary:zlib:a/a'].map((id) => [
      id,
      locked,
    ]),
  ),
});

const knownOfRecipes: Known = (path) => {
  const field = path.replace(/^stubdom-i386\./, '');
  // One block is like another.
  if (/^(?!stubdom-i386)[a-z0-9]+-(?:amd64|i386)$/.test(field)) return [];
  switch (field) {
    case 'architectures':
      return [architectures];
    case 'kind':
      // A tool would need tools.
      return ['library', 'program'];
    case 'bootstrap':
      return [false];
    case 'needs.0':
    case 'program.recipe':
    case 'files.0.recipe':
      return ['zlib'];
    case 'overlay':
    case 'source.local':
      return ['extra'];
    case 'patches.0.file':
      return ['extra/file'];
    default:
      return undefined;
  }
};

describe('recipes', () => {
  /** Of mutations, those that do not end as they must; `clean` counts those that are no mistakes. */
  async function judged(project: Project, mutations: readonly Mutation[]) {
    const nameOf = (index: number) => `wrong-${index}`;
    for (const [index, mutation] of mutations.entries()) {
      const file = join(project.root, 'recipes', `${nameOf(index)}.yaml`);
      writeFileSync(file, yamlOf(named(mutation.document(), nameOf(index))));
    }
    const { judge } = await planner(project);
    const bad: string[] = [];
    let clean = 0;
    for (const [index, mutation] of mutations.entries()) {
      bad.push(
        ...(await outcome(mutation, async () => {
          await judge(nameOf(index));
          clean++;
        })),
      );
    }
    return { bad, clean };
  }

  test('every kind of change to every field', async () => {
    const project = await projectIn({ 'stubforge.lock': lockText });
    const right = rightDocuments(await jsonSchema('recipe', project), knownOfRecipes);
    for (const [index, document] of right.entries()) {
      const file = join(project.root, 'recipes', `right-${index}.yaml`);
      writeFileSync(file, yamlOf(named(document, `right-${index}`)));
    }
    const { judge } = await planner(project);
    for (const index of right.keys()) await judge(`right-${index}`);

    const chosen = chooseMutations(right, { seed: 1, count: 2700 });
    expect(chosen).toHaveLength(2700);
    const mutations = sample(chosen, 4);
    const { bad, clean } = await judged(project, mutations);
    expect(bad).toEqual([]);
    // Some changes are no mistakes, such as another word for configure.
    expect(mutations.length - clean).toBeGreaterThan(mutations.length * 0.75);
  });

  test('changes to stubforge’s own recipes', async () => {
    const folder = join(packageRoot, 'recipes');
    const files = readdirSync(folder).filter((each) => each.endsWith('.yaml'));
    const own = files.map((file) => {
      const { value } = parseYaml(file, readFileSync(join(folder, file), 'utf8'));
      return { ...(value as object), name: 'a' };
    });
    const mutations = chooseMutations(own, { seed: 2, count: 300 });
    const { bad } = await judged(await projectIn({}), mutations);
    expect(bad).toEqual([]);
  });
});

test('build systems, and recipes for those that are in order', async () => {
  const project = await projectIn({ 'recipes/build-systems/x/y': '' });
  const known: Known = (path) => (path === 'inputs.*key' ? ['words'] : undefined);
  const right = rightDocuments(await jsonSchema('build-system', project), known);
  const mutations = chooseMutations(right, { seed: 3, count: 300 });
  for (const [index, mutation] of mutations.entries()) {
    const name = `wrong-${index}`;
    const file = join(project.root, 'recipes/build-systems', `${name}.yaml`);
    writeFileSync(file, yamlOf(named(mutation.document(), name)));
    const recipe = { name, summary: 'x', source: { local: 'extra' }, build: name };
    writeFileSync(join(project.root, 'recipes', `${name}.yaml`), yamlOf(recipe));
  }
  const { recipes, judge } = await planner(project);
  const bad: string[] = [];
  for (const [index, mutation] of mutations.entries()) {
    const broken = recipes.buildSystems.broken.get(`wrong-${index}`);
    bad.push(...complaints(broken ?? []).map((each) => `${described(mutation)}: ${each}`));
    bad.push(...(await outcome(mutation, () => judge(`wrong-${index}`))));
  }
  expect(bad).toEqual([]);
});

test('toolchains, and recipes for those that are in order', async () => {
  const project = await projectIn({});
  const known: Known = (path) => {
    if (path === 'architectures.*key') return ['test-i386'];
    if (path.endsWith('.bits')) return [32];
    if (path.endsWith('.cpu-family')) return ['x86'];
    return path === 'extends' ? ['nub'] : undefined;
  };
  const schema = await jsonSchema('toolchain', project);
  const mutations = chooseMutations(rightDocuments(schema, known), { seed: 4, count: 250 });
  const nub = join(packageRoot, 'toolchains/nub/toolchain.yaml');
  const bad: string[] = [];
  for (const [index, mutation] of mutations.entries()) {
    const folder = join(project.root, 'toolchains', `wrong-${index}`);
    const file = join(folder, 'toolchain.yaml');
    await mkdir(join(folder, 'recipes'), { recursive: true });
    writeFileSync(join(folder, 'recipes/a.yaml'), '');
    writeFileSync(file, yamlOf(named(mutation.document(), basename(folder))));
    bad.push(...(await outcome(mutation, () => loadToolchain(file, [nub, file]))));
  }
  // Only the names of architectures reach recipes; all of these at once.
  const { recipeDirs } = project;
  const recipes = await loadRecipes({
    recipeDirs,
    toolchainDirs: [join(project.root, 'toolchains')],
  });
  expect(recipes.diagnosticsOf('zlib')).toEqual([]);
  for (const each of recipes.architectures) expect(each).toMatch(/^[a-z0-9]+-[a-z0-9]+$/);
  expect(bad).toEqual([]);
});

test('lock files', async () => {
  const known: Known = (path) =>
    path === 'sources.*key' ? ['debian:zlib'] : path.endsWith('.path') ? ['a/b'] : undefined;
  const schema = z.toJSONSchema(lockFileSchema, { io: 'input', unrepresentable: 'any' });
  const found = await projectIn({ 'stubforge.lock': lockText });
  const project = { ...found, builtinLockFile: found.lockFile };
  const bad: string[] = [];
  for (const mutation of chooseMutations(rightDocuments(schema, known), { seed: 5, count: 250 })) {
    writeFileSync(project.lockFile, yamlOf(mutation.document()));
    bad.push(...(await outcome(mutation, () => readLock(project))));
  }
  expect(bad).toEqual([]);
});
