import type { SignatureScheme } from './scheme.ts';

export const none = {
  name: 'none',
  text: 'No verification: anyone who knows the path can create tasks.',
  secret: null,
  maxAgeSeconds: null,
  verify: () => ({ ok: true, deliveryId: null }),
} as const satisfies SignatureScheme;
