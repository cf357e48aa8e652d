/** `toolchain.yaml` as people write it. */
import { z } from 'zod';
import type { FileKind } from '../yaml/check-schema.js';

/** How toolchain.yaml is reported on. */
export const toolchainFile: FileKind = {
  area: 'toolchain',
  renamedFields: { like: 'extends' },
};

const words = z.array(z.string());

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'expected a name of lower-case letters, digits and dashes');

/** dpkg's form of an architecture that is not its default operating system's. */
export const architecturePattern = /^(?=.{1,40}$)[a-z][a-z0-9]*-[a-z][a-z0-9]*$/;

const architectureName = z
  .string()
  .regex(architecturePattern, "expected an architecture named '<os>-<cpu>', e.g. stubdom-amd64");

const triple = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]*-[a-z][a-z0-9_]*-[a-z][a-z0-9_]*$/,
    "expected a triple '<cpu>-<vendor>-<os>', e.g. x86_64-xen-stubdom",
  )
  .describe('What --host and the tool prefix say: <cpu>-<vendor>-<os>');

const common = {
  name: name.describe("The toolchain's name, equal to its folder's"),
  summary: z.string().min(1, 'the summary is empty').describe('One line that says what it is'),
  'operating-systems': z
    .array(
      z
        .string()
        .regex(/^[a-z][a-z0-9]*$/, 'expected an operating system of lower-case letters and digits'),
    )
    .default([])
    .describe('Third parts of triples that config.sub has to accept'),
};

const architecture = {
  triple,
  'cpu-family': z.enum(['x86_64', 'x86']).describe("Meson's name of the processor family"),
  bits: z.union([z.literal(64), z.literal(32)]).describe('Width of a pointer'),
};

const built = z.strictObject({
  ...common,
  kind: z.literal('built').describe('Built here, around a compiler of the distro'),
  compiler: z
    .string()
    .regex(
      /^[a-z0-9_]+(-[a-z0-9_]+)+-$/,
      "expected a tool prefix that ends with a dash, e.g. 'x86_64-linux-gnu-'",
    )
    .describe('The tool prefix of the compiler and binutils behind it'),
  extends: name
    .optional()
    .describe(
      'Another built toolchain, whose files and recipes are used where it has none of its own',
    ),
  flags: words.default([]).describe('Given to the compiler on all architectures'),
  sysroot: z
    .array(name)
    .min(1, 'a sysroot needs at least a libc')
    .describe('Recipes in its folder recipes/ that make up the base sysroot, in build order'),
  'library-sysroot': z
    .array(name)
    .min(1, 'a sysroot needs at least a libc')
    .optional()
    .describe('What builds of libraries see instead; sysroot when absent'),
  answers: name
    .optional()
    .describe('The recipe in its folder recipes/ that prepares the answers for configure scripts'),
  architectures: z
    .record(
      architectureName,
      z.strictObject({
        ...architecture,
        flags: words.default([]).describe('Given to the compiler on this architecture'),
        assembler: words.default([]).describe('Given to the assembler when called directly'),
        linker: z.string().describe("The linker's name of the output format, as in ld -m"),
      }),
    )
    .describe('Partial architectures by name'),
});

const adopted = z.strictObject({
  ...common,
  kind: z.literal('adopted').describe('Found on the machine as an installed prefix'),
  prefixes: z
    .array(z.string().regex(/^(\/|~\/)/, 'expected an absolute path, or one below ~/'))
    .default([])
    .describe('Where it may be installed, in order; then PATH is searched'),
  architectures: z
    .record(architectureName, z.strictObject(architecture))
    .describe('Partial architectures by name'),
});

export const toolchainSchema = z
  .discriminatedUnion('kind', [built, adopted])
  .describe('A stubforge toolchain');

export type WrittenToolchain = z.output<typeof toolchainSchema>;
