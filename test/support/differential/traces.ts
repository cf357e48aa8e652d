/** Traces of sequences, as the test program writes them. */
import type { Said } from './machines.js';

export interface Trace {
  /** What it is the trace of, such as `sequence 17`. */
  name: string;
  calls: {
    /** Its place in the sequence; undefined for what is looked at when all is over. */
    number?: number;
    /** Such as `f1 = dup(f0)`. */
    call: string;
    /** What it gave, with the blank or the equals sign before it. */
    answer: string;
  }[];
  ending: string;
}

/** The traces in order; the last one may have ended early. */
export function readTraces(said: Said): Trace[] {
  const traces: Trace[] = [];
  let current: Trace | undefined;
  for (const line of said.lines) {
    const match = /^(\d+|end) (.*)$/.exec(line);
    if (line.startsWith('case ')) {
      const ending = said.ending === 'end' ? 'stopped' : said.ending;
      current = { name: line.slice('case '.length), calls: [], ending };
      traces.push(current);
    } else if (line.startsWith('done ')) {
      if (current) current.ending = 'done';
      current = undefined;
    } else if (match && current) {
      const [, number, rest] = match;
      const [, call, answer] = /^(.*?\)|\w+)(.*)$/.exec(rest!) ?? [rest!, rest!, ''];
      current.calls.push({
        number: number === 'end' ? undefined : Number(number),
        call: call!,
        answer: answer!,
      });
    }
  }
  return traces;
}
