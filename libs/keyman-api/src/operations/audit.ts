import { z } from 'zod';
import { AUDIT_EXAMPLE, PAGE_EXAMPLE } from '../examples/objects.ts';
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
  example: {
    request: {
      startdate: '2018-04-01T00:00:00.000Z',
      enddate: '2018-04-30T23:59:59.999Z',
      audit: { category: 'Sign', success: true },
      page: { id: 2, itemspage: 25 },
    },
    response: { auditlist: [AUDIT_EXAMPLE], page: PAGE_EXAMPLE },
  },
});
