/** Writes a domain's xl.cfg file (xl.cfg(5)), with paths as dom0 sees them. */
import type { ScenarioDomain } from '../scenario/scenario-schema.js';

/** Where dom0 has what the domain is made of. */
export interface DomainFiles {
  kernel?: string;
  ramdisk?: string;
  /** Block devices, in the order of the domain's disks. */
  disks: string[];
  stubdomainKernel?: string;
  stubdomainRamdisk?: string;
}

/** The text of the file. A domain that ends is destroyed, however it ends. */
export function domainConfig(name: string, domain: ScenarioDomain, files: DomainFiles): string {
  const { type, stubdomain } = domain;
  const settings: [string, string | number | string[] | undefined][] = [
    ['name', name],
    ['type', type],
    ['memory', mebibytes(domain.memory)],
    ['vcpus', 1],
    ['kernel', files.kernel],
    ['ramdisk', files.ramdisk],
    ['cmdline', domain.cmdline],
    ['disk', domain.disks?.map(({ as }, index) => diskWords(as, files.disks[index]!))],
    ['vif', domain.network ? [type === 'hvm' ? 'model=e1000' : ''] : undefined],
    ['on_poweroff', 'destroy'],
    ['on_reboot', 'destroy'],
    ['on_crash', 'destroy'],
  ];
  if (type === 'hvm') {
    settings.push(['serial', 'pty'], ['vnc', 0], ['sdl', 0], ['usb', 0], ['boot', 'c']);
  }
  if (stubdomain) {
    settings.push(
      ['device_model_version', 'qemu-xen'],
      ['device_model_stubdomain_override', 1],
      ['stubdomain_kernel', files.stubdomainKernel],
      ['stubdomain_ramdisk', files.stubdomainRamdisk],
      ['stubdomain_memory', stubdomain.memory && mebibytes(stubdomain.memory)],
      ['stubdomain_cmdline', stubdomain.cmdline],
    );
  }
  const lines = settings.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${Array.isArray(value) ? list(value) : word(value)}`],
  );
  return `${[...lines, ...(domain.config ? [domain.config.trimEnd()] : [])].join('\n')}\n`;
}

/** QEMU opens the device itself, so no scripts of dom0's are needed. */
const diskWords = (as: string, device: string) =>
  `format=raw, vdev=${as}, access=rw, backendtype=qdisk, target=${device}`;

const list = (values: readonly string[]) => `[ ${values.map(word).join(', ')} ]`;

/** xl knows quotation marks of both kinds, and no way to write one inside of its own kind. */
function word(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

/** `64MiB` or `1GiB` as a number of MiB. */
export function mebibytes(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith('GiB') ? 1024 : 1);
}
