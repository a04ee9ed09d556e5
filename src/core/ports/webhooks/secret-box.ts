/** Encrypts what must not lie in the database in the clear. */
export interface SecretBox {
  /**
   * @param purpose what is encrypted, and whose: it opens for the same purpose only
   * @throws TidingsError SERVICE_UNAVAILABLE if the operator has given no key
   */
  seal(secret: string, purpose: string): Buffer;
  /** @throws TidingsError SERVICE_UNAVAILABLE if none of the keys opens it */
  open(sealed: Buffer, purpose: string): string;
}
