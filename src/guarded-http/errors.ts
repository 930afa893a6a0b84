/** Why a call was not made: each is a fault of the URL, and another try gives the same until something is changed. */
const OUTBOUND_REFUSALS = ['url', 'scheme', 'credentials', 'port', 'host', 'address'] as const;
export type OutboundRefusal = (typeof OUTBOUND_REFUSALS)[number];

/** A call that was not made because it must not be. */
export class OutboundRefused extends Error {
  readonly reason: OutboundRefusal;

  constructor(reason: OutboundRefusal, message: string) {
    super(message);
    this.name = 'OutboundRefused';
    this.reason = reason;
  }
}

/** What a call may fail of. `cut_off`: the answer began and never ended. */
const OUTBOUND_FAILURES = ['name', 'connection', 'tls', 'protocol', 'cut_off', 'timeout', 'aborted'] as const;
export type OutboundFailure = (typeof OUTBOUND_FAILURES)[number];

/** A call that was tried and gave no whole answer. */
export class OutboundFailed extends Error {
  readonly reason: OutboundFailure;

  constructor(reason: OutboundFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundFailed';
    this.reason = reason;
  }
}
