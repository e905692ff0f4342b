import { HEAVY_FORMS } from './heavy-forms.ts';
import { HEAVY_JSON } from './heavy-json.ts';
import type { HeavyRequest } from './heavy-request.ts';
import { HEAVY_TRANSFERS } from './heavy-transfer.ts';
import { HEAVY_XML } from './heavy-xml.ts';

/** Every request that might cost the server far more than its sender. */
export const HEAVY_REQUESTS: readonly HeavyRequest[] = [
  ...HEAVY_JSON,
  ...HEAVY_XML,
  ...HEAVY_FORMS,
  ...HEAVY_TRANSFERS,
];
