import { z } from 'zod';
import { text } from '../members.ts';

/** What a client tells of itself: goes into the audit, is never trusted. */
export const callerObject = z
  .object({
    app: text(256).optional(),
    host: text(256).optional(),
    location: text(1024).optional(),
    remoteuser: text(256).optional(),
  })
  .optional();
export type CallerObject = z.output<typeof callerObject>;
