/** Debian control data (deb822(5)): stanzas of `Name: value` fields with indented continuations. */

/** The stanzas of a file, as text. */
export function splitStanzas(text: string): string[] {
  return text.split(/\n(?:[ \t]*\n)+/).filter((stanza) => stanza.trim() !== '');
}

/** The fields of one stanza by their lower-case names; continuation lines keep their indentation. */
export function parseStanza(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current: string | undefined;
  for (const line of stanza.split('\n')) {
    if (/^[ \t]/.test(line)) {
      if (current) fields.set(current, `${fields.get(current)}\n${line}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    current = line.slice(0, colon).toLowerCase();
    fields.set(current, line.slice(colon + 1).trim());
  }
  return fields;
}

/** A `Checksums-Sha256` field: one ` <hash> <size> <name>` a line. */
export function parseChecksums(field: string): { name: string; size: number; sha256: string }[] {
  return [...field.matchAll(/^[ \t]+([0-9a-f]{64})[ \t]+(\d+)[ \t]+(\S+)[ \t]*$/gm)].map(
    ([, sha256, size, name]) => ({ name: name!, size: Number(size), sha256: sha256! }),
  );
}

/**
 * The stanzas of a package in a (decompressed) Packages or Sources index. Those indexes are tens of
 * megabytes, so the name is searched for instead of parsing what is not wanted.
 */
export function findStanzas(index: Buffer, packageName: string): Map<string, string>[] {
  const needle = Buffer.from(`Package: ${packageName}\n`);
  const found: Map<string, string>[] = [];
  for (let at = index.indexOf(needle); at >= 0; at = index.indexOf(needle, at + 1)) {
    if (at > 0 && index[at - 1] !== 0x0a) continue;
    const before = index.lastIndexOf('\n\n', at);
    const after = index.indexOf('\n\n', at);
    // `lastIndexOf` with -1 would mean the end; at 0 there is nothing before the first stanza.
    const start = at === 0 || before < 0 ? 0 : before + 2;
    found.push(parseStanza(index.toString('utf8', start, after < 0 ? index.length : after)));
  }
  return found;
}
