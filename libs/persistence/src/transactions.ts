import type { DataSource, EntityManager } from 'typeorm';
import { isTransient } from './database-errors.ts';

const ATTEMPTS = 4;

/** Runs changes as transactions: all of it is committed, or nothing. */
export class Transactions {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Commits what `work` does through its manager, and rolls back when it throws. A deadlock or a serialization failure
   * runs `work` again (three times at most), so it must not have effects outside of the database.
   */
  async run<Result>(
    work: (manager: EntityManager) => Promise<Result>,
    isolation: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE' = 'READ COMMITTED',
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#dataSource.transaction(isolation, work);
      } catch (error) {
        if (attempt === ATTEMPTS || !isTransient(error)) throw error;
      }
    }
  }
}
