import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { AdoptedToolchain } from '../../../src/toolchain/adopted/adopted-toolchain.js';
import { readTemplates } from '../../../src/toolchain/built/fill-template.js';
import { findToolchain, toolchainNamed } from '../../../src/toolchain/find-toolchain.js';
import {
  loadToolchain,
  loadToolchains,
  toolchainFiles,
  toolchainOf,
} from '../../../src/toolchain/load-toolchains.js';
import type {
  AdoptedDescription,
  BuiltDescription,
} from '../../../src/toolchain/toolchain-description.js';
import { renderDiagnostic, UserError } from '../../../src/util/diagnostic.js';
import { temporaryTree } from '../../support/temporary.js';

const builtin = { toolchainDirs: [join(packageRoot, 'toolchains')] };

/** What the user reads, with the folder's name taken out. */
function complaint(action: () => unknown, folder = '\0'): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics
      .map((diagnostic) => renderDiagnostic(diagnostic))
      .join('\n')
      .replaceAll(folder, 'FOLDER');
  }
  throw new Error('nothing was thrown');
}

const written = (more: string, name = 'mine') =>
  `name: ${name}
summary: a toolchain
kind: built
compiler: x86_64-linux-gnu-
sysroot: [libc]
architectures:
  stubdom-amd64:
    triple: x86_64-xen-stubdom
    cpu-family: x86_64
    bits: 64
    linker: elf_x86_64
${more}`;

test('the toolchains that come with stubforge are read, and nub is evaluated for both processors', () => {
  const toolchains = loadToolchains(builtin);
  expect(toolchains.map((each) => each.description.name)).toEqual(['minios', 'nub', 'rumprun']);
  const nub = findToolchain(toolchains, 'stubdom-i386').description as BuiltDescription;
  expect(nub).toMatchObject({ name: 'nub', kind: 'built', operatingSystems: ['stubdom'] });
  const [amd64, i386] = nub.architectures;
  expect(amd64).toMatchObject({ triple: 'x86_64-xen-stubdom', cpu: 'x86_64', bits: 64 });
  expect(i386).toMatchObject({ triple: 'i686-xen-stubdom', cpu: 'i686', bits: 32 });
  expect(amd64!.compilerFlags).toEqual(expect.arrayContaining(['-static', '-m64']));
  expect(i386!.compilerFlags).toEqual(expect.arrayContaining(['-static', '-march=i686']));
  expect(i386!.compilerFlags).not.toContain('-m64');
});

test('an unknown architecture or toolchain gets a suggestion', () => {
  const toolchains = loadToolchains(builtin);
  expect(complaint(() => findToolchain(toolchains, 'stubdom-amd46'))).toMatchInlineSnapshot(`
    "error: no toolchain has the architecture 'stubdom-amd46'
      help: did you mean 'stubdom-amd64'?"
  `);
  expect(
    complaint(() => findToolchain(toolchains, 'stubdom-amd64', 'minios')),
  ).toMatchInlineSnapshot(`
    "error: the toolchain minios does not have the architecture 'stubdom-amd64'
      help: valid architectures are: minios-amd64"
  `);
  expect(complaint(() => toolchainNamed(toolchains, 'rumrun'))).toContain(
    "did you mean 'rumprun'?",
  );
});

test('a toolchain of the project hides one of the same name that comes with stubforge', async () => {
  const folder = await temporaryTree({
    'nub/toolchain.yaml': written('', 'nub'),
    'nub/recipes/libc.yaml': 'name: libc',
  });
  const toolchains = loadToolchains({ toolchainDirs: [folder, ...builtin.toolchainDirs] });
  expect(toolchainNamed(toolchains, 'nub').description.file).toBe(
    join(folder, 'nub/toolchain.yaml'),
  );
});

test('a field by the name that it had in earlier versions', async () => {
  const folder = await temporaryTree({ 'mine/toolchain.yaml': written('like: nub\n') });
  expect(complaint(() => loadToolchain(join(folder, 'mine/toolchain.yaml')), folder)).toContain(
    "the field 'like' is called 'extends' now",
  );
});

