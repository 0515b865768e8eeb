import type { ConnectionOptions } from '../options.ts';
import type { ConversationFlags } from './conversation.ts';
import type { ConversationsFlags } from './stored-conversations.ts';
import type { ParameterFlags } from './parameters.ts';

/** The flags of `chat` as commander parses them. */
export interface ChatFlags
  extends ConnectionOptions, ParameterFlags, ConversationFlags, ConversationsFlags {
  prompt?: string;
  file?: string[];
  image?: string[];
  system?: string;
  messages?: string;
  model?: string;
  fallbackModel?: string[];
  jsonSchema?: string;
  /** Undefined leaves it to where the output goes. */
  stream?: boolean;
  hideReasoning?: boolean;
  usage?: boolean;
  output?: string;
  extract?: boolean;
  markdown?: boolean;
  json?: boolean;
}
