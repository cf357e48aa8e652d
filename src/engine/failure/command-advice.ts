/** What a build that lacks a command or a compiler has to declare. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasCommand, toolWithCommand } from '../../machine/build-tools.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { interpreterIn } from '../../util/shell-text.js';
import type { BuildPaths } from '../environment/build-paths.js';
import type { Workspace } from '../unit/workspace.js';
import type { Advice } from './advice.js';
import { buildFileAdvice } from './build-file-advice.js';

/** What asks for a compiler of the build machine by name. */
const compiler = /^(?:x86_64-linux-gnu-)?(?:cc|c89|c99|gcc|[gc]\+\+)(?:-\d+)?$/;

/** A command by its name, or by the path by which the build named it. */
export function commandAdvice(
  unit: BuiltUnit,
  command: string,
  workspace: Workspace,
  paths: BuildPaths,
): Advice | undefined {
  const file = fileInBuild(command, workspace, paths);
  if (file === undefined) return toolAdvice(unit, basename(command));
  if (existsSync(file)) {
    // A shell says that a script is not found when it is the interpreter in its first line that is not.
    const interpreter = interpreterIn(readFileSync(file, 'latin1').slice(0, 256));
    return interpreter === undefined ? undefined : toolAdvice(unit, interpreter);
  }
  if (basename(command) === 'configure') return buildFileAdvice(unit, 'configure', workspace);
  return {
    cause: `${unit.name} runs ${command}, which is not there`,
    help: `see what its source has instead: stubforge shell ${unit.name}`,
  };
}

/** A compiler by its name, or by the language that it is to compile. */
export function compilerAdvice(unit: BuiltUnit, name: string): Advice | undefined {
  const plus = /\+\+|xx$|cpp$/i.test(name);
  const { buildTools } = unit.recipe;
  const tools = [plus ? 'g++' : 'gcc', 'libc6-dev'];
  const triple = unit.toolchain?.architecture.triple;
  if (triple !== undefined && name.startsWith(`${triple}-`)) return toolchainLacks(unit, name);
  if (buildTools.includes(tools[0]!)) return undefined;
  return {
    id: 'failure.missing-build-compiler',
    cause: `${unit.name} compiles ${plus ? 'C++' : 'C'} for the build machine, and declares no compiler for it`,
    help: writeTools(buildTools, tools),
    field: 'build-tools',
  };
}

function toolAdvice(unit: BuiltUnit, command: string): Advice | undefined {
  const triple = unit.toolchain?.architecture.triple;
  if (triple !== undefined && command.startsWith(`${triple}-`))
    return toolchainLacks(unit, command);
  if (compiler.test(command)) return compilerAdvice(unit, command);
  const { buildTools } = unit.recipe;
  const tool = toolWithCommand(command);
  if (buildTools.includes(tool)) return undefined;
  const line = writeTools(buildTools, [tool]);
  if (hasCommand(command)) {
    return {
      cause: `${unit.name} uses the command ${command}, which it does not declare`,
      help: line,
      field: 'build-tools',
    };
  }
  return {
    cause: `${unit.name} uses the command ${command}, which is neither declared nor installed on this machine`,
    help: `${line}, and install it: \`stubforge setup\``,
    field: 'build-tools',
  };
}

const toolchainLacks = (unit: BuiltUnit, command: string): Advice => ({
  id: 'failure.missing-toolchain-command',
  cause: `the toolchain ${unit.toolchain!.description.name} has no ${command} that works`,
  help: 'turn off the feature that uses it',
});

const writeTools = (declared: readonly string[], more: readonly string[]) =>
  `write in its recipe: \`build-tools: [${[...new Set([...declared, ...more])].join(', ')}]\``;

/** Where a command lies, or should, that is a part of the build; undefined for one of the machine. */
function fileInBuild(command: string, workspace: Workspace, paths: BuildPaths): string | undefined {
  if (!command.includes('/')) return undefined;
  if (command.startsWith(`${paths.root}/`)) {
    return join(workspace.root, command.slice(paths.root.length));
  }
  if (command.startsWith('/')) return undefined;
  const candidates = [workspace.source, workspace.build].map((folder) => join(folder, command));
  return candidates.find((each) => existsSync(each)) ?? candidates[0];
}
