// A unit that goes through all steps of a build, each of which takes some room on the disk.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const configure = `#!/bin/sh
i=0; while [ $i -lt 40 ]; do head -c 3000 data > "configured-$i"; i=$((i + 1)); done
`;
const makefile = `all:
	cat data data > compiled
	i=0; while [ $$i -lt 40 ]; do head -c 3000 data > "compiled-$$i"; i=$$((i + 1)); done
install:
	mkdir -p $(DESTDIR)/usr/share/stepped
	i=0; while [ $$i -lt 60 ]; do { echo $$i; head -c 4000 data; } > "$(DESTDIR)/usr/share/stepped/$$i"; i=$$((i + 1)); done
`;

/** Writes the project and serves its source on this machine; `close` ends that. */
export async function steppedProject(root: string, random: () => number) {
  const tree = join(root, 'upstream', 'stepped-1.0');
  mkdirSync(tree, { recursive: true });
  mkdirSync(join(root, 'recipes', 'stepped'), { recursive: true });
  const line = () => Math.floor(random() * 2 ** 48).toString(36);
  writeFileSync(join(tree, 'data'), Array.from({ length: 10_000 }, line).join('\n'));
  writeFileSync(join(tree, 'configure'), configure, { mode: 0o755 });
  writeFileSync(join(tree, 'Makefile'), makefile);
  writeFileSync(join(tree, 'notes'), 'before\n');
  const archive = join(root, 'stepped-1.0.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', join(root, 'upstream'), 'stepped-1.0']);
  const content = readFileSync(archive);

  const added = Array.from({ length: 6000 }, line);
  const patch = `--- a/notes\n+++ b/notes\n@@ -1 +1,${added.length + 1} @@\n before\n`;
  const lines = added.map((each) => `+${each}\n`).join('');
  writeFileSync(join(root, 'recipes', 'stepped', 'notes.patch'), `${patch}${lines}`);
  const server = createServer((_request, response) => response.end(content));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(
    join(root, 'recipes', 'stepped.yaml'),
    `name: stepped
kind: tool
summary: for the robustness test
source:
  url: http://127.0.0.1:${(server.address() as AddressInfo).port}/stepped-1.0.tar.gz
  sha256: ${createHash('sha256').update(content).digest('hex')}
build: configure
patches:
  - file: stepped/notes.patch
    reason: a patch takes room, too
`,
  );
  return { close: () => server.close() };
}
