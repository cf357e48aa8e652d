/** Lines for a guest's xl.cfg file (xl.cfg(5)) that make an image its device model. */

export interface DeviceModelImage {
  /** Where dom0 has the image. */
  kernel: string;
  bits: 32 | 64;
  /** In bytes; xl's own default when absent. */
  memory?: number;
}

export interface XlConfig {
  /** Options and their values, in their order. */
  settings: { name: string; value: string | number; comment: string }[];
  text: string;
}

const MiB = 1024 * 1024;
/** Every dom0 has it, and it is small. */
const someFile = '/etc/xen/xl.conf';

export function xlConfig({ kernel, bits, memory }: DeviceModelImage): XlConfig {
  const width = bits === 32 ? '; a 32-bit PV guest: Xen has to be built with CONFIG_PV32' : '';
  const settings: XlConfig['settings'] = [
    { name: 'type', value: 'hvm', comment: 'only HVM guests have a device model' },
    {
      name: 'device_model_version',
      value: 'qemu-xen',
      comment: 'the kind of QEMU that is told what to do by dm-argv and QMP',
    },
    {
      name: 'device_model_stubdomain_override',
      value: 1,
      comment: 'in a domain of its own, instead of dom0',
    },
    { name: 'stubdomain_kernel', value: kernel, comment: `the image${width}` },
    {
      name: 'stubdomain_ramdisk',
      value: someFile,
      comment: 'xl insists on a file; the image has no use for it, so any small one will do',
    },
  ];
  if (memory !== undefined) {
    settings.push({
      name: 'stubdomain_memory',
      value: Math.ceil(memory / MiB),
      comment: "in MiB, on top of the guest's own memory",
    });
  }
  const lines = settings.flatMap(({ name, value, comment }) => [
    `# ${comment}`,
    `${name} = ${typeof value === 'number' ? value : `"${value}"`}`,
  ]);
  if (memory === undefined) {
    lines.push('# xl gives it 128 MiB; another number: stubdomain_memory = MIB');
  }
  return { settings, text: lines.join('\n') };
}
