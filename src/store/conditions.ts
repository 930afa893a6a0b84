/** The conditions of a statement that is built from a filter, with their values. */
export class Conditions {
  readonly parts: string[] = [];
  readonly values: unknown[] = [];

  add(part: (placeholder: string) => string, value: unknown): void {
    this.values.push(value);
    this.parts.push(part(`$${this.values.length}`));
  }

  get where(): string {
    return this.parts.length > 0 ? `where ${this.parts.join(' and ')}` : '';
  }
}

/** A pattern for `like` in which `%` and `_` are ordinary characters. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
