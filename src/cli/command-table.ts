import type { Define } from './context.js';

/** One row a command, in the order in which the help lists them. */
interface CommandEntry {
  name: string;
  summary: string;
  /** Loads the command's file; only the command that is run is ever loaded. */
  load: () => Promise<{ default: Define }>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'build QEMU as a stub domain from distro sources, boot it and show the verdict',
    load: () => import('./commands/demo-command.js'),
  },
  {
    name: 'build',
    summary: 'build recipes and all that they need',
    load: () => import('./commands/build-command.js'),
  },
  {
    name: 'plan',
    summary: 'show what a build would do, and why',
    load: () => import('./commands/plan-command.js'),
  },
  {
    name: 'why',
    summary: 'show what has changed in a unit since its last build',
    load: () => import('./commands/why-command.js'),
  },
  {
    name: 'export',
    summary: 'write a build as a shell script that needs neither Node nor stubforge',
    load: () => import('./commands/export-command.js'),
  },
  {
    name: 'lint',
    summary: 'check recipes and toolchain descriptions',
    load: () => import('./commands/lint-command.js'),
  },
  {
    name: 'schema',
    summary:
      'print the JSON schema of recipes, toolchains, scenarios or events, for editors and programs',
    load: () => import('./commands/schema-command.js'),
  },
  {
    name: 'source',
    summary: 'lock, fetch and mirror sources',
    load: () => import('./commands/source-command.js'),
  },
  {
    name: 'store',
    summary: 'list, check, clean up and transfer what was built',
    load: () => import('./commands/store-command.js'),
  },
  {
    name: 'toolchain',
    summary: 'list, show and install toolchains',
    load: () => import('./commands/toolchain-command.js'),
  },
  {
    name: 'config-sub',
    summary: 'check, patch and test the config.sub files of source trees',
    load: () => import('./commands/config-sub-command.js'),
  },
  {
    name: 'verify',
    summary: 'check images against the boot contract',
    load: () => import('./commands/verify-command.js'),
  },
  {
    name: 'image',
    summary: 'print what a host needs to run an image as a stub domain',
    load: () => import('./commands/image-command.js'),
  },
  {
    name: 'boot',
    summary: 'boot an image in the lab and read its verdict',
    load: () => import('./commands/boot-command.js'),
  },
  {
    name: 'lab',
    summary: 'try Xen, dom0 and guests on an emulated machine',
    load: () => import('./commands/lab-command.js'),
  },
  {
    name: 'log',
    summary: "show a unit's build log",
    load: () => import('./commands/log-command.js'),
  },
  {
    name: 'shell',
    summary: "open a shell in a unit's build environment",
    load: () => import('./commands/shell-command.js'),
  },
  {
    name: 'setup',
    summary: 'install the build tools that are missing, or list them',
    load: () => import('./commands/setup-command.js'),
  },
];
