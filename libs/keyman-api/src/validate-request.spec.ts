import { describe, expect, it } from '@jest/globals';
import { CodedError } from '@cinnabar/core';
import { toErrorObject } from './error-message.ts';
import { auditList, authLogin, certGet, certPinCheck, otpRequest, signHash, signaturePades, userGet } from './index.ts';
import type { OperationDeclaration } from './operation.ts';
import { validateRequest } from './validate-request.ts';

function refusal(declaration: OperationDeclaration, body: unknown): string {
  try {
    validateRequest(declaration, body);
  } catch (error) {
    if (CodedError.is(error)) {
      const { code, message } = toErrorObject(error, 'trace');
      return `${code} ${message}`;
    }
    throw error;
  }
  return 'accepted';
}

describe('validateRequest', () => {
  it('names a missing member as the manual prints it', () => {
    expect(refusal(signaturePades, { cert: { certid: 'A', pin: '1' }, doc: 'JVBERg==' })).toBe(
      'K0004 Insufficient parameters (profile)',
    );
    expect(refusal(signHash, {})).toBe('K0004 Insufficient parameters (cert.certid)');
    expect(refusal(auditList, { enddate: '2018-04-30T23:59:59.999Z' })).toBe(
      'K0004 Insufficient parameters (startdate)',
    );
  });

  it('reads null and empty strings as absent', () => {
    expect(refusal(certGet, { cert: { certid: null } })).toBe('K0004 Insufficient parameters (cert.certid)');
    expect(refusal(certGet, { cert: { certid: '' } })).toBe('K0004 Insufficient parameters (cert.certid)');
    expect(validateRequest(userGet, null)).toEqual({ user: {} });
    expect(validateRequest(userGet, '')).toEqual({ user: {} });
  });

  it('tells what is wrong with a wrong member, without its value', () => {
    expect(refusal(signHash, { cert: { certid: 'A', pin: '1' }, hash: { algorithm: 'CRC32', digest: 'AA==' } })).toBe(
      'K0005 Invalid parameter (hash.algorithm): is none of SHA1, SHA224, SHA256, SHA384, SHA512, MD5',
    );
    expect(
      refusal(signHash, { cert: { certid: 'A', pin: 123456 }, hash: { algorithm: 'SHA1', digest: 'AA==' } }),
    ).not.toContain('123456');
    expect(refusal(signHash, { cert: { certid: 'A', pin: '1' }, hash: { algorithm: 'SHA1', digest: '*' } })).toBe(
      'K0005 Invalid parameter (hash.digest): is not base64',
    );
  });

  it('reads words in any case and booleans as words', () => {
    expect(validateRequest(authLogin, { module: 'm', authmethod: 'PASS', login: 'a', pass: 'b' }).authmethod).toBe(
      'pass',
    );
    const request = validateRequest(signaturePades, {
      cert: { certid: 'A', pin: '1' },
      document: 'JVBERg==',
      profile: 'Enhanced',
      hashalgorithm: 'sha256',
      parameters: { pdfparameters: { signvisible: 'true' } },
    });
    expect([request.profile, request.hashalgorithm, request.parameters.pdfparameters?.signvisible]).toEqual([
      'enhanced',
      'SHA256',
      true,
    ]);
  });

  it('takes certificate members flat or under cert', () => {
    expect(validateRequest(certPinCheck, { certid: 'A', pin: '1' })).toEqual({ cert: { certid: 'A', pin: '1' } });
    const inBoth = { certid: 'A', pin: '1', cert: { certid: 'B' } };
    expect(validateRequest(certPinCheck, inBoth)).toEqual({ cert: { certid: 'B', pin: '1' } });
    expect(validateRequest(certPinCheck, { certid: 'A', pin: '1', cert: {} })).toEqual({
      cert: { certid: 'A', pin: '1' },
    });
    expect(refusal(certPinCheck, { certid: 'A', pin: '1', cert: ['B'] })).toContain('K0005');
  });

  it('takes digests of the lengths that hashes have, and of MD5 with SHA-1: a code for another could sign nothing', () => {
    const order = (length: number): object => ({
      certid: 'A',
      digests: [32, length].map((each) => Buffer.alloc(each, 1).toString('base64')),
    });
    for (const length of [16, 20, 28, 32, 36, 48, 64]) expect(refusal(otpRequest, order(length))).toBe('accepted');
    for (const length of [0, 1, 31, 33, 65])
      expect(refusal(otpRequest, order(length))).toBe('K0005 Invalid parameter (digests[1]): is as long as no hash');
  });

  it('reads the audit filter where the sample puts it', () => {
    const request = validateRequest(auditList, {
      startdate: '2018-04-01T00:00:00.000Z',
      enddate: '2018-04-30T23:59:59.999Z',
      auditlist: [{ category: 'Sign', app: 'ignored', certidorig: null }],
      page: { id: 2, itemspage: 25 },
    });
    expect(request.audit).toEqual({ category: 'Sign' });
    expect(request.page).toEqual({ id: 2, itemspage: 25 });
  });

  it.each([
    ['2018-04-01T00:00:00', '2018-04-01T00:00:00.000Z'],
    ['2018-04-01T02:00:00.896350+02:00', '2018-04-01T00:00:00.896Z'],
    ['2018-04-01', '2018-04-01T00:00:00.000Z'],
  ])('reads the moment %s', (sent, meant) => {
    expect(validateRequest(auditList, { startdate: sent, enddate: sent }).startdate.toISOString()).toBe(meant);
  });

  it('refuses what is no object and what is nested without end', () => {
    let nested: unknown = {};
    for (let depth = 0; depth < 1000; depth++) nested = { user: nested };
    expect(refusal(userGet, nested)).toMatch(/^K0005/);
    expect(refusal(userGet, [1])).toMatch(/^K0005/);
  });

  it('does not let a request reach the prototype', () => {
    const request = validateRequest(
      userGet,
      JSON.parse('{"__proto__":{"polluted":true},"user":{"__proto__":{"userid":"x"}}}'),
    );
    expect(request).toEqual({ user: {} });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
