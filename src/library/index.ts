/** The library: the parts of the program for other programs. It writes nothing and reads no variables. */
export { type AuthorizeDeviceOptions, authorizeDevice, type DeviceCode } from './sign-in.ts';
export { createSession, type Session, type SessionOptions } from './session.ts';
export { type Credentials, type Store } from './credentials.ts';
export type { AuthorizationServer } from '../core/qwen/issuer.ts';
export { resolveEndpoint } from '../core/qwen/endpoint.ts';
export { createChat, type CreateChatOptions } from './chat.ts';
export type { AccessOptions } from './access.ts';
export type {
  Chat,
  ChatAnswer,
  ChatDelta,
  ChatOptions,
  ChatRequest,
  ToolCall,
  Usage,
} from '../core/chat/answer.ts';
export type { ChatMessage, ContentPart } from '../core/chat/messages.ts';
export { parseEventStream, type StreamEvent } from './events.ts';
export {
  type Check,
  type ModelResult,
  type ProbeResult,
  validateModels,
  type ValidateModelsOptions,
  type ValidationReport,
} from './validate.ts';
export type { ProbeName, Verdict } from '../core/validation/report.ts';
export type { FetchInit, FetchLike, FetchResponse } from './transport.ts';
export type { Ports } from './ports.ts';
export type { Clock } from '../core/ports.ts';
export {
  ApiError,
  AuthError,
  type ErrorDetails,
  type ErrorKind,
  NetworkError,
  ProtocolError,
  QuotaError,
  QwenDemoError,
  StorageError,
  UsageError,
} from '../core/errors.ts';
