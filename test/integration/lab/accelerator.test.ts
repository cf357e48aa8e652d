import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { Accelerators } from '../../../src/lab/accelerator.js';
import { type BootOptions, bootImage } from '../../../src/lab/boot-image.js';
import { UserError } from '../../../src/util/diagnostic.js';
import { temporaryTree } from '../../support/temporary.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const realTimeout = setTimeout;
/** Only the bounds of boots are in these; processes take the time that they take. */
const timers = { toFake: ['setTimeout', 'clearTimeout'] } satisfies Parameters<
  typeof vi.useFakeTimers
>[0];

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => realTimeout(resolve, 10));
}

/** What a stand-in for QEMU does: shell commands for each of the three guests that it may be given. */
interface Behaviour {
  probe: string;
  kvm: string;
  tcg?: string;
}

const works = "echo 'probe: passed'";
const passes = "echo hello; echo 'nub: exit status 0'";
const silent = 'exec sleep 600';
/** Until the test says `go`. */
const waits = 'until [ -e "$(dirname "$0")/go" ]; do sleep 0.02; done';
/** As QEMU does it: it tells of the end and does not end. */
const givesUp =
  "echo 'KVM internal error. Suberror: 1' >&2; echo 'emulation failure' >&2; exec sleep 600";

/** The least that counts as bootable by its PVH entry; nothing runs it. */
const pvhImage = Buffer.from(
  [
    '7f454c46010101000000000000000000020003000100000000001000340000000000000000000000',
    '340020000200000000000000', // an ELF header for i386 with two segments
    '0100000000000000000010000000100088000000880000000700000000100000', // PT_LOAD
    '0400000074000000740010007400100014000000140000000400000004000000', // PT_NOTE
    '040000000400000012000000' + '58656e00' + '00001000', // the entry's address
  ].join(''),
  'hex',
);

