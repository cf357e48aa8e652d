import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { jsonSchema, schemaNames } from '../../../src/app/json-schema.js';
import { packageRoot } from '../../../src/project/project.js';
import {
  buildSystemFile,
  buildSystemSchema,
  readBuildSystems,
} from '../../../src/recipe/build-system.js';
import { RecipeReader } from '../../../src/recipe/read-recipe.js';
import { checkWith } from '../../../src/yaml/check-schema.js';
import { parseYaml, readYamlFile } from '../../../src/yaml/yaml-file.js';

const project = {
  recipeDirs: [join(packageRoot, 'recipes')],
  toolchainDirs: [join(packageRoot, 'toolchains')],
};
const reader = new RecipeReader(
  ['stubdom-amd64', 'stubdom-i386'],
  readBuildSystems(project.recipeDirs, []),
);
const compiled = new Map<string, Promise<ValidateFunction>>();
const compile = (name: (typeof schemaNames)[number]): Promise<ValidateFunction> => {
  const validate =
    compiled.get(name) ??
    jsonSchema(name, project).then((schema) =>
      new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema),
    );
  compiled.set(name, validate);
  return validate;
};

/** A base that is accepted, and a change to each field that is (`yes`) or is not (`no`). */
const built = { name: 'a', summary: 'x', source: { debian: 'zlib' }, build: 'autotools' };
const image = { name: 'a', kind: 'image', summary: 'x', program: { recipe: 'b', file: 'usr/b' } };
const hash = '0123456789abcdef'.repeat(4);

const yes: Record<string, unknown>[] = [
  built,
  { ...built, kind: 'tool', needs: [], 'build-tools': ['bison'], configure: ['--x'], make: [] },
  { ...built, source: { debian: 'zlib', suite: 'bookworm' } },
  { ...built, source: { 'debian-binary': 'linux-libc-dev', architecture: 'amd64' } },
  { ...built, source: { url: 'https://example.org/x.tar.gz', sha256: hash } },
  { ...built, source: { git: 'https://example.org/x.git', commit: hash.slice(0, 40) } },
  { ...built, source: { local: '../kernel' }, overlay: '../musl', bootstrap: true },
  { ...built, patches: [{ file: 'a/x.patch', reason: 'y' }], environment: { CFLAGS: '' } },
  { ...built, limits: { memory: '1GiB', processes: 9, time: '90s', silence: '5min' } },
  { ...built, provides: { pkgconfig: ['zlib'], files: ['usr/bin/x..y'] } },
  { ...built, architectures: ['stubdom-i386'], 'stubdom-i386': { configure: ['x'], needs: ['b'] } },
  { ...built, build: 'script', script: 'make' },
  image,
  { ...image, memory: '64MiB', cmdline: '-v', expect: 'x', 'stubdom-i386': { memory: '1GiB' } },
  { ...image, files: [{ from: 'a/b', to: '/b', mode: '755' }] },
  { ...image, files: [{ from: 'a/b', to: '/b', recipe: 'b', mode: '0644' }] },
];

const no: unknown[] = [
  null,
  [],
  'text',
  {},
  { ...built, name: 'A' },
  { ...built, name: '-a' },
  { ...built, name: 1 },
  { ...built, summary: '' },
  { ...built, summary: 'two\nlines' },
  { ...built, kind: 'image' },
  { ...built, kind: 'libary' },
  { ...built, build: 'automake' },
  { ...built, build: undefined },
  { ...built, meson: ['-Dx'] },
  { ...built, memory: '64MiB' },
  { ...built, configure: '--x' },
  { ...built, configure: [1] },
  { ...built, needs: ['B'] },
  { ...built, 'build-tools': ['rm -rf'] },
  { ...built, bootstrap: 'yes' },
  { ...built, unknown: 1 },
  { ...built, source: 'zlib' },
  { ...built, source: {} },
  { ...built, source: { debian: 'Z' } },
  { ...built, source: { debian: 'zlib', sha256: hash } },
  { ...built, source: { 'debian-binary': 'linux-libc-dev' } },
  { ...built, source: { url: 'https://example.org/x.tar.gz' } },
  { ...built, source: { url: 'file:///etc/passwd', sha256: hash } },
  { ...built, source: { url: 'https://example.org/x', sha256: hash.toUpperCase() } },
  { ...built, source: { git: 'https://example.org/x.git', commit: 'v1.0' } },
  { ...built, source: { local: '/usr/src' } },
  { ...built, overlay: '/usr/src' },
  { ...built, patches: [{ file: 'x.patch' }] },
  { ...built, patches: [{ file: 'x.patch', reason: ' ' }] },
  { ...built, environment: { 'A B': 'x' } },
  { ...built, environment: { A: 1 } },
  { ...built, limits: { memory: '1GB' } },
  { ...built, limits: { processes: 0 } },
  { ...built, limits: { time: 90 } },
  { ...image, limits: { time: '90s' } },
  { ...built, provides: { files: ['/usr/x'] } },
  { ...built, provides: { files: ['usr/../../x'] } },
  { ...built, provides: { files: ['..'] } },
  { ...built, provides: { other: [] } },
  { ...built, architectures: [] },
  { ...built, architectures: ['amd64'] },
  { ...built, 'stubdom-i386': null },
  { ...built, 'stubdom-i386': { name: 'b' } },
  { ...built, 'stubdom-i386': { meson: [] } },
  { ...built, 'stubdom-arm64': {} },
  { ...built, build: 'script', script: ['make'] },
  { ...image, program: undefined },
  { ...image, program: { recipe: 'b', file: '/usr/b' } },
  { ...image, build: 'autotools' },
  { ...image, source: { debian: 'zlib' } },
  { ...image, memory: 64 },
  { ...image, memory: '64M' },
  { ...image, memory: '0MiB' },
  { ...image, files: [{ from: 'a', to: 'b' }] },
  { ...image, files: [{ from: 'a', to: '/' }] },
  { ...image, files: [{ from: 'a', to: '/../b' }] },
  { ...image, files: [{ from: '/a', to: '/b' }] },
  { ...image, files: [{ from: 'a', to: '/b', mode: 493 }] },
  { ...image, files: [{ from: 'a', to: '/b', mode: '4755' }] },
  { ...image, 'stubdom-i386': { needs: ['b'] } },
];

