/** The types of the events that `event-schema.ts` describes. Nothing here costs time at start-up. */
import type { z } from 'zod';
import type { eventSchema, staleReasonSchema } from './event-schema.js';

export type { UnitName } from './unit-id.js';

/** Why a unit has to be built. */
export type StaleReason = z.infer<typeof staleReasonSchema>;

export type Event = z.infer<typeof eventSchema>;

export type Emit = (event: Event) => void;
