// ed25519 by noble, for where WebCrypto lacks it or refuses a signature: loaded only then.
import { hashes, verify } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";

hashes.sha512 = sha512;

/** Whether it is a signature by RFC 8032, strictly. */
export function isSignature(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return verify(signature, message, key, { zip215: false });
  } catch {
    return false; // not even a point or number
  }
}
