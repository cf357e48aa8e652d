/** Checks images against the boot contract. */

import { type Elf, ElfError } from '../elf/elf.js';
import { PT_LOAD } from '../elf/elf-constants.js';
import { readElf } from '../elf/read-elf.js';
import { filesSection } from '../files-segment.js';
import { ImageFileError, readImageFile, unpackImage } from '../image-file.js';
import { readXenNotes } from '../xen-notes.js';
import { claimsPv, claimsPvh, type ImageView, pvhWays, pvWays, type Way, ways } from './rule.js';
import { rules } from './rules/all-rules.js';
import { machineName } from './rules/elf-rules.js';

export const profiles = ['stubdom', 'xen-pv', 'pvh'] as const;
/** `stubdom`: the whole image contract; the others: what loaders need of an image of that kind. */
export type Profile = (typeof profiles)[number];

export interface Finding {
  rule: string;
  /** `warned`: the contract asks for it, the profile does not. */
  status: 'passed' | 'failed' | 'warned' | 'not-applicable';
  summary: string;
  /** What was found, or why the rule does not apply. */
  message?: string;
}

export interface BootWay {
  way: Way;
  able: boolean;
  /** The rules whose failure makes it impossible. */
  because: string[];
}

export interface Verification {
  image: string;
  /** Absent where the file could not be read as an ELF file. */
  format?: { bits: 32 | 64; machine: string; compressed: boolean };
  /** More than one where an image that is not ours can be booted as PV and as PVH. */
  profiles: Profile[];
  passed: boolean;
  boots: BootWay[];
  findings: Finding[];
  /** What the image tells Xen, in its order. */
  notes: { name: string; value: string }[];
}

/** Rules about the file itself, in the order in which they are found out. */
const fileSummaries = {
  readable: 'the file can be read',
  gzip: 'a compressed image unpacks completely',
  'elf-magic': 'the file is an ELF file',
  'elf-header': 'the ELF header is whole and little endian',
} as const;

type FileRule = keyof typeof fileSummaries;

function unreadable(image: string, rule: FileRule, message: string): Verification {
  const findings: Finding[] = [];
  for (const [name, summary] of Object.entries(fileSummaries)) {
    if (name === rule) {
      findings.push({ rule, status: 'failed', summary, message });
      break;
    }
    findings.push({ rule: name, status: 'passed', summary });
  }
  return {
    image,
    profiles: ['stubdom'],
    passed: false,
    boots: ways.map((way) => ({ way, able: false, because: [rule] })),
    findings,
    notes: [],
  };
}

/**
 * The profiles that fit what the image claims to be. An image with the marks of the nub kernel, or
 * with nothing that any loader would take, is checked against the whole contract.
 */
function profilesFor(view: ImageView): Profile[] {
  if (isStubDomain(view)) return ['stubdom'];
  const claimed: Profile[] = [];
  if (claimsPv(view)) claimed.push('xen-pv');
  if (claimsPvh(view)) claimed.push('pvh');
  return claimed.length > 0 ? claimed : ['stubdom'];
}

/** Whether the image was linked with the nub kernel, whose last console line is a verdict. */
function isStubDomain({ elf, xen }: ImageView): boolean {
  return (
    xen.guestOs?.startsWith('nub') === true ||
    elf.sections.some((section) => section.name === filesSection)
  );
}

function viewOf(elf: Elf): ImageView {
  const loads = elf.segments
    .filter((segment) => segment.type === PT_LOAD && segment.memorySize > 0n)
    .sort((a, b) =>
      a.virtualAddress === b.virtualAddress ? 0 : a.virtualAddress < b.virtualAddress ? -1 : 1,
    );
  return { elf, xen: readXenNotes(elf), loads };
}

/** Parses the bytes of an image, not compressed, and says whether nub is in it. Throws ElfError. */
export function hasNubKernel(bytes: Buffer): boolean {
  return isStubDomain(viewOf(readElf(bytes)));
}

/** The ways whose loss fails an image under a profile; all, and the contract's own, for `stubdom`. */
const decisiveWays: Record<Exclude<Profile, 'stubdom'>, readonly Way[]> = {
  // An image may refuse to be the initial domain and still be a good guest.
  'xen-pv': pvWays.filter((way) => way !== 'initial-domain'),
  pvh: pvhWays,
};

function verifyElf(image: string, elf: Elf, compressed: boolean, wanted?: Profile): Verification {
  const view = viewOf(elf);
  const chosen = wanted ? [wanted] : profilesFor(view);
  const decisive = chosen.flatMap((each) => (each === 'stubdom' ? [...ways] : decisiveWays[each]));
  const because = new Map<Way, string[]>(ways.map((way) => [way, []]));
  const findings: Finding[] = Object.entries(fileSummaries)
    .filter(([rule]) => compressed || rule !== 'gzip')
    .map(([rule, summary]) => ({ rule, status: 'passed', summary }));
  for (const rule of rules) {
    const outcome = rule.check(view);
    const finding = { rule: rule.name, summary: rule.summary };
    switch (outcome.status) {
      case 'passed':
        findings.push({ ...finding, status: 'passed' });
        break;
      case 'not-applicable':
        findings.push({ ...finding, status: 'not-applicable', message: outcome.why });
        break;
      case 'failed': {
        for (const way of outcome.blocks) because.get(way)?.push(rule.name);
        const fatal =
          chosen.includes('stubdom') || outcome.blocks.some((way) => decisive.includes(way));
        findings.push({
          ...finding,
          status: fatal ? 'failed' : 'warned',
          message: outcome.message,
        });
        break;
      }
      default:
        outcome satisfies never;
    }
  }
  return {
    image,
    format: { bits: elf.header.bits, machine: machineName(elf.header.machine), compressed },
    profiles: chosen,
    passed: findings.every((finding) => finding.status !== 'failed'),
    boots: ways.map((way) => {
      const reasons = because.get(way) ?? [];
      return { way, able: reasons.length === 0, because: reasons };
    }),
    findings,
    notes: view.xen.all,
  };
}

function verifyUnpacked(
  image: string,
  bytes: Buffer,
  compressed: boolean,
  profile?: Profile,
): Verification {
  let elf: Elf;
  try {
    elf = readElf(bytes);
  } catch (error) {
    if (error instanceof ElfError) return unreadable(image, `elf-${error.part}`, error.message);
    throw error;
  }
  return verifyElf(image, elf, compressed, profile);
}

/**
 * Verifies an image that is in memory, compressed or not. `image` is the name in the result. Every
 * input gives a result; a file that is broken fails the rule that says how.
 */
export async function verifyBytes(
  image: string,
  bytes: Buffer,
  profile?: Profile,
): Promise<Verification> {
  return verifyRead(image, () => unpackImage(bytes), profile);
}

/** Verifies a file. Without a profile, one is chosen by what the image claims to be. */
export async function verifyImage(image: string, profile?: Profile): Promise<Verification> {
  return verifyRead(image, () => readImageFile(image), profile);
}

async function verifyRead(
  image: string,
  read: () => Promise<{ bytes: Buffer; compressed: boolean }>,
  profile?: Profile,
): Promise<Verification> {
  try {
    const { bytes, compressed } = await read();
    return verifyUnpacked(image, bytes, compressed, profile);
  } catch (error) {
    if (error instanceof ImageFileError) return unreadable(image, error.rule, error.message);
    throw error;
  }
}
