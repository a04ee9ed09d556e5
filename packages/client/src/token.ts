/** The part of a token's claims that matters here. Times are seconds since 1970. */
type Claims = Partial<Record<string, unknown>> & { iat: number; exp: number };

/** Returns the token of a `connectionUri`. */
export const tokenIn = (uri: string): string => `${new URL(uri).searchParams.get('token')}`;

/** Reads what a token says. Nothing is verified: the node does that. Null if it cannot be read. */
export function claimsOf(token: string): Claims | null {
  try {
    return JSON.parse(atob((token.split('.')[1] as string).replace(/-/g, '+').replace(/_/g, '/')));
  } catch {
    return null;
  }
}

/**
 * Returns for how long the token is still good, in milliseconds; NaN if that cannot be read. A clock that is
 * wrong by more than a token's life is not asked: the token counts as new then.
 */
export function lifeOf(token: string): number {
  const { iat, exp } = claimsOf(token) ?? ({} as Claims);
  const life = (exp - iat) * 1000;
  const left = exp * 1000 - Date.now();
  return left > 0 && left < life ? left : life;
}
