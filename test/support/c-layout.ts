import { execa } from 'execa';

/** A struct, union or enumeration that a C source declares, as the compiler's debug information has it. */
export interface DeclaredType {
  /** `struct NAME` or `union NAME`; an enumeration has no name here. */
  name?: string;
  /** Paths of all members, those of nameless members' own included: `u`, `u.ref`. */
  members: string[];
  /** Of an enumeration. */
  enumerators: string[];
}

interface Entry {
  tag: string;
  name?: string;
  type?: string;
  children: Entry[];
}

/** The types that an object file declares, compiled with -g -fno-eliminate-unused-debug-types. */
export async function declaredTypes(object: string): Promise<DeclaredType[]> {
  const { stdout } = await execa('readelf', ['--wide', '--debug-dump=info', object]);
  const byOffset = new Map<string, Entry>();
  const open: Entry[] = [{ tag: 'file', children: [] }];
  let current: Entry | undefined;
  for (const line of stdout.split('\n')) {
    const begin = /^ *<(\d+)><([0-9a-f]+)>: .*\((DW_TAG_\w+)\)/.exec(line);
    const attribute = /^ *<[0-9a-f]+> *(DW_AT_name|DW_AT_type) *:.*[: ](\S+)$/.exec(line);
    if (begin) {
      const [, depth, offset, tag] = begin as unknown as [string, string, string, string];
      current = { tag, children: [] };
      open.length = Number(depth) + 1;
      open.at(-1)!.children.push(current);
      open.push(current);
      byOffset.set(offset, current);
    } else if (attribute && current) {
      if (attribute[1] === 'DW_AT_name') current.name = attribute[2]!;
      else current.type = attribute[2]!.replace(/^<0x|>$/g, '');
    }
  }
  return [...byOffset.values()].filter(isType).map((entry) => ({
    ...(entry.tag !== 'DW_TAG_enumeration_type' && { name: `${keyword(entry)} ${entry.name}` }),
    members: pathsOf(entry, byOffset),
    enumerators: entry.children.flatMap(({ tag, name }) =>
      tag === 'DW_TAG_enumerator' ? [name!] : [],
    ),
  }));
}

const keyword = ({ tag }: Entry) => (tag === 'DW_TAG_union_type' ? 'union' : 'struct');

const isType = ({ tag, name }: Entry) =>
  tag === 'DW_TAG_enumeration_type' ||
  ((tag === 'DW_TAG_structure_type' || tag === 'DW_TAG_union_type') && name !== undefined);

function pathsOf(type: Entry, byOffset: ReadonlyMap<string, Entry>): string[] {
  return type.children
    .filter(({ tag }) => tag === 'DW_TAG_member')
    .flatMap(({ name, type: of }) => {
      const inner = byOffset.get(of ?? '');
      const nameless =
        inner !== undefined && inner.name === undefined && /struct|union/.test(inner.tag);
      return [
        name!,
        ...(nameless ? pathsOf(inner, byOffset).map((path) => `${name}.${path}`) : []),
      ];
    });
}
