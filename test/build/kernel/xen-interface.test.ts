import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProject, packageRoot } from '../../../src/project/project.js';
import { fetchSources } from '../../../src/source/fetch-sources.js';
import { readLock } from '../../../src/source/lock-file.js';
import type { SourceSpec } from '../../../src/source/source-spec.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { declaredTypes } from '../../support/c-layout.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { recorder, temporaryFolder } from '../../support/sources.js';
import { testState } from '../../support/stubforge.js';

/**
 * The kernel has declarations of its own of Xen's public interface. Here every struct and union in
 * them, every member and every constant is looked up under its name in the distro's Xen, and has to
 * have the same size, offset and value there, for guests of both widths.
 */
const kernel = join(packageRoot, 'toolchains/nub/kernel');

/** Headers of the folder `xen` that are not Xen's but about it. */
const ownHeaders = ['frames.h', 'hypercall.h'];

/** What Xen gives no name to: the size of a stub, and a bit of a trap's flags. */
const ownConstants = ['HYPERCALL_STUB_SIZE', 'TRAP_MASKS_EVENTS'];

const xenHeaders = [
  'xen.h',
  'callback.h',
  'elfnote.h',
  'event_channel.h',
  'features.h',
  'grant_table.h',
  'memory.h',
  'sched.h',
  'vcpu.h',
  'hvm/hvm_op.h',
  'hvm/params.h',
  'arch-x86/hvm/start_info.h',
  'io/blkif.h',
  'io/console.h',
  'io/protocols.h',
  'io/netif.h',
  'io/ring.h',
  'io/xenbus.h',
  'io/xs_wire.h',
];

/** A ring has a type only where somebody names its entries. */
const sample = 'DEFINE_RING_TYPES(sample, uint32_t, uint64_t);';

interface Side {
  includes: string;
  flags: string[];
}

const includes = (names: readonly string[]) => names.map((name) => `#include <${name}>\n`).join('');

async function ours(folder: string, architecture: string): Promise<Side> {
  const names = (await readdir(join(folder, 'xen')))
    .filter((name) => name.endsWith('.h') && !ownHeaders.includes(name))
    .sort();
  const folders = ['.', 'include', join('arch', architecture)];
  return {
    includes: `${includes(names.map((name) => `xen/${name}`))}${sample}\n`,
    flags: folders.map((name) => `-I${join(folder, name)}`),
  };
}

const theirs = (xen: string): Side => ({
  includes: `#include <stddef.h>\n#include <stdint.h>\n${includes(xenHeaders.map((name) => `public/${name}`))}${sample}\n`,
  flags: [`-I${join(xen, 'xen/include')}`, '-D__XEN_INTERFACE_VERSION__=0x00040e00'],
});

type Run = (side: Side, flags: readonly string[], rest?: string) => Promise<string>;

/** Runs the compiler for one width on a source that begins with the side's headers. */
const compiler =
  (dir: string, width: string): Run =>
  async (side, flags, rest = '') => {
    const source = join(dir, 'source.c');
    await writeFile(source, side.includes + rest);
    const words = [width, '-std=gnu11', '-w', '-ffreestanding', ...side.flags, ...flags, source];
    return (await execa('gcc', words)).stdout;
  };

/** The macros without parameters that stand for something, of the kernel's headers for Xen. */
async function constants(run: Run, side: Side): Promise<string[]> {
  const found = new Set<string>();
  let file = '';
  for (const line of (await run(side, ['-E', '-dD'])).split('\n')) {
    file = /^# \d+ "(.*)"/.exec(line)?.[1] ?? file;
    const name = /^#define (\w+) \S/.exec(line)?.[1];
    if (name && /\/xen\/\w+\.h$/.test(file)) found.add(name);
  }
  return [...found].filter((name) => !ownConstants.includes(name));
}

/** What there is to compare, as expressions in C. */
async function expressions(run: Run, side: Side, dir: string): Promise<string[]> {
  const object = join(dir, 'types.o');
  await run(side, ['-g', '-fno-eliminate-unused-debug-types', '-c', '-o', object]);
  const own = new RegExp(`\\b(struct|union) (${await namesIn(side)}|sample_\\w+) \\{`);
  const types = (await declaredTypes(object)).filter(
    ({ name }) => name === undefined || own.test(`${name} {`),
  );
  const layout = types.flatMap(({ name, members }) =>
    name === undefined
      ? []
      : [
          `sizeof(${name})`,
          ...members.flatMap((path) => [
            `offsetof(${name}, ${path})`,
            `sizeof(((${name} *)0)->${path})`,
          ]),
        ],
  );
  return [
    ...layout,
    ...types.flatMap(({ enumerators }) => enumerators),
    ...(await constants(run, side)),
  ];
}

