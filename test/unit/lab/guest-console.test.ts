import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Console, type ConsoleListener, cleanText } from '../../../src/lab/guest-console.js';
import { XenConsole } from '../../../src/lab/xen-console.js';

function recorder() {
  const lines: string[] = [];
  const partials: string[] = [];
  const listener: ConsoleListener = {
    line: (text) => lines.push(text),
    partial: (text) => partials.push(text),
  };
  return { lines, partials, listener };
}

/** What a console hears of these pieces. */
async function hear(...pieces: (string | Buffer)[]) {
  const record = recorder();
  const [input, output] = [new PassThrough(), new PassThrough()];
  const console = new Console(input, output, record.listener);
  for (const piece of pieces) input.write(piece);
  await new Promise((resolve) => setImmediate(resolve));
  console.flush();
  return { ...record, console, output };
}

describe('Console', () => {
  test('joins pieces and splits lines', async () => {
    const { lines, partials } = await hear('he', 'llo\r\nwor', 'ld\n\nlast');
    expect(lines).toEqual(['hello', 'world', '', 'last']);
    expect(partials).toContain('he');
  });

  test('a character may arrive in two pieces', async () => {
    const bytes = Buffer.from('é\n');
    expect((await hear(bytes.subarray(0, 1), bytes.subarray(1))).lines).toEqual(['é']);
  });

  test('a line without an end is given in pieces', async () => {
    const { lines } = await hear('x'.repeat(20_000));
    expect(lines.map((line) => line.length)).toEqual([8192, 8192, 3616]);
  });

  test('control sequences do not reach the terminal', () => {
    expect(cleanText('\x1b[2J\x1b[01;01Hgrub> \x1b[0;37m\x07\x1b]0;title\x07!\x1b7\t')).toBe(
      'grub> !\t',
    );
  });

  test('writes to the guest', async () => {
    const { console, output } = await hear();
    console.write('help\r');
    expect(String(output.read())).toBe('help\r');
  });
});

describe('XenConsole', () => {
  test("separates Xen's lines from the guest's", () => {
    const guest = recorder();
    const xen: string[] = [];
    const both = new XenConsole(guest.listener, (line) => xen.push(line));
    for (const line of ['(XEN) first', 'hello', 'nub: exit sta(XEN) second', 'tus 0'])
      both.line(line);
    both.partial('(XE');
    both.partial('grub> ');
    both.line('end(XEN) third');
    both.flush();
    expect(xen).toEqual(['first', 'second', 'third']);
    expect(guest.lines).toEqual(['hello', 'nub: exit status 0', 'end']);
    expect(guest.partials).toEqual(['grub> ']);
  });
});
