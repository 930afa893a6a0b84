/** Removes undefined fields, so that they are not changed. */
export function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** A time in a request as a date. */
export function momentOf<Text extends string | null | undefined>(text: Text): Date | Exclude<Text, string> {
  return typeof text === 'string' ? new Date(text) : (text as Exclude<Text, string>);
}
