/** Why a call was not made: a problem of the URL. A retry gives the same result until the URL or allow list changes. */
const OUTBOUND_REFUSALS = ['url', 'scheme', 'credentials', 'port', 'host', 'address'] as const;
export type OutboundRefusal = (typeof OUTBOUND_REFUSALS)[number];

/** A call that was not made because it is not allowed. */
export class OutboundRefused extends Error {
  readonly reason: OutboundRefusal;

  constructor(reason: OutboundRefusal, message: string) {
    super(message);
    this.name = 'OutboundRefused';
    this.reason = reason;
  }
}

/** Why a call failed. `cut_off`: the answer began but did not end. */
const OUTBOUND_FAILURES = ['name', 'connection', 'tls', 'protocol', 'cut_off', 'timeout', 'aborted'] as const;
export type OutboundFailure = (typeof OUTBOUND_FAILURES)[number];

/** A call that was made and got no complete answer. */
export class OutboundFailed extends Error {
  readonly reason: OutboundFailure;

  constructor(reason: OutboundFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundFailed';
    this.reason = reason;
  }
}