test('an unknown field, a bad triple and a bad architecture are shown at their places at once', async () => {
  const folder = await temporaryTree({
    'mine/toolchain.yaml': written(`  Stubdom:
    triple: x86_64-xen-other
  stubdom-x32:
    triple: x86_64-stubdom
    cpu-family: x86
    bits: 32
    linker: elf_x86_64
    flag: [-m64]
`),
  });
  expect(
    complaint(() => loadToolchain(join(folder, 'mine/toolchain.yaml')), folder),
  ).toMatchInlineSnapshot(`
    "error: expected an architecture named '<os>-<cpu>', e.g. stubdom-amd64
      --> FOLDER/mine/toolchain.yaml:12:3 (field architectures.Stubdom)
       |
    12 |   Stubdom:
       |   ^^^^^^^
    error: expected a triple '<cpu>-<vendor>-<os>', e.g. x86_64-xen-stubdom
      --> FOLDER/mine/toolchain.yaml:15:13 (field architectures.stubdom-x32.triple)
       |
    15 |     triple: x86_64-stubdom
       |             ^^^^^^^^^^^^^^
    error: unknown field 'flag'
      --> FOLDER/mine/toolchain.yaml:19:5 (field architectures.stubdom-x32.flag)
       |
    19 |     flag: [-m64]
       |     ^^^^
      help: did you mean 'flags'?"
  `);
});

test('the name must be the folder’s, the width the processor’s, and the recipes must be there', async () => {
  const folder = await temporaryTree({
    'other/toolchain.yaml': written('').replace('bits: 64', 'bits: 32'),
  });
  expect(
    complaint(() => loadToolchain(join(folder, 'other/toolchain.yaml')), folder),
  ).toMatchInlineSnapshot(`
    "error: the toolchain is called 'mine', but its folder is called 'other'
      --> FOLDER/other/toolchain.yaml:1:7 (field name)
      |
    1 | name: mine
      |       ^^^^
      help: give both the same name
    error: the processor family x86_64 does not have 32 bits
      --> FOLDER/other/toolchain.yaml:10:11 (field architectures.stubdom-amd64.bits)
       |
    10 |     bits: 32
       |           ^^
    error: recipes/libc.yaml is missing from the toolchain's folder
      --> FOLDER/other/toolchain.yaml:5:11 (field sysroot[0])
      |
    5 | sysroot: [libc]
      |           ^^^^"
  `);
});

test('two toolchains cannot share a triple', async () => {
  const folder = await temporaryTree({
    'mine/toolchain.yaml': written(''),
    'mine/recipes/libc.yaml': 'name: libc',
  });
  expect(
    complaint(() => loadToolchains({ toolchainDirs: [folder, ...builtin.toolchainDirs] }), folder),
  ).toMatch(/the triple x86_64-xen-stubdom belongs to both stubdom-amd64 of mine and/);
});

test('a toolchain that extends another takes the files and recipes that it lacks from it', async () => {
  const linux = written('extends: nub\n')
    .replace('[libc]', '[linux-headers, libc]')
    .replaceAll('stubdom-amd64', 'linux-amd64')
    .replace('x86_64-xen-stubdom', 'x86_64-linux-musl');
  const folder = await temporaryTree({
    'mine/toolchain.yaml': linux,
    'mine/recipes/libc.yaml': 'name: libc',
    'mine/files/gcc.specs': 'specs of its own\n',
  });
  const toolchains = loadToolchains({ toolchainDirs: [folder, ...builtin.toolchainDirs] });
  const mine = toolchainNamed(toolchains, 'mine').description as BuiltDescription;
  const nub = toolchainNamed(toolchains, 'nub').description as BuiltDescription;
  expect(mine.recipeDirs).toEqual([join(folder, 'mine/recipes'), ...nub.recipeDirs]);
  const templates = readTemplates(mine.filesDirs);
  expect([...templates.keys()]).toEqual([...readTemplates(nub.filesDirs).keys()]);
  expect(templates.get('gcc.specs')).toBe('specs of its own\n');
  expect(templates.get('bin/gcc')).toBe(readTemplates(nub.filesDirs).get('bin/gcc'));
});

