import { describe, expect, it } from '@jest/globals';
import { libpqEnvironment } from './libpq-environment.ts';

describe('a database address for PostgreSQL’s own programs', () => {
  const of = (url: string) => libpqEnvironment({ kind: 'url', url });

  it('keeps host, port, names and a password with any character', () => {
    expect(of('postgresql://me%40home:p%2Fw%3A%20%25@db.example.test:6432/key%20man')).toEqual({
      PGHOST: 'db.example.test',
      PGPORT: '6432',
      PGDATABASE: 'key man',
      PGUSER: 'me@home',
      PGPASSWORD: 'p/w: %',
    });
  });

  it.each([
    ['an IPv6 address', 'postgresql://me:x@[2001:db8::7]/keyman', '2001:db8::7'],
    ['a socket’s folder', 'postgresql://me:x@localhost/keyman?host=%2Frun%2Fpg', '/run/pg'],
  ])('has %s as libpq wants it', (_what, url, host) => {
    expect(of(url)).toMatchObject({ PGHOST: host, PGPORT: '5432' });
  });

  it('keeps how TLS is done: a dump must not go where the server would not go', () => {
    const url = 'postgresql://me:x@db/keyman?sslmode=verify-full&sslrootcert=/etc/ca.pem&sslcert=/c.pem&sslkey=/k.pem';
    expect(of(url)).toMatchObject({
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/etc/ca.pem',
      PGSSLCERT: '/c.pem',
      PGSSLKEY: '/k.pem',
    });
    expect(Object.keys(of('postgresql://me:x@db/keyman')).filter((name) => name.startsWith('PGSSL'))).toEqual([]);
  });
});
