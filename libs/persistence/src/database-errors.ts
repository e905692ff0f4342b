import pg from 'pg';

/** The five-character SQLSTATE (PostgreSQL documentation, appendix A) of what the server said, or undefined. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  // TypeORM wraps the driver's error.
  if (isWrapped(error)) return sqlStateOf(error.driverError);
  return undefined;
}

/** Was a unique constraint (this one, where it is named) in the way? */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (isWrapped(error)) return isUniqueViolation(error.driverError, constraint);
  return (
    error instanceof pg.DatabaseError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** May the same transaction, begun anew, succeed? Serialization failure (40001) and deadlock (40P01). */
export function isTransient(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '40001' || state === '40P01';
}

function isWrapped(error: unknown): error is { driverError: unknown } {
  return typeof error === 'object' && error !== null && 'driverError' in error;
}
