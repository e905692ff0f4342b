import { gzipSync } from 'node:zlib';
import { BODY_LIMIT_BYTES, filled, type HeavyRequest } from './heavy-request.ts';
import { PATH as SOAP_PATH } from '../../soap-caller.ts';

const json = { contentType: 'application/json', path: '/Keyman/rest/v3/User/Get', token: 'header' } as const;
const xml = { contentType: 'text/xml; charset=utf-8', path: SOAP_PATH, token: 'inside' } as const;
const form = {
  contentType: 'multipart/form-data; boundary=b',
  path: '/Keyman/rest/v3/Signature/Pades',
  token: 'header',
} as const;
const TEXT = '{"user":{"userid":"';

/** Requests whose transfer is the trap, and those that nobody has logged in for. */
export const HEAVY_TRANSFERS: readonly HeavyRequest[] = [
  { ...json, name: 'chunks of one byte', chunkBytes: 1, body: () => filled(TEXT, 'a', '"}}', 8 * 1024 * 1024) },
  { ...json, name: 'chunks of seven bytes', chunkBytes: 7, body: () => filled(TEXT, 'a', '"}}', 8 * 1024 * 1024) },
  {
    ...form,
    name: 'form: chunks of one byte',
    chunkBytes: 1,
    body: () =>
      filled(
        '--b\r\nContent-Disposition: form-data; name="document"; filename="a"\r\n\r\n',
        'a',
        '\r\n--b--\r\n',
        64 * 1024,
      ),
  },
  {
    ...json,
    name: 'chunks without end',
    chunkBytes: 64 * 1024,
    body: () => filled(TEXT, 'a', '"}}', 2 * BODY_LIMIT_BYTES),
  },
  {
    ...json,
    name: 'a gzip bomb',
    headers: { 'content-encoding': 'gzip' },
    body: () => gzipSync(filled(TEXT, 'a', '"}}')),
  },
  {
    ...json,
    name: 'gzip of much',
    headers: { 'content-encoding': 'gzip' },
    body: () => Buffer.alloc(BODY_LIMIT_BYTES, 0x1f),
  },
  { ...json, name: 'no session, much JSON', token: 'nowhere', body: () => filled(TEXT, 'a', '"}}') },
  {
    ...json,
    name: 'no session, much JSON in chunks',
    token: 'nowhere',
    chunkBytes: 64 * 1024,
    body: () => filled(TEXT, 'a', '"}}'),
  },
  { ...json, name: 'no session, 64 KiB of brackets', token: 'nowhere', body: () => filled('', '[', '', 64 * 1024) },
  {
    ...xml,
    name: 'no session, XML in chunks of one byte',
    token: 'nowhere',
    chunkBytes: 1,
    body: () => filled('<a>', 'a', '</a>', 8 * 1024 * 1024),
  },
  { ...xml, name: 'XML of one byte too many', body: () => filled('<a>', 'a', '</a>', BODY_LIMIT_BYTES + 1) },
];