describe('recipes: the JSON schema and the program agree', () => {
  // JSON is YAML, so that the program reads the very same document.
  const accepts = (document: unknown) => {
    const text = JSON.stringify(document);
    return reader.read(parseYaml('a.yaml', text)).diagnostics.length === 0;
  };
  test.each(yes.map((document) => [JSON.stringify(document), document]))(
    'yes: %s',
    async (text) => {
      const document = JSON.parse(text as string);
      const validate = await compile('recipe');
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      expect(accepts(document)).toBe(true);
    },
  );
  test('no: each of many broken ones', async () => {
    const validate = await compile('recipe');
    for (const each of no) {
      const text = JSON.stringify(each);
      const document = JSON.parse(text);
      expect(validate(document), text).toBe(false);
      if (document !== null) expect(accepts(document), text).toBe(false);
    }
  });
});

test('every recipe and build system of stubforge fits its JSON schema', async () => {
  for (const [name, dir] of [
    ['recipe', join(packageRoot, 'recipes')],
    ['build-system', join(packageRoot, 'recipes/build-systems')],
  ] as const) {
    const validate = await compile(name);
    const files = readdirSync(dir).filter((each) => each.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const { value } = readYamlFile(join(dir, file));
      expect(validate(value), `${file}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  }
});

test('build systems: the JSON schema and the program agree', async () => {
  const validate = await compile('build-system');
  const base = { name: 'x', summary: 'y', phases: [{ name: 'a', run: 'true' }] };
  const documents: [boolean, unknown][] = [
    [true, base],
    [true, { ...base, 'in-tree': true, inputs: { a: { summary: 'x', default: ['b'] } } }],
    [true, { ...base, inputs: { a: { summary: 'x', type: 'text', default: 'b' } } }],
    [false, { ...base, inputs: { a: { summary: 'x', default: 'b' } } }],
    [false, { ...base, inputs: { a: { summary: 'x', type: 'text', default: ['b'] } } }],
    [false, { ...base, inputs: { a: { summary: 'x', type: 'number' } } }],
    [false, { ...base, inputs: { A: { summary: 'x' } } }],
    [false, { ...base, phases: [] }],
    [false, { ...base, phases: [{ name: 'a' }] }],
    [false, { ...base, phases: [{ name: 'a', run: '' }] }],
    [false, { ...base, more: 1 }],
  ];
  for (const [accepted, document] of documents) {
    const text = JSON.stringify(document);
    expect(validate(document), text).toBe(accepted);
    const { diagnostics } = checkWith(
      buildSystemSchema,
      buildSystemFile,
      parseYaml('x.yaml', text),
    );
    expect(diagnostics.length === 0, text).toBe(accepted);
  }
});

test.each(schemaNames)(
  'the schema of a %s is valid, and gives editors a text for each field',
  async (name) => {
    const validate = await compile(name);
    const schema = validate.schema as {
      anyOf?: Node[];
      oneOf?: Node[];
      $defs?: Record<string, Node>;
    };
    interface Node {
      $ref?: string;
      description?: string;
      properties?: Record<string, Node>;
    }
    const fields = [schema as Node, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
      .map((each) => schema.$defs?.[each.$ref?.split('/').at(-1) ?? ''] ?? each)
      .flatMap((each) => Object.entries(each.properties ?? {}));
    expect(fields.length).toBeGreaterThan(4);
    for (const [field, node] of fields) {
      const described = schema.$defs?.[node.$ref?.split('/').at(-1) ?? ''] ?? node;
      // Kind and type tell the alternatives apart and have only one value in each.
      if (!['kind', 'type'].includes(field))
        expect(node.description ?? described.description, field).toBeTruthy();
    }
  },
);
