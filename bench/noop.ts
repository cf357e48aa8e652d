// A build that has nothing to do: `stubforge build`, and a no-op of ninja and of Nix on the same graph
// of units (Debian packages ninja-build and nix-bin; what is not installed is left out), each as a
// ratio to `node -e 0` in the same run. The recipe must be built before.
// Usage: npx tsx bench/noop.ts [RECIPE] [--runs N] [--json]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listsBy, median, rounded } from './support/figures.js';

const words = process.argv.slice(2);
const runsAt = words.indexOf('--runs');
const runs = runsAt < 0 ? 21 : Number(words[runsAt + 1]);
const recipe = words.find((word, index) => !word.startsWith('--') && index !== runsAt + 1);
const wanted = recipe ?? 'qemu-xen-stubdom';
const launcher = fileURLToPath(new URL('../stubforge', import.meta.url));
const compiled = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const installed = (command: string) => spawnSync(command, ['--version']).status === 0;

type Command = [file: string, words: string[]];

/** The units of the recipe, each with those that it depends on directly. */
const graph: [unit: string, needs: string[]][] = JSON.parse(
  execFileSync(process.execPath, [
    '--input-type=module',
    '-e',
    `import { selectUnits } from ${JSON.stringify(new URL('../dist/app/selection.js', import.meta.url).href)};
     import { Session } from ${JSON.stringify(new URL('../dist/app/session.js', import.meta.url).href)};
     import { findProject } from ${JSON.stringify(new URL('../dist/project/project.js', import.meta.url).href)};
     import { dependencies } from ${JSON.stringify(new URL('../dist/plan/unit.js', import.meta.url).href)};
     const { graph } = await selectUnits(new Session({ project: findProject(), emit: () => {} }), [${JSON.stringify(wanted)}]);
     console.log(JSON.stringify([...graph.values()].map((unit) => [unit.name, dependencies(unit)])));`,
  ]).toString(),
);
const fileOf = (unit: string) => unit.replace(':', '_');

function ninjaFile() {
  const lines = ['rule unit', '  command = cat $in > $out'];
  for (const [unit, needs] of graph) {
    const from = [`in/${fileOf(unit)}`, ...needs.map((need) => `out/${fileOf(need)}`)];
    lines.push(`build out/${fileOf(unit)}: unit ${from.join(' ')}`);
  }
  return `${lines.join('\n')}\n`;
}

function nixFile() {
  const attribute = (unit: string) => `u_${fileOf(unit).replace(/[^A-Za-z0-9]/g, '_')}`;
  const lines = graph.map(
    ([unit, needs]) =>
      `  ${attribute(unit)} = derivation { name = "${fileOf(unit).replaceAll('+', '')}"; ` +
      `system = builtins.currentSystem; builder = "/bin/sh"; src = ./in + "/${fileOf(unit)}"; ` +
      `needs = [ ${needs.map(attribute).join(' ')} ]; ` +
      'args = [ "-c" "echo $src $needs > $out" ]; };',
  );
  return `let\n${lines.join('\n')}\nin ${attribute(graph.at(-1)![0])}\n`;
}

const root = mkdtempSync(join(tmpdir(), 'stubforge-noop-'));
try {
  mkdirSync(join(root, 'in'));
  for (const [unit] of graph) writeFileSync(join(root, 'in', fileOf(unit)), unit);
  writeFileSync(join(root, 'build.ninja'), ninjaFile());
  writeFileSync(join(root, 'default.nix'), nixFile());
  const options = { sandbox: 'false', substitute: 'false', 'build-users-group': '' };
  const optionWords = Object.entries(options).flatMap((each) => ['--option', ...each]);
  const nix: Command = ['nix-build', ['--no-out-link', ...optionWords, 'default.nix']];
  // A store of its own, beside that of the machine.
  const environment = { ...process.env };
  for (const name of ['STORE', 'STATE', 'LOG', 'CONF']) {
    environment[`NIX_${name}_DIR`] = join(root, 'nix', name.toLowerCase());
  }
  const commands: Record<string, Command> = {
    'node -e 0': [process.execPath, ['-e', '0']],
    [`stubforge build ${wanted}`]: [launcher, ['build', wanted]],
    'the same, compiled program': [process.execPath, [compiled, 'build', wanted]],
    ...(installed('ninja') && { ninja: ['ninja', []] }),
    ...(installed('nix-build') && { 'nix-build': nix }),
  };
  const times = listsBy(Object.keys(commands));
  // In turn, so that a change of the machine's speed meets all alike. Two rounds are warm-up: the
  // first builds what the others are to find.
  for (let round = -2; round < runs; round++) {
    for (const [name, [file, args]] of Object.entries(commands)) {
      const inRoot = name === 'ninja' || name === 'nix-build';
      const started = process.hrtime.bigint();
      const ran = spawnSync(file, args, {
        ...(inRoot && { cwd: root, env: environment }),
        encoding: 'utf8',
      });
      const time = Number(process.hrtime.bigint() - started) / 1e6;
      if (ran.status !== 0) throw new Error(`${name} ended with ${ran.status}\n${ran.stderr}`);
      if (round < 0) continue;
      if (name.startsWith('stubforge') && !/^build: 0 built/m.test(ran.stderr)) {
        throw new Error(`there was something to build\n${ran.stderr}`);
      }
      times[name]!.push(time);
    }
  }
  const rows = Object.entries(times).map(([command, list]) => ({
    command,
    units: graph.length,
    medianMs: rounded(median(list), 1),
    ratioToNode: rounded(median(list) / median(times['node -e 0']!), 2),
  }));
  if (words.includes('--json')) console.log(JSON.stringify(rows));
  else console.table(rows);
} finally {
  spawnSync('chmod', ['-R', 'u+w', root]);
  rmSync(root, { recursive: true, force: true });
}
