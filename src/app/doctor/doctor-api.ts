/** Where the API is, and with which key it is asked. */
export interface ApiAccess {
  /** Address of an API node, with or without `/graphql`. */
  readonly url: string;
  readonly key: string | null;
}

/** Waits at most this long for an answer, in milliseconds. */
const ANSWER_MS = 15_000;

/** The API said no: with the code of the error, or the status where there is none. */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const endpointOf = (url: string): string => `${url.replace(/\/+$/, '').replace(/\/graphql$/, '')}/graphql`;

/** Asks the API as any backend does. */
export class ApiClient {
  readonly #endpoint: string;

  constructor(private readonly access: ApiAccess) {
    this.#endpoint = endpointOf(access.url);
  }

  /** @throws ApiRefused, or what `fetch` throws where nobody answers */
  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': this.access.key ?? '' },
      body: JSON.stringify({ query, variables }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const { data, errors } = (await response.json().catch(() => {
      throw new ApiRefused(`${response.status}`, `${this.#endpoint} answers ${response.status}, and not as GraphQL`);
    })) as { data?: Data; errors?: Array<{ message: string; extensions?: { code?: string } }> };
    const [error] = errors ?? [];
    if (error) throw new ApiRefused(error.extensions?.code ?? `${response.status}`, error.message);
    if (!data) throw new ApiRefused(`${response.status}`, `${this.#endpoint} answers ${response.status}, and not as GraphQL`);
    return data;
  }
}