test('what a toolchain extends must be there, built, and extend no other', async () => {
  const extending = (name: string, other: string) =>
    written(`extends: ${other}\n`, name)
      .replace('stubdom-amd64', `${name}-amd64`)
      .replace('xen-stubdom', `${name}-linux`);
  const folder = await temporaryTree({
    'first/toolchain.yaml': extending('first', 'rumprun'),
    'first/recipes/libc.yaml': 'name: libc',
    'second/toolchain.yaml': extending('second', 'first'),
  });
  const folders = { toolchainDirs: [folder, ...builtin.toolchainDirs] };
  const file = join(folder, 'second/toolchain.yaml');
  expect(complaint(() => loadToolchains(folders), folder)).toMatchInlineSnapshot(`
    "error: cannot extend the toolchain rumprun, which is adopted and has no files
      --> FOLDER/first/toolchain.yaml (field extends)
      help: name a toolchain that is built from its own files
    error: cannot extend the toolchain first, which itself extends rumprun
      --> FOLDER/second/toolchain.yaml (field extends)
      help: name a toolchain that is built from its own files"
  `);
  await writeFile(file, extending('second', 'second'));
  expect(
    complaint(() => loadToolchain(file, toolchainFiles(folders)), folder),
  ).toMatchInlineSnapshot(`
    "error: there is no other toolchain 'second'
      --> FOLDER/second/toolchain.yaml:12:10 (field extends)
       |
    12 | extends: second
       |          ^^^^^^
      help: valid toolchains are: first, minios, nub, rumprun"
  `);
});

test('an adopted toolchain is found in its prefixes first, then on PATH', async () => {
  const { description } = toolchainNamed(loadToolchains(builtin), 'rumprun');
  const folder = await temporaryTree({
    'first/bin/x86_64-rumprun-netbsd-gcc': '#!/bin/sh\n',
    'second/bin/x86_64-rumprun-netbsd-gcc': '#!/bin/sh\n',
  });
  const path = [join(folder, 'first/bin'), join(folder, 'second/bin')].join(':');
  const found = (prefixes: string[]) =>
    new AdoptedToolchain({ ...(description as AdoptedDescription), prefixes }, path).prefix(
      'rumprun-amd64',
    );
  expect(found([])).toBeUndefined();
  await chmod(join(folder, 'second/bin/x86_64-rumprun-netbsd-gcc'), 0o755);
  expect(found([])).toBe(join(folder, 'second'));
  await chmod(join(folder, 'first/bin/x86_64-rumprun-netbsd-gcc'), 0o755);
  expect(found([join(folder, 'second')])).toBe(join(folder, 'second'));
  expect(found([])).toBe(join(folder, 'first'));
});

test('nothing is built with an adopted toolchain, and it says so', () => {
  const toolchain = findToolchain(loadToolchains(builtin), 'rumprun-amd64');
  expect(toolchain.buildable).toEqual([]);
  expect(complaint(() => toolchain.target('rumprun-amd64'))).toMatchInlineSnapshot(`
    "error: cannot build with the toolchain rumprun: adopted toolchains are not supported yet
      help: choose an architecture of a built toolchain from: stubforge toolchain list"
  `);
});

test('a description is plain data, of which the same toolchain is made elsewhere', async () => {
  const { description } = findToolchain(loadToolchains(builtin), 'stubdom-i386');
  const copy = toolchainOf(JSON.parse(JSON.stringify(description)));
  expect(copy.description).toEqual(description);
  const [here, there] = [toolchainOf(description), copy].map((each) => each.target('stubdom-i386'));
  expect(there!.environment({ prefix: '/p' })).toEqual(here!.environment({ prefix: '/p' }));
  expect(there!.sysroot).toEqual(here!.sysroot);
});
