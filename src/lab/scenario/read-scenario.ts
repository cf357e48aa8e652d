/** Reads scenarios from files, and finds those that come with stubforge. */
import { basename, join } from 'node:path';
import { type Diagnostic, UserError } from '../../util/diagnostic.js';
import { namesIn } from '../../util/files.js';
import { suggestion } from '../../util/suggest.js';
import { checkWith } from '../../yaml/check-schema.js';
import { readYamlFile, type YamlFile } from '../../yaml/yaml-file.js';
import { labShare } from '../dom0/description.js';
import { type Scenario, scenarioFile, scenarioSchema } from './scenario-schema.js';

const builtinFolder = join(labShare, 'scenarios');

/** The scenarios that come with stubforge, by their names. */
export const builtinScenarios = (): string[] =>
  namesIn(builtinFolder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'));

export const builtinScenario = (name: string): string => join(builtinFolder, `${name}.yaml`);

/** The scenario of a file. Throws UserError with everything that is wrong with it. */
export function readScenario(file: string): Scenario {
  const yaml = readYamlFile(file);
  const { value, diagnostics } = checkWith(scenarioSchema, scenarioFile, yaml);
  if (value === undefined) throw new UserError(diagnostics, 2);
  const wrong = [...domainFaults(yaml, value), ...stepFaults(yaml, value)];
  if (wrong.length > 0) throw new UserError(wrong, 2);
  return value;
}

function domainFaults(yaml: YamlFile, { domains }: Scenario): Diagnostic[] {
  return Object.entries(domains).flatMap(([name, { type, kernel, stubdomain }]) => {
    const faults: Diagnostic[] = [];
    if (type !== 'hvm' && kernel === undefined) {
      faults.push({
        id: 'scenario.missing-kernel',
        message: `the ${type} guest ${name} has no kernel`,
        span: yaml.span(['domains', name], 'key'),
        help: "add 'kernel: IMAGE', a file or an image recipe",
      });
    }
    if (type !== 'hvm' && stubdomain) {
      faults.push({
        id: 'scenario.unused-stubdomain',
        message: `a ${type} guest has no device model, so ${name} has no use for a stub domain`,
        span: yaml.span(['domains', name, 'stubdomain'], 'key'),
        help: "remove it, or make the guest's type hvm",
      });
    }
    return faults;
  });
}

/** The names that steps use have to be domains, or consoles, of the scenario. */
function stepFaults(yaml: YamlFile, { domains, steps }: Scenario): Diagnostic[] {
  const names = Object.keys(domains);
  const consoles = [
    ...names.flatMap((name) => (domains[name]!.stubdomain ? [name, `${name}-dm`] : [name])),
    'dom0',
    'xen',
  ];
  return steps.flatMap((step, index) =>
    (['create', 'to', 'ends', 'verdict', 'on'] as const).flatMap((field) => {
      const value = (step as Record<string, unknown>)[field];
      if (typeof value !== 'string') return [];
      const valid = field === 'on' ? consoles : names;
      if (valid.includes(value)) return [];
      const what = field === 'on' ? 'console' : 'domain';
      return {
        id: `scenario.unknown-${what}`,
        message: `the scenario has no ${what} '${value}'`,
        span: yaml.span(['steps', index, field]),
        help: suggestion(value, valid, `${what}s`),
      };
    }),
  );
}