/** The tags of the structs and unions that the headers declare. */
async function namesIn({ includes: text, flags }: Side): Promise<string> {
  const folder = flags[0]!.slice('-I'.length);
  const files = [...text.matchAll(/<(xen\/.*)>/g)].map(([, name]) => join(folder, name!));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return [...texts.join('').matchAll(/\b(?:struct|union) (\w+) \{/g)]
    .map(([, tag]) => tag)
    .join('|');
}

/** The values of the expressions, written by the compiler into its assembly. */
async function values(
  run: Run,
  side: Side,
  of: readonly string[],
): Promise<Record<string, string>> {
  const lines = of.map((expression, at) =>
    /^XEN_(?:EMULATE_PREFIX|IO_PROTO_ABI_NATIVE)$/.test(expression)
      ? `__asm__("# value ${at} text " ${expression});`
      : `void f${at}(void) { __asm__("# value ${at} %c0 %c1" :: "i"((unsigned)(${expression})), ` +
        `"i"((unsigned)((unsigned long long)(${expression}) >> 32))); }`,
  );
  const text = await run(side, ['-O1', '-S', '-o', '-'], `${lines.join('\n')}\n`);
  return Object.fromEntries(
    [...text.matchAll(/# value (\d+) (.*)/g)].map(([, at, value]) => [of[Number(at)]!, value!]),
  );
}

describe.skipIf(lacks(theNetwork, 'gcc', 'binutils'))(
  'the kernel’s view of Xen’s interface',
  () => {
    let folder: string;
    let xen: string;

    beforeAll(async () => {
      const project = findProject({ directory: packageRoot, stateDir: testState });
      const spec: SourceSpec = { type: 'debian', package: 'xen' };
      const lock = await readLock(project);
      const { emit } = recorder();
      await fetchSources(project, [spec], lock, { offline: false, emit });
      folder = await mkdtemp(join(tmpdir(), 'stubforge-xen-'));
      xen = join(folder, 'xen');
      await unpackSource(project, spec, lock, xen);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    /** What the headers in the folder have, and which of it is otherwise in Xen. */
    async function compare(headers: string, [architecture, width]: readonly [string, string]) {
      const dir = await temporaryFolder();
      const run = compiler(dir, width);
      const side = await ours(headers, architecture);
      const compared = await expressions(run, side, dir);
      const mine = await values(run, side, compared);
      const xens = await values(run, theirs(xen), compared);
      expect(new Set(Object.keys(mine))).toEqual(new Set(compared));
      return { compared, differences: compared.filter((name) => mine[name] !== xens[name]) };
    }

    const widths = [
      ['x86_64', '-m64'],
      ['i386', '-m32'],
    ] as const;

    test.each(widths)('is the distro’s, for guests of %s', async (...width) => {
      const { compared, differences } = await compare(kernel, width);
      expect(compared).toEqual(
        expect.arrayContaining([
          'sizeof(struct shared_info)',
          'offsetof(struct gnttab_copy, source)',
          'offsetof(struct evtchn_status, u.interdomain.port)',
          'offsetof(struct sample_sring, ring)',
          'XS_RESET_WATCHES',
          'GNTST_no_space',
          'XEN_EMULATE_PREFIX',
        ]),
      );
      expect(differences).toEqual([]);
    });

    test.each([
      [
        'a member that has moved',
        'event_channel.h',
        ['dom, remote_dom;', 'remote_dom, dom;'],
        ['offsetof(struct evtchn_alloc_unbound, remote_dom)'],
      ],
      [
        'a member of another size',
        'hvm.h',
        ['uint16_t pad;', 'uint8_t pad;'],
        ['sizeof(((struct xen_hvm_param *)0)->pad)'],
      ],
      [
        'a member that is missing',
        'memory.h',
        ['unsigned long nr_exchanged;', ''],
        ['sizeof(struct xen_memory_exchange)'],
      ],
      ['another number', 'numbers.h', ['SCHEDOP_poll 3', 'SCHEDOP_poll 4'], ['SCHEDOP_poll']],
    ])('is not, with %s', async (_, header, [before, after], expected) => {
      const copy = await changed(header, before!, after!);
      for (const width of widths) {
        const { differences } = await compare(copy, width);
        expect(differences).toEqual(expect.arrayContaining(expected));
      }
    });

    test('is not, with a name that Xen does not have', async () => {
      const copy = await changed('xs_wire.h', 'XS_READ,', 'XS_READ, XS_READ_ALL = XS_READ,');
      for (const width of widths) {
        await expect(compare(copy, width)).rejects.toThrow(/XS_READ_ALL.* undeclared/);
      }
    });
  },
);

/** A copy of the kernel's headers with one change. */
async function changed(header: string, before: string, after: string): Promise<string> {
  const copy = await temporaryFolder();
  for (const name of ['xen', 'include', 'arch']) {
    await cp(join(kernel, name), join(copy, name), { recursive: true });
  }
  const file = join(copy, 'xen', header);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(before);
  await writeFile(file, text.replace(before, after));
  return copy;
}
