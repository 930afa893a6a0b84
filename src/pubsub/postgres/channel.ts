/** The only NOTIFY channel. A channel belongs to its database, so installations do not receive each other's messages. */
export const CHANNEL = 'errand';
