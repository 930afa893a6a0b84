/** The one NOTIFY channel; a channel belongs to its database, so installations do not hear each other. */
export const CHANNEL = 'errand';
