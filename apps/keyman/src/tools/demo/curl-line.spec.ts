import { describe, expect, it } from '@jest/globals';
import { curlLine } from './curl-line.ts';

describe('a request shown as a curl command', () => {
  it('shows no secret and no file', () => {
    const body = {
      user: { userid: 'demo', pass: 'S3CRET' },
      cert: { certid: 'A1', pin: 'S3CRET', newpin: 'S3CRET' },
      pfxdata: 'S3CRET',
      pfxpass: 'S3CRET',
      document: 'S3CRET',
      parameters: { pdfparameters: { pwd: 'S3CRET' } },
    };
    const line = curlLine('http://127.0.0.1:8080', 'Signature/Pades', body);
    expect(line).not.toContain('S3CRET');
    expect(line).toContain('"pin":"<pin>"');
    expect(line).toContain('-H "Authentication: $TOKEN"');
  });

  it('can be given to a shell as it stands', () => {
    expect(curlLine('http://h', 'User/Add', { user: { name: "O'Neill" } })).toContain(String.raw`O'\''Neill`);
  });
});
