import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { CLOCK, MAIL_FOLDER } from '../ports.ts';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Writes letters as `.eml` files (RFC 5322) into `$CINNABAR_HOME/mail`, readable by the server's user alone: they may hold a first password. */
@Injectable()
export class Outbox {
  private readonly composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(
    @Inject(MAIL_FOLDER) private readonly folder: string,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Writes a letter that nobody sees yet: what it tells of may still fail. */
  async prepare(letter: Letter): Promise<PreparedLetter> {
    const date = this.clock.now();
    const from = { name: 'Cinnabar', address: 'cinnabar@localhost' };
    const composed = await this.composer.sendMail({ from, date, ...letter });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, `${date.toISOString().replace(/[:.]/g, '-')}-${randomUUID()}`);
    const partial = `${path}.partial`;
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(composed.message);
      await file.sync();
    } finally {
      await file.close();
    }
    // A reader of the folder sees whole letters only.
    return { send: () => rename(partial, `${path}.eml`), discard: () => rm(partial, { force: true }) };
  }
}

/** A letter on disk, to be sent or thrown away. */
export interface PreparedLetter {
  send(): Promise<void>;
  discard(): Promise<void>;
}
