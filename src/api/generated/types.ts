import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Message as MessageModel, GlobalMessage as GlobalMessageModel } from '../../core/message.js';
import type { ApiContext } from '../context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /**
   * A moment. In: RFC 3339, such as `2023-07-18T15:00:00Z`; without a zone it is GMT, and digits beyond milliseconds are cut. Years 1970 to
   * 9999. Out: always `2023-07-18T15:00:00.000Z`.
   */
  DateTime: { input: string; output: Date; }
  /** A recipient token: a signed JWT that a browser shows when it connects. */
  Token: { input: string; output: string; }
};

/** What to cancel: messages that match everything given. At least one must be given. */
export type CancelMessagesInput = {
  /** Messages that came from this global message. Given alone, it first ends the global message itself. */
  globalMessageId?: InputMaybe<Scalars['ID']['input']>;
  /** Messages with these ids, up to 10,000; an empty list matches nothing. */
  ids?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Messages to this recipient. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** Messages that were pushed with this topic. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** What was cancelled. */
export type CancelMessagesResult = {
  __typename?: 'CancelMessagesResult';
  /** How many messages were cancelled by this call: at most 10,000, the oldest first. */
  cancelled: Scalars['Int']['output'];
  /** False where more match: repeat the call. */
  complete: Scalars['Boolean']['output'];
};

/** Why a message was cancelled. */
export type CancelReason =
  /** Its `expiresAt` passed without a receipt. */
  | 'EXPIRED'
  /** By `cancelMessages`. */
  | 'RECALLED';

/** A range of time that includes both ends. Each end is a `DateTime`, or a bare date such as `2023-07-18`. */
export type DateTimeFilter = {
  /** The first moment of the range; of a bare date its first moment. */
  from?: InputMaybe<Scalars['String']['input']>;
  /** The last moment of the range; of a bare date its last moment. */
  to?: InputMaybe<Scalars['String']['input']>;
};

/** Who is to be erased. */
export type EraseRecipientInput = {
  /** The recipient's name. */
  recipient: Scalars['String']['input'];
};

/** What was erased. */
export type EraseRecipientResult = {
  __typename?: 'EraseRecipientResult';
  /** How many messages were deleted. */
  erased: Scalars['Int']['output'];
};

/** One text for all recipients. What became of it is told by the messages with its `globalMessageId`, one per recipient it was sent to. */
export type GlobalMessage = {
  __typename?: 'GlobalMessage';
  /** When it was recalled. */
  cancelledAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was accepted. */
  createdAt: Scalars['DateTime']['output'];
  /** After this moment it is not sent. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Identifies the global message: a UUID of version 7. */
  id: Scalars['ID']['output'];
  /** The text. */
  message: Scalars['String']['output'];
  /** The topic that it was pushed with. */
  topic?: Maybe<Scalars['String']['output']>;
};

/** What to push to everybody. */
export type GlobalMessageInput = {
  /**
   * If given, everybody who is or gets connected before this moment gets the message. In the future, at most 365 days ahead. Example:
   * `2023-07-18T15:00:00` (GMT).
   */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /**
   * If given, a repetition with the same key within 24 hours pushes nothing and answers the same global message in its present state. 1 to
   * 128 characters; shares its name space with `pushMessage`.
   */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The text, 1 byte to 64 KiB of UTF-8. */
  message: Scalars['String']['input'];
  /** If given, only connections that were registered with this topic get the message. 1 to 256 characters. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** Which global messages to list. Options are joined by AND. */
export type GlobalMessagesFilter = {
  /** Only global messages that were accepted in this range of time. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** Only global messages whose expiry lies in this range of time. */
  expiresAt?: InputMaybe<DateTimeFilter>;
  /** Only global messages that were pushed with this topic. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** One page of global messages. */
export type GlobalMessagesQueryResult = {
  __typename?: 'GlobalMessagesQueryResult';
  /** The global messages, newest first. May be fewer than the limit, even none, although more follow: see `nextToken`. */
  items: Array<GlobalMessage>;
  /** Give this, with the same filter, for the next page. Null at the end, and only there. */
  nextToken?: Maybe<Scalars['String']['output']>;
};

/** One text for one recipient, and what became of it. */
export type Message = {
  __typename?: 'Message';
  /** Why it was cancelled. */
  cancelReason?: Maybe<CancelReason>;
  /** When it was recalled, or expired. */
  cancelledAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was accepted. */
  createdAt: Scalars['DateTime']['output'];
  /** When the receipt came in. */
  deliveredAt?: Maybe<Scalars['DateTime']['output']>;
  /** After this moment it is not sent. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** The global message that it came from, if any. */
  globalMessageId?: Maybe<Scalars['ID']['output']>;
  /** Identifies the message: a UUID of version 7. */
  id: Scalars['ID']['output'];
  /** The text. */
  message: Scalars['String']['output'];
  /** What proves that a client has it; also filled by a receipt that came too late to change the status. */
  receipt?: Maybe<ReceiptKind>;
  /** Name of the recipient. */
  recipient: Scalars['String']['output'];
  /** What became of it. */
  status: MessageStatus;
  /** The topic that it was pushed with. */
  topic?: Maybe<Scalars['String']['output']>;
};

/** What to push, and to whom. */
export type MessageInput = {
  /** If given, the message is not sent after this moment. In the future, at most 365 days ahead. Example: `2023-07-18T15:00:00` (GMT). */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /**
   * If given, a repetition with the same key within 24 hours pushes nothing and answers the same entries in their present state. 1 to 128
   * characters.
   */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The text, 1 byte to 64 KiB of UTF-8. Number of recipients times bytes of text: at most 16 MiB. */
  message: Scalars['String']['input'];
  /** Names of the recipients, 1 to 10,000; repeated names count once. */
  recipients: Array<Scalars['String']['input']>;
  /** If given, only connections that were registered with this topic get the message. 1 to 256 characters. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** What became of a message. */
export type MessageStatus =
  /** It was recalled, or it expired without a receipt. */
  | 'CANCELLED'
  /** A client gave a receipt. */
  | 'DELIVERED'
  /** Durable; no receipt has come yet, it has not expired, and nobody has recalled it. */
  | 'PENDING';

/** Which messages to list. Options are joined by AND. */
export type MessagesFilter = {
  /** Only messages that were accepted in this range of time. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** Only messages whose expiry lies in this range of time. */
  expiresAt?: InputMaybe<DateTimeFilter>;
  /** Only messages that came from this global message. */
  globalMessageId?: InputMaybe<Scalars['ID']['input']>;
  /** Only messages to this recipient. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** Only messages that have this status now, expiry included. */
  status?: InputMaybe<MessageStatus>;
  /** Only messages that were pushed with this topic. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** One page of messages. */
export type MessagesQueryResult = {
  __typename?: 'MessagesQueryResult';
  /** The messages, newest first. May be fewer than the limit, even none, although more follow: see `nextToken`. */
  items: Array<Message>;
  /** Give this, with the same filter, for the next page. Null at the end, and only there. */
  nextToken?: Maybe<Scalars['String']['output']>;
};

/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type Mutation = {
  __typename?: 'Mutation';
  /** Cancels what is pending and matches all that is given; at least one must be given. */
  cancelMessages?: Maybe<CancelMessagesResult>;
  /** Revokes a recipient, and deletes its messages and whatever else names it. */
  eraseRecipient?: Maybe<EraseRecipientResult>;
  /**
   * Pushes one text to all recipients: without `expiresAt` to those that are connected now, with it also to those that connect before that
   * moment.
   */
  pushGlobalMessage?: Maybe<GlobalMessage>;
  /**
   * Pushes one text to recipients by name: to those that are connected at once, to the others when they next connect. When the answer
   * arrives, each `item` is durable. One entry per distinct recipient, in the order given.
   */
  pushMessage?: Maybe<Array<PushMessageResult>>;
  /** Makes a token with which one of your users can connect, and the URI to connect to. Nothing is stored: the token carries everything. */
  registerRecipient?: Maybe<RegisterRecipientResponse>;
  /**
   * Ends all tokens that this recipient has been given so far, and closes its connections. Tokens that are made afterwards work. Its
   * pending messages wait for it.
   */
  revokeRecipient?: Maybe<RevokeRecipientResult>;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationCancelMessagesArgs = {
  input: CancelMessagesInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationEraseRecipientArgs = {
  input: EraseRecipientInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationPushGlobalMessageArgs = {
  input: GlobalMessageInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationPushMessageArgs = {
  input: MessageInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationRegisterRecipientArgs = {
  input: RegisterRecipientInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationRevokeRecipientArgs = {
  input: RevokeRecipientInput;
};

/** Why a message was not accepted for one recipient. */
export type PushMessageError = {
  __typename?: 'PushMessageError';
  /** `BAD_USER_INPUT`: the name is not acceptable; `QUOTA_EXCEEDED`: too many messages are pending for this recipient. */
  code: Scalars['String']['output'];
  /** The same in words. */
  message: Scalars['String']['output'];
};

/** What became of the push to one recipient: either an item or an error. */
export type PushMessageResult = {
  __typename?: 'PushMessageResult';
  /** Why it was not accepted. */
  error?: Maybe<PushMessageError>;
  /** First position of the recipient in `recipients`, from 0. */
  index: Scalars['Int']['output'];
  /** The message, if it was accepted. */
  item?: Maybe<Message>;
};

/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type Query = {
  __typename?: 'Query';
  /** Global messages, newest first. */
  globalMessages?: Maybe<GlobalMessagesQueryResult>;
  /** One message, with what became of it; null if there is none with this id. */
  message?: Maybe<Message>;
  /** Messages to recipients, newest first; those that came from global messages included. */
  messages?: Maybe<MessagesQueryResult>;
  /** The version of the service. */
  version: Scalars['String']['output'];
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryGlobalMessagesArgs = {
  filter?: InputMaybe<GlobalMessagesFilter>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  nextToken?: InputMaybe<Scalars['String']['input']>;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryMessageArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryMessagesArgs = {
  filter?: InputMaybe<MessagesFilter>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  nextToken?: InputMaybe<Scalars['String']['input']>;
};

/** What a receipt proves. */
export type ReceiptKind =
  /** The client's application said that it has dealt with the message. */
  | 'ACK'
  /** The client's WebSocket stack has the message: it answered the ping that followed it. */
  | 'PONG';

/** Who may connect, and from where. */
export type RegisterRecipientInput = {
  /** Life of the token in seconds, at least 1. By default, and at most, what the service is configured for (usually a day). */
  expiresIn?: InputMaybe<Scalars['Int']['input']>;
  /** If given, the page that connects must be of this origin, such as `https://example.org` or `http://localhost:8080`. */
  origin?: InputMaybe<Scalars['String']['input']>;
  /** A name that identifies your user, such as the id that your application has for it. 1 to 256 characters. */
  recipient: Scalars['String']['input'];
  /** If given, connections must come from this IPv4 or IPv6 address, or from this CIDR range, such as `192.0.2.0/24`. */
  sourceIp?: InputMaybe<Scalars['String']['input']>;
  /** If given, the connections also get the messages that were pushed with this topic. 1 to 256 characters. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** A token, and how to use it. */
export type RegisterRecipientResponse = {
  __typename?: 'RegisterRecipientResponse';
  /** Where the browser opens its WebSocket. May be used any number of times, also at once, until `expiresAt`. */
  connectionUri: Scalars['String']['output'];
  /** When the token expires. */
  expiresAt: Scalars['DateTime']['output'];
  /** The token. */
  token: Scalars['Token']['output'];
};

/** Whose tokens are to end. */
export type RevokeRecipientInput = {
  /** The recipient's name. */
  recipient: Scalars['String']['input'];
};

/** A revocation. */
export type RevokeRecipientResult = {
  __typename?: 'RevokeRecipientResult';
  /** Tokens that were issued before this moment have ended. */
  revokedAt: Scalars['DateTime']['output'];
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CancelMessagesInput: CancelMessagesInput;
  CancelMessagesResult: ResolverTypeWrapper<CancelMessagesResult>;
  CancelReason: CancelReason;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DateTimeFilter: DateTimeFilter;
  EraseRecipientInput: EraseRecipientInput;
  EraseRecipientResult: ResolverTypeWrapper<EraseRecipientResult>;
  GlobalMessage: ResolverTypeWrapper<GlobalMessageModel>;
  GlobalMessageInput: GlobalMessageInput;
  GlobalMessagesFilter: GlobalMessagesFilter;
  GlobalMessagesQueryResult: ResolverTypeWrapper<Omit<GlobalMessagesQueryResult, 'items'> & { items: Array<ResolversTypes['GlobalMessage']> }>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Message: ResolverTypeWrapper<MessageModel>;
  MessageInput: MessageInput;
  MessageStatus: MessageStatus;
  MessagesFilter: MessagesFilter;
  MessagesQueryResult: ResolverTypeWrapper<Omit<MessagesQueryResult, 'items'> & { items: Array<ResolversTypes['Message']> }>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PushMessageError: ResolverTypeWrapper<PushMessageError>;
  PushMessageResult: ResolverTypeWrapper<Omit<PushMessageResult, 'item'> & { item?: Maybe<ResolversTypes['Message']> }>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ReceiptKind: ReceiptKind;
  RegisterRecipientInput: RegisterRecipientInput;
  RegisterRecipientResponse: ResolverTypeWrapper<RegisterRecipientResponse>;
  RevokeRecipientInput: RevokeRecipientInput;
  RevokeRecipientResult: ResolverTypeWrapper<RevokeRecipientResult>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Token: ResolverTypeWrapper<Scalars['Token']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Boolean: Scalars['Boolean']['output'];
  CancelMessagesInput: CancelMessagesInput;
  CancelMessagesResult: CancelMessagesResult;
  DateTime: Scalars['DateTime']['output'];
  DateTimeFilter: DateTimeFilter;
  EraseRecipientInput: EraseRecipientInput;
  EraseRecipientResult: EraseRecipientResult;
  GlobalMessage: GlobalMessageModel;
  GlobalMessageInput: GlobalMessageInput;
  GlobalMessagesFilter: GlobalMessagesFilter;
  GlobalMessagesQueryResult: Omit<GlobalMessagesQueryResult, 'items'> & { items: Array<ResolversParentTypes['GlobalMessage']> };
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  Message: MessageModel;
  MessageInput: MessageInput;
  MessagesFilter: MessagesFilter;
  MessagesQueryResult: Omit<MessagesQueryResult, 'items'> & { items: Array<ResolversParentTypes['Message']> };
  Mutation: Record<PropertyKey, never>;
  PushMessageError: PushMessageError;
  PushMessageResult: Omit<PushMessageResult, 'item'> & { item?: Maybe<ResolversParentTypes['Message']> };
  Query: Record<PropertyKey, never>;
  RegisterRecipientInput: RegisterRecipientInput;
  RegisterRecipientResponse: RegisterRecipientResponse;
  RevokeRecipientInput: RevokeRecipientInput;
  RevokeRecipientResult: RevokeRecipientResult;
  String: Scalars['String']['output'];
  Token: Scalars['Token']['output'];
};

export type CancelMessagesResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['CancelMessagesResult'] = ResolversParentTypes['CancelMessagesResult']> = {
  cancelled?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type EraseRecipientResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['EraseRecipientResult'] = ResolversParentTypes['EraseRecipientResult']> = {
  erased?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type GlobalMessageResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['GlobalMessage'] = ResolversParentTypes['GlobalMessage']> = {
  cancelledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type GlobalMessagesQueryResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['GlobalMessagesQueryResult'] = ResolversParentTypes['GlobalMessagesQueryResult']> = {
  items?: Resolver<Array<ResolversTypes['GlobalMessage']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type MessageResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Message'] = ResolversParentTypes['Message']> = {
  cancelReason?: Resolver<Maybe<ResolversTypes['CancelReason']>, ParentType, ContextType>;
  cancelledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  deliveredAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  globalMessageId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['ReceiptKind']>, ParentType, ContextType>;
  recipient?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['MessageStatus'], ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type MessagesQueryResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['MessagesQueryResult'] = ResolversParentTypes['MessagesQueryResult']> = {
  items?: Resolver<Array<ResolversTypes['Message']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type MutationResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  cancelMessages?: Resolver<Maybe<ResolversTypes['CancelMessagesResult']>, ParentType, ContextType, RequireFields<MutationCancelMessagesArgs, 'input'>>;
  eraseRecipient?: Resolver<Maybe<ResolversTypes['EraseRecipientResult']>, ParentType, ContextType, RequireFields<MutationEraseRecipientArgs, 'input'>>;
  pushGlobalMessage?: Resolver<Maybe<ResolversTypes['GlobalMessage']>, ParentType, ContextType, RequireFields<MutationPushGlobalMessageArgs, 'input'>>;
  pushMessage?: Resolver<Maybe<Array<ResolversTypes['PushMessageResult']>>, ParentType, ContextType, RequireFields<MutationPushMessageArgs, 'input'>>;
  registerRecipient?: Resolver<Maybe<ResolversTypes['RegisterRecipientResponse']>, ParentType, ContextType, RequireFields<MutationRegisterRecipientArgs, 'input'>>;
  revokeRecipient?: Resolver<Maybe<ResolversTypes['RevokeRecipientResult']>, ParentType, ContextType, RequireFields<MutationRevokeRecipientArgs, 'input'>>;
};

export type PushMessageErrorResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['PushMessageError'] = ResolversParentTypes['PushMessageError']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PushMessageResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['PushMessageResult'] = ResolversParentTypes['PushMessageResult']> = {
  error?: Resolver<Maybe<ResolversTypes['PushMessageError']>, ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  item?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  globalMessages?: Resolver<Maybe<ResolversTypes['GlobalMessagesQueryResult']>, ParentType, ContextType, Partial<QueryGlobalMessagesArgs>>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType, RequireFields<QueryMessageArgs, 'id'>>;
  messages?: Resolver<Maybe<ResolversTypes['MessagesQueryResult']>, ParentType, ContextType, Partial<QueryMessagesArgs>>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type RegisterRecipientResponseResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['RegisterRecipientResponse'] = ResolversParentTypes['RegisterRecipientResponse']> = {
  connectionUri?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['Token'], ParentType, ContextType>;
};

export type RevokeRecipientResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['RevokeRecipientResult'] = ResolversParentTypes['RevokeRecipientResult']> = {
  revokedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export interface TokenScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Token'], any> {
  name: 'Token';
}

export type Resolvers<ContextType = ApiContext> = {
  CancelMessagesResult?: CancelMessagesResultResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  EraseRecipientResult?: EraseRecipientResultResolvers<ContextType>;
  GlobalMessage?: GlobalMessageResolvers<ContextType>;
  GlobalMessagesQueryResult?: GlobalMessagesQueryResultResolvers<ContextType>;
  Message?: MessageResolvers<ContextType>;
  MessagesQueryResult?: MessagesQueryResultResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PushMessageError?: PushMessageErrorResolvers<ContextType>;
  PushMessageResult?: PushMessageResultResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RegisterRecipientResponse?: RegisterRecipientResponseResolvers<ContextType>;
  RevokeRecipientResult?: RevokeRecipientResultResolvers<ContextType>;
  Token?: GraphQLScalarType;
};

