/**
 * Makes wrong files from a JSON schema: a right document for each alternative of the schema, and from
 * each of these one document for each mutation of each of its values. A field that is new in the schema
 * is mutated as well; where no right value for it can be guessed, this throws.
 */

/** The part of JSON schema that zod writes. */
interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  minItems?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

export type Path = readonly (string | number)[];

/**
 * The right values of a field where no schema tells them, by its dotted path, e.g. `patches.0.file`; none
 * for a field that is to be left out.
 */
export type Known = (path: string) => readonly unknown[] | undefined;

/** Of these the first that fits its pattern stands for a text. */
const texts = [
  ...['a', 'zlib', 'usr/lib/a', '/usr/lib/a', 'x86_64-xen-stubdom', 'stubdom-amd64'],
  ...['64MiB', '90s', '755', 'x86_64-linux-gnu-', '0'.repeat(40), '0'.repeat(64)],
  ...['https://example.org/a.tar.gz', 'https://example.org/a.git', '2023-01-01'],
];

/** The numbers from 0 up to 1 of a linear congruential generator: the same ones in each run. */
export function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    yield state / 0x80000000;
  }
}

/** Right documents, in which each alternative of each field stands. */
export function rightDocuments(
  schema: unknown,
  known: Known = () => undefined,
): readonly unknown[] {
  const root = schema as Schema;
  const resolve = (each: Schema): Schema => {
    const name = each.$ref?.split('/').at(-1);
    return name === undefined ? each : resolve(root.$defs![name]!);
  };

  const samples = (unresolved: Schema, path: string): readonly unknown[] => {
    const each = resolve(unresolved);
    if (each.const !== undefined) return [each.const];
    const told = known(path);
    if (told) return told;
    const alternatives = each.anyOf ?? each.oneOf;
    if (alternatives) return alternatives.flatMap((one) => samples(one, path));
    if (each.enum) return each.enum;
    switch (each.type) {
      case 'string':
        return [
          textFor(
            [each, ...(each.allOf ?? [])].flatMap(({ pattern }) => pattern ?? []),
            path,
          ),
        ];
      case 'boolean':
        return [true, false];
      case 'integer':
      case 'number':
        return [Math.max(each.minimum ?? 1, (each.exclusiveMinimum ?? 0) + 1)];
      case 'array':
        return samples(each.items!, `${path}.0`).map((item) => [item]);
      case 'object':
        return objects(each, path);
      default:
        throw new Error(`no right value is known for ${path}: ${JSON.stringify(each)}`);
    }
  };

  /**
   * Small ones, because each is written and read a hundred times: the required fields with one value of
   * one other field; where there are few fields, all of these together.
   */
  const objects = (each: Schema, path: string): Record<string, unknown>[] => {
    const fields = Object.entries(each.properties ?? {});
    const required = new Set(each.required);
    if (typeof each.additionalProperties === 'object') {
      const [key = 'a'] = each.propertyNames ? samples(each.propertyNames, `${path}.*key`) : [];
      fields.push([String(key), each.additionalProperties]);
    }
    const values = fields.map(([name, field]) => {
      const at = path === '' ? name : `${path}.${name}`;
      return { name, values: samples(field, at), always: required.has(name) || fields.length < 6 };
    });
    const first = Object.fromEntries(
      values.flatMap(({ name, values: [value], always }) =>
        always && value !== undefined ? [[name, value]] : [],
      ),
    );
    const others = values.flatMap(({ name, values, always }) =>
      values.slice(always ? 1 : 0).map((value) => ({ ...first, [name]: value })),
    );
    return [first, ...others];
  };

  return samples(root, '');
}

function textFor(patterns: readonly string[], path: string): string {
  const found = texts.find((text) => patterns.every((each) => new RegExp(each, 'u').test(text)));
  if (found === undefined) throw new Error(`no right text is known for ${path}: ${patterns}`);
  return found;
}

/** Text that is put into a file as it is, for what JSON cannot say. */
export class Raw {
  constructor(readonly yaml: string) {}
}

const nested = (levels: number) => {
  let value: unknown = 'deep';
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
  return value;
};

/** A map with one field, which may be called `__proto__`. */
const mapWith = (name: string, value: unknown): unknown =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);

