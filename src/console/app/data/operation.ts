/** A GraphQL document with one operation, and the types of what goes in and comes out. */
export interface Operation<Data, Variables> {
  readonly text: string;
  /** Only for the compiler. */
  readonly types?: (variables: Variables) => Data;
}

export const operation = <Data, Variables = Record<string, never>>(text: string): Operation<Data, Variables> => ({ text });
