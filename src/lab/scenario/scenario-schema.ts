/** Scenarios: which domains a lab's dom0 starts, what is done with them, and what is expected. */
import { z } from 'zod';
import type { FileKind } from '../../yaml/check-schema.js';

export const scenarioFile: FileKind = { area: 'scenario' };

const matching = (pattern: RegExp, error: string) => z.string().regex(pattern, { error });

const name = matching(
  /^[a-z][a-z0-9-]{0,30}$/,
  'not a valid name: expected up to 31 lower-case letters, digits and -, starting with a letter',
);
const reserved = ['control', 'dom0', 'prompt', 'xen', 'xl'];
const size = matching(
  /^[1-9][0-9]{0,5}(?:MiB|GiB)$/,
  'expected a size with its unit, MiB or GiB, e.g. 64MiB',
);
const pattern = z
  .string()
  .min(1, { error: 'the pattern is empty' })
  .superRefine((text, context) => {
    try {
      new RegExp(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  })
  .describe('A regular expression of JavaScript.');
const seconds = z.number().positive().max(86_400);
const within = seconds.optional().describe('In seconds; 60 when absent.');
const image = z
  .string()
  .min(1)
  .describe("A file, relative to the scenario's; or an image recipe that was built.");

const stubdomainSchema = z
  .strictObject({
    kernel: image,
    ramdisk: image.optional().describe('A file; an empty one when absent, because xl wants one.'),
    memory: size.optional(),
    cmdline: z.string().optional(),
  })
  .describe('Runs the device model of an hvm guest instead of dom0.');

const diskSchema = z.strictObject({
  file: image.describe(
    'A raw disk image; a recipe called boot-sector has one. It is never changed.',
  ),
  as: matching(
    /^(?:hd[a-d]|xvd[a-p]|sd[a-p])$/,
    'expected a disk name such as hda or xvda',
  ).describe('What the guest calls it.'),
});

const domainSchema = z.strictObject({
  type: z.enum(['pv', 'pvh', 'hvm']),
  kernel: image.optional().describe('What a pv or pvh guest boots.'),
  architecture: z.string().optional().describe('Of an image that is named by its recipe.'),
  ramdisk: image.optional(),
  cmdline: z.string().optional(),
  memory: size.default('64MiB'),
  disks: z.array(diskSchema).max(4, { error: 'at most four disks' }).optional(),
  network: z.boolean().optional().describe("An interface on dom0's bridge, which is 10.0.0.1."),
  stubdomain: stubdomainSchema.optional(),
  config: z
    .string()
    .optional()
    .describe('Further lines of the xl.cfg file, as they are; they override those above.'),
});

const domainName = name.describe('The name of a domain of this scenario.');
const stepSchemas = [
  z.strictObject({ create: domainName.describe('Starts the domain: xl create.'), within }),
  z.strictObject({
    run: z.string().min(1).describe('A command for the shell of dom0.'),
    status: z.int().min(0).max(255).optional().describe('What it has to end with; 0 when absent.'),
    expect: pattern.optional().describe('Must match a line that it prints.'),
    within,
  }),
  z.strictObject({
    expect: pattern,
    on: z
      .string()
      .describe('A domain, a domain and -dm for its stub domain, dom0 (its kernel), or xen.'),
    within,
  }),
  z.strictObject({
    send: z.string().describe('Text for the console of a domain; a line ends with \\r.'),
    to: domainName,
  }),
  z.strictObject({
    ends: domainName,
    reason: z
      .enum(['poweroff', 'reboot', 'crash'])
      .optional()
      .describe('Why it has to end; poweroff when absent.'),
    within,
  }),
  z.strictObject({
    verdict: domainName.describe("It ends, and the last line of its console is nub's verdict."),
    expect: pattern.optional().describe('Must match a line of its console.'),
    status: z.int().min(0).max(255).optional().describe('0 when absent.'),
    within,
  }),
] as const;

export const scenarioSchema = z.strictObject({
  summary: z.string().min(1).describe('What it shows, in one line.'),
  memory: size.default('1GiB').describe('Of the whole machine, for Xen, dom0 and its guests.'),
  dom0: z
    .strictObject({ memory: size.default('320MiB') })
    .prefault({})
    .describe('The initial domain.'),
  domains: z
    .record(name, domainSchema)
    .refine((domains) => !Object.keys(domains).some((each) => reserved.includes(each)), {
      error: `no domain can be called ${reserved.join(', ')}: the lab has consoles of these names`,
    })
    .refine((domains) => Object.keys(domains).length <= 8, { error: 'at most eight domains' })
    .describe('The guests, by their names.'),
  steps: z
    .array(z.union(stepSchemas))
    .min(1, { error: 'expected at least one step' })
    .describe('What is done and expected, one after the other.'),
});

export interface Scenario extends z.output<typeof scenarioSchema> {}
export type ScenarioDomain = Scenario['domains'][string];
export type Step = Scenario['steps'][number];
