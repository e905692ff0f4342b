/** Settings that stop the start: one sentence each, for the operator. */
export class SettingsProblem extends Error {
  readonly sentences: readonly string[];

  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'SettingsProblem';
    this.sentences = sentences;
  }
}
