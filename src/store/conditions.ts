/** The conditions of a statement that is put together from a filter, with their values. */
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

/** `%` and `_` mean themselves in a search. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
