import { stat } from 'node:fs/promises';
import { opensslComplaint } from '../../../apps/keyman/src/tools/demo/openssl-check.ts';
import { fail, judgeOfOne, OK } from '../verdict.ts';

/** openssl over the very bytes: the CMS taken out of /Contents, against what /ByteRange covers. */
export const openssl = judgeOfOne('openssl', async ({ originalPath, signedPath, profile }, { anchorPath }) => {
  const { size } = await stat(originalPath);
  const complaint = await opensslComplaint(signedPath, size, anchorPath, profile === 'enhanced');
  return complaint === undefined ? OK : fail(complaint);
});