/** Puts a real process in QEMU's place on PATH. */
async function standIn({ probe, kvm, tcg = passes }: Behaviour) {
  const directory = await temporaryTree({ started: '' });
  const qemu = join(directory, 'qemu-system-x86_64');
  const started = join(directory, 'started');
  await writeFile(
    qemu,
    `#!/bin/sh
case " $* " in
  *' -bios kvm-probe '*) echo probe >> ${started}; ${probe} ;;
  *' -accel kvm '*) echo kvm >> ${started}; ${kvm} ;;
  *' -accel tcg '*) echo tcg >> ${started}; ${tcg} ;;
esac
`,
  );
  await chmod(qemu, 0o755);
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env.PATH}`);
  const image = join(directory, 'image');
  await writeFile(image, pvhImage);
  const events: Event[] = [];
  const accelerators = new Accelerators();
  return {
    boot: (options: Partial<BootOptions> = {}) =>
      bootImage(
        // A sign of life is waited for as long as the bound of a test, where one comes.
        { image, under: 'pvh', verdict: true, signOfLife: 50, ...options },
        { emit: (event) => events.push(event), signal: new AbortController().signal, accelerators },
      ),
    notes: () => events.flatMap((event) => (event.type === 'note' ? [event.message] : [])),
    go: () => writeFile(join(directory, 'go'), ''),
    started: async () => (await readFile(started, 'utf8')).trim().split('\n'),
    events,
  };
}

const passed = { outcome: 'passed', status: 0 };

describe('auto', () => {
  test('takes KVM where the probe passes, and probes once', async () => {
    const { boot, notes, started } = await standIn({ probe: works, kvm: passes });
    expect(await boot()).toMatchObject({ ...passed, accelerator: 'kvm' });
    expect(await boot()).toMatchObject({ ...passed, accelerator: 'kvm' });
    expect(await started()).toEqual(['probe', 'kvm', 'kvm']);
    expect(notes()).toEqual([]);
  });

  test.each([
    ['fails', "echo 'probe: failed'"],
    ['is given up by KVM', givesUp],
    ['cannot start', "echo 'qemu-system-x86_64: failed to initialize kvm' >&2; exit 1"],
    ['is aborted with QEMU', 'kill -ABRT $$'],
  ])('emulates where the probe %s', async (_name, probe) => {
    const { boot, notes, started } = await standIn({ probe, kvm: passes });
    expect(await boot()).toMatchObject({ ...passed, accelerator: 'tcg' });
    expect(await started()).toEqual(['probe', 'tcg']);
    expect(notes()).toEqual([]);
  });

  test('emulates after silence, says so, and does not try KVM again', async () => {
    const { boot, notes, started, events } = await standIn({ probe: works, kvm: silent });
    expect(await boot({ signOfLife: 0.3 })).toMatchObject({ ...passed, accelerator: 'tcg' });
    expect(notes()).toEqual([
      'the guest shows no sign of life under KVM; emulating instead (--accel tcg skips this)',
    ]);
    const boots = events.filter((event) => event.type.startsWith('boot-'));
    expect(boots).toMatchObject([
      { type: 'boot-start', accelerator: 'kvm' },
      { type: 'boot-start', accelerator: 'tcg' },
      { type: 'boot-done', outcome: 'passed' },
    ]);
    expect(await boot({ signOfLife: 0.3 })).toMatchObject({ ...passed, accelerator: 'tcg' });
    expect(await started()).toEqual(['probe', 'kvm', 'tcg', 'tcg']);
  });

  test('gives the second boot its whole time', async () => {
    vi.useFakeTimers(timers);
    const { boot, started, go } = await standIn({
      probe: works,
      kvm: silent,
      tcg: `${waits}; ${passes}`,
    });
    const booted = boot({ timeout: 60, signOfLife: 50 });
    await until(async () => (await started()).at(-1) === 'kvm');
    vi.advanceTimersByTime(50_000);
    await until(async () => (await started()).at(-1) === 'tcg');
    vi.advanceTimersByTime(59_000);
    await go();
    expect(await booted).toMatchObject({ ...passed, accelerator: 'tcg' });
  });

  test('emulates when KVM gives up on the guest after its first lines', async () => {
    const { boot, notes } = await standIn({ probe: works, kvm: `echo hello; ${givesUp}` });
    expect(await boot()).toMatchObject({ ...passed, accelerator: 'tcg' });
    expect(notes()).toEqual([
      'KVM gave up on the guest; emulating instead (--accel tcg skips this)',
    ]);
  });

  test('does not start over a guest that was sent something', async () => {
    const { boot, started } = await standIn({
      probe: works,
      kvm: `echo hello; read -r line; echo "got $line"; ${givesUp}`,
    });
    const result = await boot({ listening: (write) => write('text\n') });
    expect(result).toMatchObject({ outcome: 'crashed', accelerator: 'kvm' });
    expect(result.tail).toEqual(['hello', 'got text']);
    expect(await started()).toEqual(['probe', 'kvm']);
  });

  test('leaves a guest alone that has shown a sign of life', async () => {
    vi.useFakeTimers(timers);
    const { boot, started, events, go } = await standIn({
      probe: works,
      kvm: `echo hello; ${waits}; echo 'nub: exit status 0'`,
    });
    const booted = boot({ timeout: 60, signOfLife: 50 });
    await until(() => events.some((event) => event.type === 'console'));
    vi.advanceTimersByTime(59_000);
    await go();
    expect(await booted).toMatchObject({ ...passed, accelerator: 'kvm' });
    expect(await started()).toEqual(['probe', 'kvm']);
  });
});

describe('kvm', () => {
  test('is refused with the reason where the probe does not pass', async () => {
    const { boot } = await standIn({ probe: givesUp, kvm: passes });
    const error = await boot({ accelerator: 'kvm' }).catch((caught) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).diagnostics).toEqual([
      {
        id: 'boot.kvm-unusable',
        message: 'KVM does not run guests on this machine',
        details: ['KVM gave up: KVM internal error. Suberror: 1'],
        help: 'emulate the guest: --accel tcg, or auto, which uses KVM only where it works',
      },
    ]);
  });

  test('does not fall back, but is named as a suspect', async () => {
    const { boot, notes, started } = await standIn({ probe: works, kvm: silent });
    const options = { accelerator: 'kvm', signOfLife: 0.1, timeout: 0.5 } as const;
    expect(await boot(options)).toMatchObject({
      outcome: 'hung',
      accelerator: 'kvm',
      detail: 'the guest did not end within 0.5 s; KVM may be at fault, so try --accel tcg',
    });
    expect(notes()).toEqual([]);
    expect(await started()).toEqual(['probe', 'kvm']);
  });
});

test('tcg does not look at KVM at all', async () => {
  const { boot, started } = await standIn({ probe: works, kvm: passes, tcg: passes });
  expect(await boot({ accelerator: 'tcg' })).toMatchObject({ ...passed, accelerator: 'tcg' });
  expect(await started()).toEqual(['tcg']);
});