const constants: Readonly<Record<string, unknown>> = {
  'an empty text': '',
  'blanks only': ' \t ',
  'a line end': '\n',
  nothing: null,
  'a truth value': true,
  zero: 0,
  'a negative number': -1,
  'a fraction': 1.5,
  'a huge number': new Raw('1e999'),
  'a large number': new Raw('1000000000000000000000000000000'),
  'no number': new Raw('.nan'),
  'an octal number': new Raw('0755'),
  'a date': new Raw('2024-01-01'),
  'a size beyond all': `${'9'.repeat(400)}GiB`,
  'a size with an exponent': '1e999GiB',
  'a time beyond all': '99999999999h',
  'an empty list': [],
  'a list of nothing': [null],
  'a list of an empty text': [''],
  'a list in a list': [['a']],
  'a list of maps': [{ a: 1 }],
  'an empty map': {},
  'a map': { a: 'b' },
  'a map of maps': { a: { b: { c: 1 } } },
  'deep nesting': nested(60),
  'a prototype': mapWith('__proto__', { a: 1 }),
  'a prototype’s name': '__proto__',
  'a constructor': 'constructor',
  'a list of prototypes’ names': ['constructor', '__proto__', 'tostring'],
  'a map with a constructor': { constructor: 'a', toString: 'b' },
  'a long text': 'x'.repeat(100_000),
  'a long list': Array.from({ length: 2000 }, () => 'x'),
  'a NUL': 'a\0b',
  'an escape': '\u001b[31ma',
  'half a character': 'a\ud800',
  'letters of the world': 'żółć 漢字 \u{1f600}',
  'text that turns around': '\u202eabc',
  'a path upwards': '../../../etc/passwd',
  'an absolute path': '/etc/passwd',
  'a folder': '.',
  'an option': '-x',
  'a placeholder': '{{nothing}}',
  'an open placeholder': '{{',
  'an empty placeholder': '{{}}',
  'a placeholder of the prototype': '{{constructor}}',
  'an open quote': "'",
  'a backslash': '\\',
  'an open bracket': '(',
  'a command': '$(touch /tmp/x); `x`',
  'a tag': new Raw('!!binary aGk='),
  'an unknown tag': new Raw('!nobody x'),
  'a set': new Raw('!!set { a }'),
  'an alias of nothing': new Raw('*nothing'),
  'a key that is a list': new Raw('{ ? [a] : b }'),
};

/** One way to make a right document wrong; most of them do. */
export interface Mutation {
  /** The field, as a path of names and indices. */
  path: Path;
  /** What is done to it, for people. */
  what: string;
  document(): unknown;
}

/** All mutations of a right document: of every value, and of every map's fields. */
export function* mutations(document: unknown): Generator<Mutation> {
  for (const { path, value } of placesIn(document)) {
    const change = (what: string, to: () => unknown): Mutation => ({
      path,
      what,
      document: () => replaced(document, path, to()),
    });
    for (const [what, constant] of Object.entries(constants)) yield change(what, () => constant);
    if (Array.isArray(value)) {
      yield change('each item twice', () => [...value, ...value]);
      yield change('a hole', () => [...value, null]);
    } else if (typeof value === 'object' && value !== null) {
      for (const name of [
        '__proto__',
        'constructor',
        '',
        ' ',
        'x'.repeat(5000),
        'nonsense',
        '<<',
      ]) {
        yield change(`a field '${name.slice(0, 20)}' more`, () => withField(value, name));
      }
      for (const name of Object.keys(value)) {
        const rest = Object.entries(value).filter(([each]) => each !== name);
        yield change(`without ${name}`, () => Object.fromEntries(rest));
      }
    } else if (typeof value === 'string') {
      yield change('as a list', () => [value]);
      yield change('a blank before it', () => ` ${value}`);
      yield change('a line end behind it', () => `${value}\n`);
      yield change('in upper case', () => value.toUpperCase());
      yield change('as a field', () => ({ [value]: value }));
      yield change('twice', () => value + value);
    }
  }
}

/** Only JSON makes a field of its own of `__proto__`. */
function withField(map: object, name: string): unknown {
  const rest = JSON.stringify(map).slice(1);
  return JSON.parse(`{${JSON.stringify(name)}:1${rest === '}' ? '' : ','}${rest}`);
}

/**
 * Mutations of all documents, but each kind of change to a field once, wherever it stands, and at most
 * `count` of them: the same ones for the same seed.
 */
export function chooseMutations(
  documents: readonly unknown[],
  { seed, count }: { seed: number; count: number },
): Mutation[] {
  const random = numbers(seed);
  const chosen = new Map<string, { mutation: Mutation; rank: number }>();
  for (const document of documents) {
    for (const mutation of mutations(document)) {
      const rank = random.next().value;
      const name = `${mutation.path.join('.')} ${mutation.what}`;
      const other = chosen.get(name);
      if (!other || other.rank > rank) chosen.set(name, { mutation, rank });
    }
  }
  return [...chosen.values()]
    .map(({ mutation }) => ({ mutation, rank: random.next().value }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ mutation }) => mutation);
}

function* placesIn(value: unknown, path: Path = []): Generator<{ path: Path; value: unknown }> {
  yield { path, value };
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield* placesIn(member, [...path, Array.isArray(value) ? Number(name) : name]);
  }
}

function replaced(document: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  if (Array.isArray(document)) {
    return document.map((item, index) => (index === first ? replaced(item, rest, value) : item));
  }
  return Object.fromEntries(
    Object.entries(document as object).map(([name, member]) => [
      name,
      name === first ? replaced(member, rest, value) : member,
    ]),
  );
}

/** A document as YAML: as JSON, with each value of a map on a line of its own. */
export function yamlOf(document: unknown): string {
  const raws: string[] = [];
  const text = JSON.stringify(
    document,
    (_name, value: unknown) => {
      if (!(value instanceof Raw)) return value;
      raws.push(value.yaml);
      return `\u0001raw${raws.length - 1}`;
    },
    1,
  );
  return `${text.replace(/"\\u0001raw(\d+)"/g, (_text, index) => raws[Number(index)]!)}\n`;
}
