/** Holds what --json prints against the schema that `stubforge schema events` prints. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { jsonSchema } from '../../src/app/json-schema.js';
import type { Event } from '../../src/events/event.js';

let validate: Promise<ValidateFunction> | undefined;

/** The events of a stream, each of which is a line and fits the schema. */
export async function eventsOf(stdout: string): Promise<Event[]> {
  validate ??= jsonSchema('events', { recipeDirs: [], toolchainDirs: [] }).then((schema) =>
    new Ajv2020({ allErrors: true, discriminator: true }).compile(schema),
  );
  const fits = await validate;
  expect(stdout.endsWith('\n') || stdout === '').toBe(true);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const event = JSON.parse(line);
      expect(fits(event), `${line}: ${JSON.stringify(fits.errors)}`).toBe(true);
      return event as Event;
    });
}
