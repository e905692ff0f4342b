import { damaged } from './pfx-errors.ts';

/** Counts the iterations of all key derivations of one attempt to open a file, before each is begun. */
export class IterationBudget {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  /** Takes `iterations` off the budget; what it cannot pay is an `invalid-parameter` that names `pfxdata`. */
  spend(iterations: number): void {
    if (iterations < 1) throw damaged('damaged (no iterations)');
    this.#spent += iterations;
    if (this.#spent > this.#limit) throw damaged(`asks for more than ${this.#limit} iterations`);
  }
}
