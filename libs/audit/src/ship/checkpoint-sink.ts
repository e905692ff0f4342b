/** A place that checkpoints are shipped to. */
export interface CheckpointSink {
  /** For the log: names the place, and no secret. */
  readonly name: string;
  /** Takes lines in order; when it rejects, all of them come again. */
  send(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
