import { CodedError } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';

/** How long a large message may wait for its turn, and how many may wait: they hold a connection, not yet memory. */
const WAIT_MS = 30_000;
const WAITING_MAX = 256;

/** Gives the turn back; calling it again changes nothing. */
export type GiveBack = () => void;

/**
 * Turns for large messages whose sender is not known yet. SOAP's token is a member of the request, and in WCF's order it comes
 * after the document, so a session cannot be asked for before such a message is read (ADR 003); instead few are read at once.
 */
@Injectable()
export class OpenMessages {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(@Inject(SETTINGS) settings: Pick<KeymanSettings, 'soapOpenMessages'>) {
    this.free = settings.soapOpenMessages;
  }

  /** @throws CodedError `too-many-requests` where too many wait, or this one waited too long */
  async turn(): Promise<GiveBack> {
    if (this.free > 0) this.free -= 1;
    else await this.wait();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    };
  }

  private wait(): Promise<void> {
    if (this.waiting.length >= WAITING_MAX) throw tooMany();
    return new Promise((resolve, reject) => {
      const called = () => {
        clearTimeout(late);
        resolve();
      };
      const late = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(called), 1);
        reject(tooMany());
      }, WAIT_MS);
      this.waiting.push(called);
    });
  }
}

function tooMany(): CodedError {
  return new CodedError(
    'too-many-requests',
    'too many large messages at once; try again, or send the token as the header Authentication too',
  );
}
