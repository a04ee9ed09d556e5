import { defaultFieldResolver, type GraphQLField, type GraphQLFieldResolver } from 'graphql';

/** Who asks. */
export interface Viewer {
  /** May not see texts: fields that are marked by `markText` say so. */
  hidesTexts: boolean;
}

/**
 * Fields whose answer depends on whether the key may see texts: the text itself, and the field that tells.
 */
type TextMark = 'text' | 'isHidden';

const MARK = 'textMark';

type AnyField = GraphQLField<unknown, Viewer>;

/** Says how long a text is, in bytes of UTF-8. None stays none, and fails as it would. */
export const hiddenText = (text: unknown): unknown =>
  text === null || text === undefined ? text : `[${Buffer.byteLength(String(text))} bytes]`;

/**
 * Marks a field of a type. Both ways to complete an answer obey the mark: the executor's encoders, and
 * graphql-js by the resolver. So no use case has to hide anything, and none can forget to.
 */
export function markText(field: AnyField, mark: TextMark): void {
  field.extensions = { ...field.extensions, [MARK]: mark };
  field.resolve = mark === 'text' ? resolveText : (_source, _args, { hidesTexts }) => hidesTexts;
}

const resolveText: GraphQLFieldResolver<unknown, Viewer> = (source, args, context, info) => {
  const text: unknown = defaultFieldResolver(source, args, context, info);
  return context.hidesTexts ? Promise.resolve(text).then(hiddenText) : text;
};

/** Returns the mark of a field, if it has one. */
export const textMarkOf = (field: GraphQLField<unknown, unknown> | undefined): TextMark | undefined =>
  field?.extensions[MARK] as TextMark | undefined;
