/** Checks the members of an untrusted archive. */
import { UserError } from '../util/diagnostic.js';

/** What is known of an archive once all its members were checked. */
export interface ArchiveSummary {
  /** The one folder that contains everything, if there is one. */
  top?: string;
  /** The newest time of a member, in seconds since 1970. */
  newest?: number;
}

/** The fields of a tar header that matter here. */
interface Member {
  path: string;
  type: string;
  linkpath?: string;
  size?: number;
  mtime?: Date;
}

interface Link {
  name: string;
  parts: string[];
  target: string;
}

/** More links in a row than this are a loop (as for the kernel's ELOOP). */
const maximumLinks = 40;

export class MemberCheck {
  private entries = 0;
  private bytes = 0;
  private newest = 0;
  private readonly tops = new Set<string>();
  private readonly plain = new Set<string>();
  private readonly files = new Set<string>();
  private readonly links = new Map<string, Link>();

  constructor(
    private readonly archive: string,
    private readonly maximumEntries: number,
  ) {}

  /** Records a member; throws UserError when the member by itself is wrong. */
  add(member: Member): void {
    this.entries += 1;
    if (this.entries > this.maximumEntries) {
      this.refuse(`it has more than ${this.maximumEntries} members`, 'source.archive-too-large');
    }
    this.bytes += member.size ?? 0;
    const time = Math.floor((member.mtime?.getTime() ?? 0) / 1000);
    if (time > this.newest) this.newest = time;

    const parts = this.partsOf(member.path, member.path);
    const path = parts.join('/');
    if (path === '') {
      if (member.type !== 'Directory') this.refuseMember(member.path, 'has no name');
      return;
    }
    this.tops.add(parts.length > 1 || member.type === 'Directory' ? parts[0]! : '');
    switch (member.type) {
      case 'File':
      case 'OldFile':
      case 'ContiguousFile':
        this.files.add(path);
        break;
      case 'Directory':
        break;
      case 'SymbolicLink':
        this.addLink(member, parts);
        return;
      case 'Link':
        this.addHardLink(member);
        break;
      default:
        this.refuseType(member);
    }
    if (this.links.has(path)) this.refuseMember(member.path, 'appears twice, once as a link');
    this.plain.add(path);
  }

  private addLink(member: Member, parts: string[]): void {
    const path = parts.join('/');
    const target = member.linkpath ?? '';
    const known = this.links.get(path);
    // What is below a link depends on which of two members comes last.
    if (this.plain.has(path) || (known && known.target !== target)) {
      this.refuseMember(member.path, 'appears twice, once as a link');
    }
    if (target === '') this.refuseMember(member.path, 'is a link without a target');
    if (target.startsWith('/')) {
      this.refuseMember(
        member.path,
        `is a link that leads out of the tree, to ${JSON.stringify(target)}`,
      );
    }
    this.links.set(path, { name: member.path, parts, target });
  }

  private addHardLink(member: Member): void {
    const target = this.partsOf(member.linkpath ?? '', member.path).join('/');
    if (!this.files.has(target)) {
      const shown = JSON.stringify(member.linkpath);
      this.refuseMember(
        member.path,
        `is a hard link to ${shown}, which is not an earlier file of the archive`,
      );
    }
    this.files.add(this.partsOf(member.path, member.path).join('/'));
  }

  /** The parts of a path without `.`; throws for absolute ones and for `..`. */
  private partsOf(path: string, name: string): string[] {
    if (path.startsWith('/')) this.refuseMember(name, 'has an absolute name');
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) this.refuseMember(name, "has '..' in its name");
    return parts;
  }

  /** Throws UserError when the members so far add up to more than this. */
  requireBelow(bytes: number): void {
    if (this.bytes > bytes) {
      this.refuse(`it unpacks to more than ${bytes} bytes`, 'source.archive-too-large');
    }
  }

  /** Checks what needs the whole archive: where links lead. */
  finish(keepTop: boolean): ArchiveSummary {
    if (this.entries === 0) this.refuse('it is empty', 'source.damaged-archive');
    for (const path of this.plain) this.requireNoLinkAbove(path);
    const top =
      !keepTop && this.tops.size === 1 && !this.tops.has('') ? [...this.tops][0] : undefined;
    for (const link of this.links.values()) {
      this.requireNoLinkAbove(link.parts.join('/'), link.name);
      this.requireInside(link, top === undefined ? 0 : 1);
    }
    return { top, newest: this.newest > 0 ? this.newest : undefined };
  }

  private requireNoLinkAbove(path: string, name = path): void {
    if (this.links.size === 0) return;
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (this.links.has(path.slice(0, at))) this.refuseMember(name, 'is below a symbolic link');
    }
  }

  /** Follows the link as the kernel would, through other links; `floor`: how many parts are the root. */
  private requireInside(link: Link, floor: number): void {
    const leave = () =>
      this.refuseMember(
        link.name,
        `is a link that leads out of the tree, to ${JSON.stringify(link.target)}`,
      );
    const position = link.parts.slice(0, -1);
    const pending = link.target.split('/').reverse();
    let followed = 0;
    while (pending.length > 0) {
      const part = pending.pop()!;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        position.pop();
        if (position.length < floor) leave();
        continue;
      }
      position.push(part);
      const next = this.links.get(position.join('/'));
      if (!next) continue;
      followed += 1;
      // A loop leads nowhere, and so not out of the tree.
      if (followed > maximumLinks) return;
      position.pop();
      pending.push(...next.target.split('/').reverse());
    }
    if (position.length < floor) leave();
  }

  refuseType(member: Member): void {
    const words: Record<string, string> = {
      CharacterDevice: 'a device',
      BlockDevice: 'a device',
      FIFO: 'a named pipe',
      SparseFile: 'a sparse file',
      ExtendedHeader: 'a header of excessive size',
      GlobalExtendedHeader: 'a header of excessive size',
    };
    this.refuseMember(member.path, `is ${words[member.type] ?? `of the type ${member.type}`}`);
  }

  refuseSparse(): void {
    this.refuse('it contains sparse files');
  }

  refuseArchive(reason: string): void {
    this.refuse(`it is not a valid tar archive (${reason})`, 'source.damaged-archive');
  }

  private refuseMember(name: string, what: string): never {
    return this.refuse(`its member ${JSON.stringify(name)} ${what}`);
  }

  private refuse(reason: string, id = 'source.unsafe-archive'): never {
    throw new UserError({
      id,
      message: `cannot use ${this.archive}: ${reason}`,
      help: 'do not use this archive; nothing of it was unpacked',
    });
  }
}
