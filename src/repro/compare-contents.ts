/** Where two contents of one file differ, in the terms of its format. */

import { type Elf, fileRange, type Section } from '../artifacts/image/elf/elf.js';
import { SHT_NOBITS } from '../artifacts/image/elf/elf-constants.js';
import { readElf } from '../artifacts/image/elf/read-elf.js';

/** Lines that say where `a` and `b` differ: by sections, by members of an archive, lines or bytes. */
export function describeContents(a: Buffer, b: Buffer): string[] {
  const members = bothOf(a, b, archiveMembers);
  if (members) return describeArchives(...members);
  const elves = bothOf(a, b, soundElf);
  if (elves) return describeElves(...elves);
  const texts = bothOf(a, b, textLines);
  if (texts) return describeLines(...texts);
  return [describeBytes(a, b)];
}

function bothOf<Read>(a: Buffer, b: Buffer, read: (bytes: Buffer) => Read | undefined) {
  const [one, other] = [read(a), read(b)];
  return one !== undefined && other !== undefined ? ([one, other] as const) : undefined;
}

function soundElf(bytes: Buffer): Elf | undefined {
  try {
    const elf = readElf(bytes);
    return elf.defects.length === 0 && elf.sections.length > 0 ? elf : undefined;
  } catch {
    // Not an ELF file, or not one that can be taken apart.
    return undefined;
  }
}

function describeElves(a: Elf, b: Elf): string[] {
  const lines: string[] = [];
  const names = new Set([...a.sections, ...b.sections].map((section) => section.name));
  const bytesOf = (elf: Elf, section: Section) =>
    section.type === SHT_NOBITS
      ? Buffer.alloc(0)
      : (fileRange(elf.bytes, section.offset, section.size) ?? Buffer.alloc(0));
  for (const name of names) {
    const [ones, others] = [a, b].map((elf) => elf.sections.filter((each) => each.name === name));
    if (ones!.length !== others!.length) {
      lines.push(`section ${name}: ${ones!.length} of them, then ${others!.length}`);
      continue;
    }
    for (const [index, one] of ones!.entries()) {
      const other = others![index]!;
      const [before, after] = [bytesOf(a, one), bytesOf(b, other)];
      if (one.address !== other.address) {
        lines.push(`section ${name}: address ${hex(one.address)}, then ${hex(other.address)}`);
      }
      if (one.size !== other.size) {
        lines.push(`section ${name}: ${one.size} bytes, then ${other.size}`);
      }
      if (!before.equals(after)) lines.push(`section ${name}: ${describeBytes(before, after)}`);
    }
  }
  return lines.length > 0 ? lines : ['outside of all sections, in the headers or between sections'];
}

/** Members of an `ar` archive by position; the common format with GNU's table of long names. */
function archiveMembers(
  bytes: Buffer,
): { name: string; header: string; content: Buffer }[] | undefined {
  if (bytes.toString('latin1', 0, 8) !== '!<arch>\n') return undefined;
  const members: { name: string; header: string; content: Buffer }[] = [];
  let longNames = '';
  for (let at = 8; at + 60 <= bytes.length; ) {
    const header = bytes.toString('latin1', at, at + 60);
    const size = Number(header.slice(48, 58));
    if (!Number.isSafeInteger(size) || header.slice(58) !== '`\n') return undefined;
    const content = bytes.subarray(at + 60, at + 60 + size);
    let name = header.slice(0, 16).trimEnd();
    if (name === '//') longNames = content.toString('latin1');
    else if (/^\/[0-9]+$/.test(name)) {
      name = longNames.slice(Number(name.slice(1))).split('/\n', 1)[0]!;
    } else if (name !== '/') name = name.replace(/\/$/, '');
    members.push({ name, header, content });
    at += 60 + size + (size % 2);
  }
  return members;
}

type Members = NonNullable<ReturnType<typeof archiveMembers>>;

function describeArchives(a: Members, b: Members): string[] {
  const list = (members: Members) => members.map((member) => member.name).join(' ');
  if (list(a) !== list(b)) {
    const missing = (from: Members, other: Members) =>
      from.map(({ name }) => name).filter((name) => !other.some((each) => each.name === name));
    const only = [
      ...missing(a, b).map((each) => `-${each}`),
      ...missing(b, a).map((each) => `+${each}`),
    ];
    return [only.length > 0 ? `members: ${only.join(' ')}` : 'members in another order'];
  }
  return a.flatMap((one, index) => {
    const other = b[index]!;
    const lines = one.content.equals(other.content)
      ? []
      : describeContents(one.content, other.content);
    if (one.header.slice(16, 48) !== other.header.slice(16, 48)) {
      lines.push(
        `date, owner or mode: ${one.header.slice(16, 48)}, then ${other.header.slice(16, 48)}`,
      );
    }
    return lines.map((line) => `${one.name}: ${line}`);
  });
}

function textLines(bytes: Buffer): string[] | undefined {
  const text = bytes.toString('utf8');
  if (text.includes('\0') || !Buffer.from(text).equals(bytes)) return undefined;
  return text.split('\n');
}

function describeLines(a: string[], b: string[]): string[] {
  const at = a.findIndex((line, index) => line !== b[index]);
  const index = at < 0 ? a.length : at;
  const shown = (line: string | undefined) =>
    line === undefined ? '(end)' : line.length <= 200 ? line : `${line.slice(0, 199)}…`;
  return [`line ${index + 1}:`, `  - ${shown(a[index])}`, `  + ${shown(b[index])}`];
}

function describeBytes(a: Buffer, b: Buffer): string {
  const length = Math.min(a.length, b.length);
  let first = -1;
  let count = Math.abs(a.length - b.length);
  for (let at = 0; at < length; at++) {
    if (a[at] === b[at]) continue;
    if (first < 0) first = at;
    count++;
  }
  return `${count} bytes differ, the first at ${hex(BigInt(first < 0 ? length : first))}`;
}

const hex = (value: bigint) => `0x${value.toString(16)}`;
