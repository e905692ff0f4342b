import { z } from 'zod';
import { flag, moment, text } from '../members.ts';
import { auditObject } from '../objects/audit.ts';
import { pageObject, pageRequest } from '../objects/page.ts';
import { operation, type RawRequest } from '../operation.ts';

const filterText = () => text(256).optional();

/** The manual's sample sends its filter as `auditlist:[{…}]`; the table calls it `audit`. */
function readSampleFilter(raw: RawRequest): RawRequest {
  const list = raw['auditlist'];
  return raw['audit'] === undefined && Array.isArray(list) && list.length > 0
    ? { ...raw, audit: list[0] as unknown }
    : raw;
}

export const auditList = operation('Audit/List', {
  summary: 'Lists audit records, newest first: one’s own, or those of the organisation for its admins and auditors.',
  access: 'user',
  adapt: readSampleFilter,
  request: z.object({
    startdate: moment(),
    enddate: moment(),
    foruser: filterText(),
    audit: z
      .preprocess(
        (value) =>
          typeof value === 'object' && value !== null
            ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null && member !== ''))
            : value,
        z.object({
          userid: filterText(),
          oper: filterText(),
          category: filterText(),
          action: filterText(),
          success: flag().optional(),
          certid: filterText(),
          serial: filterText(),
          module: filterText(),
        }),
      )
      .optional(),
    page: pageRequest,
  }),
  response: z.object({ auditlist: z.array(auditObject), page: pageObject }),
});
