import type { SignatureScheme } from './scheme.ts';

export const none = {
  name: 'none',
  text: 'It does not: whoever knows the path makes tasks.',
  secret: null,
  maxAgeSeconds: null,
  verify: () => ({ ok: true, deliveryId: null }),
} as const satisfies SignatureScheme;
