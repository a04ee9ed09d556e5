/** Names recipients for those who are not to read their names. */
export interface RecipientNames {
  /**
   * Returns the HMAC-SHA256 of the name under the tenant's key, hexadecimal, as the audit log has it.
   *
   * @throws if the tenant is gone, or the database is away and the tenant's key not known yet
   */
  recipientHmac(tenantId: string, recipient: string): Promise<string>;
}
