import { expect, test } from 'vitest';
import { domainConfig } from '../../../src/lab/xl/domain-config.js';

test('an HVM guest with a stub domain has what libxl asks for', () => {
  const text = domainConfig(
    'guest',
    {
      type: 'hvm',
      memory: '1GiB',
      disks: [{ file: 'x', as: 'hda' }],
      network: true,
      stubdomain: { kernel: 'x', memory: '96MiB', cmdline: 'nub.trace=1' },
      config: 'vcpus = 2\n',
    },
    { disks: ['/dev/vda'], stubdomainKernel: '/s/kernel', stubdomainRamdisk: '/s/ramdisk' },
  );
  const lines = text.split('\n');
  for (const line of [
    'type = "hvm"',
    'memory = 1024',
    'disk = [ "format=raw, vdev=hda, access=rw, backendtype=qdisk, target=/dev/vda" ]',
    'vif = [ "model=e1000" ]',
    'device_model_version = "qemu-xen"',
    'device_model_stubdomain_override = 1',
    'stubdomain_kernel = "/s/kernel"',
    'stubdomain_ramdisk = "/s/ramdisk"',
    'stubdomain_memory = 96',
    'stubdomain_cmdline = "nub.trace=1"',
  ]) {
    expect(lines).toContain(line);
  }
  // Of two settings of one name xl takes the later one.
  expect(lines.lastIndexOf('vcpus = 2')).toBeGreaterThan(lines.indexOf('vcpus = 1'));
});

test('a PV guest has a kernel and a command line, whatever quotation marks are in it', () => {
  const text = domainConfig(
    'guest',
    { type: 'pv', memory: '32MiB', kernel: 'x', cmdline: `one "two words"` },
    { kernel: '/g/kernel', disks: [] },
  );
  expect(text).toContain('kernel = "/g/kernel"\n');
  expect(text).toContain(`cmdline = 'one "two words"'\n`);
  expect(text).not.toMatch(/stubdomain|serial|disk|vif/);
});
