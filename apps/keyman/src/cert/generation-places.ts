import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';

/** The HSM's line holds eight: nobody may fill it alone. */
const PLACES_PER_CALLER = 4;

/** How many keys one caller may have in the making on this node. */
@Injectable()
export class GenerationPlaces {
  private readonly taken = new Map<string, number>();

  /** @throws CodedError `too-many-requests`, before anything is made, and what `work` throws */
  async run<Result>(userid: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.taken.get(userid) ?? 0;
    if (before >= PLACES_PER_CALLER) throw new CodedError('too-many-requests', 'too many keys are being made for you');
    this.taken.set(userid, before + 1);
    try {
      return await work();
    } finally {
      const left = (this.taken.get(userid) ?? 1) - 1;
      if (left === 0) this.taken.delete(userid);
      else this.taken.set(userid, left);
    }
  }
}
