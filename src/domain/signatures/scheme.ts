/** A request as it came: the sender signed these very bytes. */
export interface SignedRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

/** What a scheme compares with. */
interface Expected {
  /** Any of them is accepted; never empty for a scheme with secrets. */
  readonly secrets: readonly string[];
  /** The header that the trigger names, for a scheme with a header of its choice. */
  readonly verifyHeader: string | null;
  /** The present, on the database's clock. */
  readonly now: Date;
}

export type Verified =
  /** `deliveryId` is what the sender recognises repetitions by; null where it gives none. */
  | { readonly ok: true; readonly deliveryId: string | null }
  /** Words that may be shown to a stranger: never with a secret or the signature that was expected. */
  | { readonly ok: false; readonly reason: string };

/** What a scheme asks of its secrets. */
interface SecretRule {
  /** Makes one; absent where the sender makes it and shows it. */
  readonly generate?: () => string;
  /** What is wrong with a secret, beyond its length and its characters; undefined when nothing is. */
  readonly problem?: (secret: string) => string | undefined;
}

/** A verified request by which a sender only tries the address. */
interface Handshake {
  /** Why it makes no task; stored with the delivery. */
  readonly reason: string;
  /** To be answered as text with status 200, where the sender asks for it. */
  readonly challenge?: string;
}

/** How a webhook proves where it comes from: all there is to know of one such way. Pure. */
export interface SignatureScheme<Name extends string = string> {
  /** Its value in the database, in `agents.yaml` and, in capitals, in GraphQL. */
  readonly name: Name;
  /** For the documents of the APIs: what the sender sends. */
  readonly text: string;
  /** Null: it has none, and everything is accepted. */
  readonly secret: SecretRule | null;
  /** The trigger may name the header that is read; this one when it does not. Absent: the scheme has its own headers. */
  readonly defaultHeader?: string;
  /** Seconds that a signature may be away from now, either way; null: it carries no time. */
  readonly maxAgeSeconds: number | null;
  /** True for any of the secrets. */
  readonly verify: (expected: Expected, request: SignedRequest) => Verified;
  /** Looked at after the verification; undefined for an event. */
  readonly handshake?: (headers: Readonly<Record<string, string>>, body: unknown) => Handshake | undefined;
}
