/**
 * Connection options for the pool of the write path. Its statements look everything up by key, and their plans are
 * kept: made while the tables are small or their statistics old, they would read whole tables until the next analyze
 * (a claim out of 3,000 waiting tasks sorted all of them; a change read all tasks: 5 ms each, by key 1.3).
 */
export const BY_KEY_OPTIONS = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'sort']
  .map((way) => `-c enable_${way}=off`)
  .join(' ');
