import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsProblem } from '@cinnabar/config';
import { describe, expect, it } from '@jest/globals';
import { readKeymanSettings } from './keyman-settings.ts';
import { settingsPage } from './settings-page.ts';

describe('keyman settings', () => {
  it('start with nothing set', () => {
    const settings = readKeymanSettings({});
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      tls: undefined,
      attemptLimits: { triesInRow: 5, triesPerDay: 20 },
    });
  });

  it('send checkpoints to the home, and to a syslog server that is named well', () => {
    const settings = readKeymanSettings({ CINNABAR_HOME: '/srv/cinnabar', KEYMAN_SYSLOG: 'tcp://logs.example:601' });
    expect(settings.checkpoints).toEqual({
      everyMs: 60_000,
      everyRecords: 10_000,
      path: '/srv/cinnabar/audit-checkpoints.jsonl',
      syslog: { transport: 'tcp', host: 'logs.example', port: 601 },
    });
    expect(readKeymanSettings({ KEYMAN_SYSLOG: 'unix:/dev/log' }).checkpoints.syslog).toEqual({
      transport: 'unix',
      path: '/dev/log',
    });
    expect(() => readKeymanSettings({ KEYMAN_SYSLOG: 'unix:dev/log' })).toThrow(/KEYMAN_SYSLOG/);
  });

  it('stop a server that would send PINs in the clear', () => {
    expect(() => readKeymanSettings({ KEYMAN_HOST: '0.0.0.0' })).toThrow(SettingsProblem);
    expect(() => readKeymanSettings({ KEYMAN_HOST: '::' })).toThrow(/in the clear/);
    expect(readKeymanSettings({ KEYMAN_HOST: '0.0.0.0', KEYMAN_TRUSTED_PROXY: '10.0.0.0/8' }).trustedProxies).toEqual([
      '10.0.0.0/8',
    ]);
    expect(
      readKeymanSettings({ KEYMAN_HOST: '0.0.0.0', KEYMAN_TLS_CERT: 'a.pem', KEYMAN_TLS_KEY: 'b.pem' }).tls,
    ).toBeDefined();
    expect(readKeymanSettings({ KEYMAN_HOST: '127.0.0.2' }).host).toBe('127.0.0.2');
  });

  it('are judged all at once, one by one and against each other', () => {
    expect(() => readKeymanSettings({ KEYMAN_HOST: '0.0.0.0', KEYMAN_PORT: 'x' })).toThrow(
      /KEYMAN_PORT "x" is not accepted.*\n.*in the clear/,
    );
  });

  it('refuse half of a pair', () => {
    expect(() => readKeymanSettings({ KEYMAN_TLS_CERT: 'a.pem' })).toThrow(/belong together/);
    expect(() => readKeymanSettings({ DATABASE_MIGRATION_URL: 'postgres://x' })).toThrow(/without DATABASE_URL/);
    expect(() => readKeymanSettings({ KEYMAN_TRUSTED_PROXY: 'proxy.example' })).toThrow(/neither an address/);
  });

  it('stand in docs/settings.md as declared', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/settings.md'), 'utf8');
    expect(page).toBe(settingsPage());
  });
});
