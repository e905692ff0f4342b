import { randomBytes } from 'node:crypto';
import { equalInConstantTime, zero } from '@cinnabar/core';
import { Argon2Threads, type Argon2Cost } from '@cinnabar/custody';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

const SALT_BYTES = 16;
/** Passwords that may wait for the thread; more are turned away with K0019. */
const QUEUE_LIMIT = 64;

/** `$argon2id$v=19$m=65536,t=3,p=1$<salt>$<hash>`: the PHC string format. */
const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/;

/** Hashes and checks passwords with Argon2id, on a thread of its own: PINs do not wait for log-ins. */
@Injectable()
export class PasswordHasher implements OnApplicationShutdown {
  private readonly threads = new Argon2Threads(1, QUEUE_LIMIT);
  private readonly cost: Argon2Cost;
  /** What an unknown user's password is checked against, so that it takes as long as a known one's. */
  private readonly nobody: string;

  constructor(@Inject(SETTINGS) settings: KeymanSettings) {
    this.cost = settings.passwordCost;
    this.nobody = phcOf(this.cost, randomBytes(SALT_BYTES), randomBytes(32));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.threads.close();
  }

  /** @returns a PHC string with a salt of its own */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return phcOf(this.cost, salt, await this.derive(password, salt, this.cost));
  }

  /** Takes the same time whether there is a hash or not. */
  async verify(phc: string | undefined, password: string): Promise<boolean> {
    const match = PHC.exec(phc ?? this.nobody);
    if (match === null) throw new Error('a stored password hash cannot be read');
    const [, memoryKib, passes, parallelism, salt = '', expected = ''] = match;
    const cost = { memoryKib: Number(memoryKib), passes: Number(passes), parallelism: Number(parallelism) };
    const derived = await this.derive(password, Buffer.from(salt, 'base64'), cost);
    const equal = equalInConstantTime(derived, Buffer.from(expected, 'base64'));
    zero(derived);
    return equal && phc !== undefined;
  }

  private async derive(password: string, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
    const place = this.threads.enter();
    const secret = Buffer.from(password.normalize('NFC'), 'utf8');
    try {
      return await place.hash(secret, salt, cost);
    } finally {
      zero(secret);
      place.leave();
    }
  }
}

function phcOf({ memoryKib, passes, parallelism }: Argon2Cost, salt: Uint8Array, hash: Uint8Array): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${text(salt)}$${text(hash)}`;
}
