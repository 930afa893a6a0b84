/** The only NOTIFY channel. A channel belongs to its database, so installations do not mix messages. */
export const CHANNEL = 'errand';
