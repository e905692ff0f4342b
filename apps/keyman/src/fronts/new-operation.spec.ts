import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { systemClock } from '@cinnabar/core';
import { JsonBodyReader, XmlBodyReader } from '@cinnabar/http';
import { operation, type RequestOf } from '@cinnabar/keyman-api';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { AUDIT_TRAIL, CLOCK, CONTRACT, KEY_CUSTODY, PREPARED_QUERIES, SETTINGS, UPLOAD_FOLDER } from '../ports.ts';
import { readKeymanSettings } from '../settings/index.ts';
import { FrontsModule } from './fronts.module.ts';

/** An operation that nobody knows: its declaration and its handler are all that there is of it. */
const echoPlay = operation('Echo/Play', {
  summary: 'Plays a word back.',
  access: 'anyone',
  request: z.object({ word: z.string().max(32), times: z.int32().optional() }),
  response: z.object({ wordlist: z.array(z.string()) }),
});

@Handles(echoPlay)
class EchoPlay implements Operation<typeof echoPlay> {
  execute({ word, times }: RequestOf<typeof echoPlay>) {
    return Promise.resolve({ wordlist: Array.from({ length: times ?? 1 }, () => word) });
  }
}

const sealed: string[] = [];
/** Operations that have begun and not ended, as the audit counts them. */
let underway = 0;
const readers = {
  json: new JsonBodyReader({ threads: 1, maxQueue: 4 }),
  xml: new XmlBodyReader({ threads: 1, maxQueue: 4 }),
};
/** Of its own: the folder is closed to others, and emptied of uploads. */
const uploads = mkdtempSync(join(tmpdir(), 'cinnabar-uploads-'));
const platform = [
  { provide: SETTINGS, useValue: readKeymanSettings({}) },
  { provide: CLOCK, useValue: systemClock },
  { provide: CONTRACT, useValue: [echoPlay] },
  { provide: KEY_CUSTODY, useValue: {} },
  { provide: PREPARED_QUERIES, useValue: {} },
  { provide: DataSource, useValue: {} },
  { provide: UPLOAD_FOLDER, useValue: uploads },
  {
    provide: AUDIT_TRAIL,
    useValue: {
      operationBegan: () => {
        underway += 1;
      },
      operationEnded: () => {
        underway -= 1;
      },
      seal: (record: { category: string; action: string }) => {
        sealed.push(`${record.category}/${record.action}`);
        return Promise.resolve({ verdict: 'sealed' });
      },
    },
  },
  { provide: JsonBodyReader, useValue: readers.json },
  { provide: XmlBodyReader, useValue: readers.xml },
];

@Global()
@Module({ providers: platform, exports: platform })
class SmallPlatform {}

@Module({ imports: [SmallPlatform, FrontsModule], providers: [EchoPlay] })
class SmallKeyman {}

describe('an operation that has nothing but a declaration and a handler', () => {
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    const adapter = new FastifyAdapter();
    app = await NestFactory.create<NestFastifyApplication>(SmallKeyman, adapter, { bodyParser: false, logger: false });
    const { setUpFastify } = await import('./rest/fastify-setup.ts');
    const { LargeBodyGuard } = await import('./rest/large-body-guard.ts');
    const { AddressRate } = await import('./rate/address-rate.ts');
    const [guard, rate] = [app.get(LargeBodyGuard, { strict: false }), app.get(AddressRate, { strict: false })];
    setUpFastify(adapter.getInstance(), guard, rate, 100_000);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([readers.json.close(), readers.xml.close()]);
    rmSync(uploads, { recursive: true });
  });

  it('is served over REST and recorded', async () => {
    sealed.length = 0;
    const response = await fetch(`${url}/Keyman/rest/v3/echo/play`, {
      method: 'POST',
      body: '{"word":"ja","times":2}',
    });
    expect(await response.json()).toEqual({ error: null, wordlist: ['ja', 'ja'] });
    expect([sealed, underway]).toEqual([['Echo/Play'], 0]);
  });

  it('is in the WSDL', async () => {
    const wsdl = await (await fetch(`${url}/Keyman/KeymanServiceV3.svc?wsdl`)).text();
    expect(wsdl).toContain('<wsdl:operation name="EchoPlay">');
    expect(wsdl).toContain(
      '<xs:element minOccurs="0" name="times" nillable="true" type="xs:int"/><xs:element minOccurs="0" name="token" nillable="true" type="xs:string"/><xs:element minOccurs="0" name="word" nillable="true" type="xs:string"/>',
    );
  });

  it('is served over SOAP and recorded', async () => {
    sealed.length = 0;
    const body =
      '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><EchoPlay xmlns="urn:cinnabar:keyman:v3"><request><word>ja</word><times>2</times></request></EchoPlay></e:Body></e:Envelope>';
    const headers = { 'content-type': 'text/xml' };
    const response = await fetch(`${url}/Keyman/KeymanServiceV3.svc`, { method: 'POST', headers, body });
    expect(await response.text()).toContain(
      '<k:EchoPlayResult><k:wordlist><k:string>ja</k:string><k:string>ja</k:string></k:wordlist></k:EchoPlayResult>',
    );
    expect([sealed, underway]).toEqual([['Echo/Play'], 0]);
  });

  it('is in the OpenAPI document, which is valid', async () => {
    const document = (await (await fetch(`${url}/docs/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(document.paths)).toEqual(['/Keyman/rest/v3/Echo/Play']);
    expect(await new Validator().validate({ ...document })).toEqual({ valid: true });
  });

  it('has a page that takes everything from this server and lets nothing else in', async () => {
    const page = await fetch(`${url}/docs`);
    const html = await page.text();
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(html).not.toMatch(/https?:|<script(?! src="\/docs\/)|<style|\son\w+=/);
    for (const [, path = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const file = await fetch(url + path);
      expect([path, file.status]).toEqual([path, 200]);
    }
    for (const other of ['index.html', 'package.json', '..%2f..%2fpackage.json', 'constructor'])
      expect((await fetch(`${url}/docs/${other}`)).status).toBe(404);
  });
});
